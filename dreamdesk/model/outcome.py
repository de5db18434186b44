"""The outcome that counts on a desk: the source's own, then the desk's rule for scores, then the word of an auditor."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from dreamdesk.model.episode import Outcome, OutcomeSource, OutcomeState
from dreamdesk.model.errors import UserError

_SCORE = r"(\d{1,3}(?:\.\d{1,9})?)"
_RULES = (
    re.compile(rf"failed (?:at|below) {_SCORE}, succeeded from {_SCORE}"),
    re.compile(rf"{_SCORE}[ ,;]+{_SCORE}"),
    re.compile(_SCORE),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a score from 0 to 1 means: 0 and all below *failed_below* failed, from *passed_from* on succeeded.

    What lies between is partial. The rule that holds until somebody chooses another calls only 0 failed and only 1
    succeeded.
    """

    failed_below: float = 0.0
    passed_from: float = 1.0

    def state(self, score: float) -> OutcomeState:
        """Return the outcome that *score* stands for."""
        if score >= self.passed_from:
            return OutcomeState.SUCCEEDED
        return OutcomeState.FAILED if score <= 0 or score < self.failed_below else OutcomeState.PARTIAL

    def __str__(self) -> str:
        failed = f"failed below {self.failed_below:g}" if self.failed_below else "failed at 0"
        return f"{failed}, succeeded from {self.passed_from:g}"

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Read a rule as `str` writes it, or as its two numbers, such as "0.5 0.8"; one number stands for both.

        Raises:
            UserError: *text* is no such rule.
        """
        found = next(filter(None, (form.fullmatch(text.strip()) for form in _RULES)), None)
        low, high = (float(found[1]), float(found[found.re.groups])) if found else (1.0, 0.0)
        if not 0 <= low <= high <= 1 or not high:
            raise UserError(
                f"The rule {text[:60]!r} is not understood; nothing was changed. Give two scores from 0 to 1, such as "
                "“0.5 0.8”: below the first an episode failed, from the second on it succeeded."
            )
        return cls(low, high)


@dataclass(frozen=True, slots=True)
class Word:
    """What an auditor said of an episode's outcome; *state* None takes back what was said before. *at* is in ns."""

    auditor: str
    state: OutcomeState | None
    reason: str
    at: int


def effective(own: Outcome, rule: Rule, word: Word | None = None) -> Outcome:
    """Return the outcome that counts: *own* is the source's, *word* the last one of an auditor.

    The score stays what the source gave. The rule speaks only of scores, and only when it is not the usual one.
    """
    if word is not None and word.state is not None:
        said = f"set by {word.auditor}: {word.reason}"
        return Outcome(word.state, OutcomeSource.AUDITOR, "", said, own.score)
    if own.score is None or rule == Rule() or rule.state(own.score) is own.state:
        return own
    detail = f"{own.detail}; by the rule of this desk: {rule}" if own.detail else f"by the rule of this desk: {rule}"
    return replace(own, state=rule.state(own.score), detail=detail)
