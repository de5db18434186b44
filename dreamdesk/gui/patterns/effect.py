"""What came after the bundle that addressed a family: before and since, by agent version, and no claim of a cause."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from dreamdesk import pipeline
from dreamdesk.gui.review.parts import fact
from dreamdesk.gui.widgets import Label
from dreamdesk.language import counted, day, t
from dreamdesk.model.text import one_line

VERSIONS_SHOWN = 3


def effect_parts(found: pipeline.Comparison | None) -> list[QWidget]:
    """Return the lines of the part; one that says what is missing where no bundle addressed the family."""
    if found is None:
        words = t("No bundle holds a correction of this family yet. Once one does, later attempts are compared here.")
        return [Label(words, tone="muted", role="small", wrap=True)]
    effect = found.effect
    parts = [
        Label(
            t("Bundle {bundle}, {at}: {verdict}", bundle=effect.bundle, at=day(effect.at), verdict=found.verdict),
            wrap=True,
        ),
        fact(t("Before"), found.before.words),
        fact(t("Since then"), found.after.words),
    ]
    for tally in effect.after[:VERSIONS_SHOWN]:
        name = one_line(tally.agent, 40) or t("not named in the trace")
        parts.append(
            fact(f"   {name}", t("{failures:,} of {attempts:,}", failures=tally.failures, attempts=tally.attempts))
        )
    if effect.unlocated:
        words = t(
            "{unlocated} not located yet may belong here too.", unlocated=counted(effect.unlocated, "later failure")
        )
        parts.append(Label(words, tone="warn", role="small", wrap=True))
    return parts
