"""What is told about a step above its text. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from dreamdesk.gui.reader.layout import HIDDEN_TOLD, Laid
from dreamdesk.language import counted, day, t, tn
from dreamdesk.model.correction import CorrectedStep
from dreamdesk.model.episode import Gap, Step
from dreamdesk.model.text import one_line


def facts(step: Step, corrected: CorrectedStep | None) -> str:
    """Return in a line who did it with what, when, and where it comes from."""
    told = [one_line(step.agent, 60) or t(step.actor.value), one_line(step.tool, 60)]
    if step.call_id:
        told.append(t("call {id}", id=one_line(step.call_id, 40)))
    if step.at is not None:
        told.append(f"{day(step.at)} {datetime.fromtimestamp(step.at / 1e9, UTC):%H:%M:%S} UTC")
    if step.tokens is not None:
        told.append(counted(step.tokens, "token"))
    if corrected is not None:
        told += [t(corrected.provenance.value), one_line(corrected.origin, 60)]
    elif step.pointer:
        told.append(t("in the record at {pointer}", pointer=one_line(step.pointer, 80)))
    told.append(tn("1 character", "{n:,} characters", len(step.content)))
    return " · ".join(words for words in told if words)


def warnings(step: Step, laid: Laid, gaps: Iterable[Gap]) -> str:
    """Return, a line each, what is not seen in the text: gaps, hidden characters, the source's flag for an error."""
    lines = [t("The source flags this step as an error.")] if step.is_error else []
    lines += [t("Not shown: {note}", note=one_line(gap.note, 300)) for gap in gaps]
    if laid.hidden:
        names = list(laid.hidden.items())
        kinds = ", ".join(f"{name} ×{count:,}" for name, count in names[:HIDDEN_TOLD])
        more = " …" if len(names) > HIDDEN_TOLD else ""
        lines.append(t("Hidden characters, written out in the text: {kinds}", kinds=kinds + more))
    return "\n".join(lines)
