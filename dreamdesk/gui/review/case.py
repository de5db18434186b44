"""A case: everything about one episode that the review page shows, read from the desk in one job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dreamdesk import pipeline
from dreamdesk.desk import (
    corrections,
    decisions,
    episodes,
    explanations,
    findings,
    incidents,
    judgements,
    learned,
    marks,
    outcomes,
    patterns,
    queue,
)
from dreamdesk.desk.database import Connection
from dreamdesk.desk.incidents import Incident
from dreamdesk.desk.marks import Mark
from dreamdesk.desk.patterns import Member
from dreamdesk.desk.sampling import Look
from dreamdesk.gui.review import second_look
from dreamdesk.gui.review.clause import Clause, closest
from dreamdesk.language import day, t
from dreamdesk.model.check import Check, CheckResult, Level
from dreamdesk.model.correction import Revision
from dreamdesk.model.decision import Decision, Reason, Verdict
from dreamdesk.model.episode import Episode, Outcome
from dreamdesk.model.explanation import Explanation
from dreamdesk.model.finding import MECHANICAL, Candidate
from dreamdesk.model.judgement import Judgement
from dreamdesk.model.source import Source

VERDICTS = (Verdict.APPROVE, Verdict.REJECT, Verdict.ESCALATE, Verdict.RETURN, Verdict.HOLD)
"""The verdicts that a button gives; Amend is a new revision and has its own editor."""


@dataclass(frozen=True, slots=True)
class Case:
    """One episode as the officer sees it.

    Attributes:
        number: The episode's id on the desk.
        candidates: Best first; the standing one is the first.
        correction: The one to review first, or None; *revision*, *checks*, *level* and *decisions* belong to it.
        clause: The clause of the policy that shares the rarest words with the evidence, or None.
        explanation: Why the ranker decided as it did, and how sure it is; None where it has not looked.
        weights: Which weights the desk ranks with now, in a sentence.
        own_outcome: What the source itself says, whatever counts on this desk.
        judgement: What a model said last of the error point, with its flags; None where none was asked.
        family: Where the episode stands among the failures that share its cause, or None.
        no_return: The point of no return that an environment computed, or None; it has no probability.
        reasons: The reason codes of the desk; *checklist*: what is ticked before an approval.
        reserved: In a sentence, that another auditor has it in review. *incident*: the one whose clock runs.
        look: The second look that waits for the auditor here, or None; the first decision is not shown until then.
        hidden: The auditor marks before the desk's view is shown; *must_mark*: there is no other way to it.
    """

    number: int
    episode: Episode
    row: queue.Row
    source: Source
    candidates: tuple[Candidate, ...]
    standing: Candidate | None
    marks: tuple[Mark, ...]
    correction: corrections.Row | None
    undreamed: str
    revision: Revision | None
    checks: tuple[Check, ...]
    level: Level
    stale: bool
    decisions: tuple[Decision, ...]
    clause: Clause | None
    hidden: bool
    must_mark: bool
    family: Member | None
    explanation: Explanation | None
    weights: str
    own_outcome: Outcome
    no_return: Candidate | None
    judgement: Judgement | None
    look: Look | None = None
    reasons: tuple[Reason, ...] = ()
    checklist: tuple[str, ...] = ()
    reserved: str = ""
    incident: Incident | None = None

    @property
    def ask_first(self) -> str:
        """What the officer does before the desk's view is shown, in a sentence."""
        if self.must_mark:
            return t("Mark the error point first: this desk shows its own view only after yours.")
        return t("Mark the error point first, or press V to see the desk's view.")

    def mark_of(self, auditor: str) -> Mark | None:
        """Return the newest mark that *auditor* made, or None."""
        own = [mark for mark in self.marks if mark.auditor == auditor]
        return max(own, key=lambda mark: mark.at) if own else None

    def blind_mark_of(self, auditor: str) -> Mark | None:
        """Return the mark that *auditor* made before seeing the desk's view, or None."""
        own = [mark for mark in self.marks if mark.auditor == auditor and mark.blind]
        return min(own, key=lambda mark: mark.at) if own else None


def load(db: Connection, number: int, auditor: str = "") -> Case:
    """Read the case of episode *number* as *auditor* ("" for nobody) may see it.

    Raises:
        UserError: the desk has no such episode.
    """
    episode = pipeline.bound(db, number)
    candidates = findings.candidates(db, number)
    of_episode = corrections.of_episode(db, number)
    look = second_look.waiting_on(db, number, auditor)
    chosen = [row for row in of_episode if look and row.id == look.correction] or of_episode
    correction = chosen[0] if chosen else None
    checks, level = corrections.checks(db, correction.id) if correction else ((), Level.NONE)
    evidence = [text for claim in candidates[:1] for text in (claim.why, *(quote.text for quote in claim.quotes))]
    case = Case(
        number=number,
        episode=episode,
        row=queue.veiled(db, queue.rows(db, [number]), auditor)[0],
        source=episodes.source_of(db, number),
        candidates=candidates,
        standing=findings.standing(db, number),
        marks=marks.of_episode(db, number),
        correction=correction,
        undreamed=" ".join(corrections.why_none(db, number).values()),
        revision=corrections.revision(db, correction.id) if correction else None,
        checks=checks,
        level=level,
        stale=correction is not None and pipeline.is_stale(db, correction.id),
        decisions=decisions.of_correction(db, correction.id) if correction else (),
        clause=closest(episode.policy, evidence),
        hidden=bool(marks.hidden(db, [number], auditor)),
        family=patterns.member(db, number, auditor),
        explanation=explanations.load(db, number),
        own_outcome=outcomes.own(db, number),
        judgement=judgements.latest(db, number),
        weights=_weights(learned.in_force(db).get(learned.family_of(db, number))),
        must_mark=bool(marks.withheld(db, [number], auditor)),
        reasons=pipeline.desk_reasons(db),
        checklist=pipeline.checklist(db),
        reserved=pipeline.reserved_by_another(db, correction.id, auditor) if correction and auditor else "",
        incident=next((one for one in incidents.all_(db, number) if one.closed is None), None),
        no_return=next(iter(findings.of_methods(db, number, (MECHANICAL,))), None),
    )
    return second_look.covered(db, case, auditor)


def _weights(refit: learned.Refit | None) -> str:
    """Return in a sentence which weights rank the episodes of this agent."""
    if refit is None:
        return t("Weights as shipped.")
    return t(
        "Weights: this desk's, refit {day}, {figures} labels.",
        day=day(refit.at),
        figures=refit.figures["labels"],
    )


def obstacles(
    db: Connection,
    case: Case,
    auditor: str,
    reason: str,
    comment: str,
    ticked: Sequence[str] = (),
    until: int | None = None,
) -> dict[Verdict, str]:
    """Return for each verdict why *auditor* cannot give it on *case* now, "" where that is possible.

    A reason that does not fit a verdict is no obstacle: the officer is asked for one that does. While nobody has signed
    in only what holds for everybody is known: that a guardrail blocks, or warns and the warning is not answered yet.
    """
    assert case.correction is not None
    if case.look is not None:
        return second_look.obstacles(VERDICTS)
    if not auditor:
        first = {check.result: t(check.title) for check in reversed(case.checks)}
        words = ""
        if CheckResult.BLOCK in first:
            words = t(
                "A guardrail blocks this revision: {first}. Amend it, or reject it.", first=first[CheckResult.BLOCK]
            )
        elif CheckResult.WARN in first and not (reason and comment):
            words = t(
                "A guardrail warns: {first}. To approve all the same, choose a reason and say why.",
                first=first[CheckResult.WARN],
            )
        return {verdict: words if verdict is Verdict.APPROVE else "" for verdict in VERDICTS}
    answers = {}
    for verdict in VERDICTS:
        fit = [known.code for known in pipeline.desk_reasons(db, verdict)]
        code = reason if reason in fit else "" if verdict is Verdict.APPROVE else fit[0]
        answers[verdict] = pipeline.why_not(
            db, case.correction.id, verdict, auditor, code, comment, ticked, until if verdict is Verdict.HOLD else None
        )
    return answers
