"""The environments that come with the program: one simulator for each domain of ``resources/samples``."""

from __future__ import annotations

from functools import cache

from dreamdesk.dream.environments.ledger_entry import LedgerEntry
from dreamdesk.dream.environments.retail_desk import RetailDesk
from dreamdesk.dream.environments.service_desk import ServiceDesk
from dreamdesk.dream.environments.simulator import Simulator


@cache
def own() -> tuple[Simulator, ...]:
    """Return our own environments."""
    return (
        Simulator("retail-desk", 1, "customer-support", RetailDesk),
        Simulator("ledger-entry", 1, "data-processing", LedgerEntry),
        Simulator("service-desk", 1, "workflow-orchestration", ServiceDesk),
    )
