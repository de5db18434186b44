"""What leaves with a release of secrets and personal data, and whether somebody dealt with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dreamdesk.desk import settings
from dreamdesk.desk.database import Connection
from dreamdesk.guard.guardrails.secrets_personal_data import GUARDRAIL
from dreamdesk.guard.sensitive import sensitive
from dreamdesk.model.check import CheckResult, Strictness
from dreamdesk.model.episode import turns
from dreamdesk.model.text import one_line
from dreamdesk.release.content import Item
from dreamdesk.release.terms import Terms


@dataclass(frozen=True, slots=True)
class Leak:
    """One secret or personal item that would leave.

    Attributes:
        correction, episode: Where, by the ids of the desk.
        title: The episode's, for people.
        where: The place in it, in words.
        what, masked: The kind, and the words with all but their ends hidden.
        secret: Whether it gives access to something.
        recorded: Whether it stands in the recording, so that no amendment can take it out.
        why: The reason for which it may leave; "" while nobody gave one.
    """

    correction: int
    episode: int
    title: str
    where: str
    what: str
    masked: str
    secret: bool
    recorded: bool
    why: str


def leaks(items: Iterable[Item], terms: Terms) -> Iterator[Leak]:
    """Yield the secrets and personal data in what the rows of *items* say, each once for each correction."""
    for item in items:
        accepted = next(
            (
                decision.comment or decision.reason
                for decision in reversed(item.decisions)
                if any(check.guardrail == GUARDRAIL.id and check.result is CheckResult.WARN for check in item.checks)
            ),
            "",
        )
        seen: set[str] = set()
        for where, recorded, text in _texts(item):
            for find in sensitive(text):
                if find.text not in seen:
                    seen.add(find.text)
                    why = terms.waived.get(item.correction, "") or ("" if recorded else accepted)
                    title = one_line(item.episode.title)
                    yield Leak(item.correction, item.episode_id, title, where, find.what, find.masked, find.secret,
                               recorded, why)  # fmt: skip


def _texts(item: Item) -> Iterator[tuple[str, bool, str]]:
    """Yield (the place, whether it is recorded, the text) of all that the rows of *item* are made from."""
    yield "the lesson", False, item.revision.lesson
    for corrected in item.revision.steps:
        yield f"corrected step {corrected.step.index}", False, corrected.step.content
    yield "the task", True, item.episode.task
    yield "the policy", True, item.episode.policy
    rest = item.episode.steps[item.revision.start :]
    replaced = turns(rest)[0].stop if rest else 0  # rows of preferences hold the turn that is replaced, too
    for step in item.episode.steps[: item.revision.start + replaced]:
        yield f"recorded step {step.index}", True, step.content


def unresolved(db: Connection, items: Iterable[Item], terms: Terms) -> list[Leak]:
    """Return what keeps *items* from leaving on these *terms*.

    A reason lets personal data and secrets leave; where the desk lets its guardrail against them block, a secret never
    leaves. Personal data without a reason keeps back only where the desk says so.
    """
    strict = settings.get(db, settings.PERSONAL_DATA) == "resolved"
    never = settings.strictness(db).get(GUARDRAIL.id) is Strictness.BLOCK
    return [
        leak
        for leak in leaks(items, terms)
        if (leak.secret and never) or (not leak.why.strip() and (leak.secret or strict))
    ]
