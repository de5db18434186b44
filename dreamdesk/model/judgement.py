"""What came of asking a model where an episode went wrong: its candidates, and everything that speaks against them."""

from __future__ import annotations

from dataclasses import dataclass

from dreamdesk.model.finding import Candidate, Quote

UNKNOWN_STEP = "unknown-step"
"""The model named a step that is no decision of the recording; the claim was discarded."""
INVENTED_QUOTE = "invented-quote"
"""The model quoted words that do not stand in the recording; the claim was discarded."""
RESOLVED = "resolved"
"""By the model's own words a later step put the mistake right: no error point; the claim was discarded."""
MALFORMED = "malformed"
"""A claim, or a whole reply, was not of the form that was asked for, and was discarded."""
NO_ANSWER = "no-answer"
"""A reply could not be used: refused, cut short or empty."""
INJECTION = "injection"
"""The recording holds text that addresses the judge."""
OBEYED = "obeyed"
"""The model named the step that such text asked for, or repeats its words."""
DISAGREEMENT = "disagreement"
"""The samples named different steps first."""


@dataclass(frozen=True, slots=True)
class Flag:
    """Something about a judgement that its reader must know.

    Attributes:
        kind: One of the constants of this module.
        words: One sentence for a person.
        quotes: Where it stands in the recording, if it does.
    """

    kind: str
    words: str
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A model's opinion on the error point of one episode.

    Attributes:
        strategy: Name of the way of asking.
        model: Model that answered.
        samples: How many times the question was put, each a vote.
        agreement: Share of the usable votes for the step that was named first most often; 1 for a single vote.
        answer_given: Whether the model was shown the expected answer ("w/G" in the literature).
        abstained: The model says that no decision can be blamed, or that it cannot tell.
        definition: What "error point" meant in the question.
        candidates: What is believed: best first, every quote stands in the recording.
        flags: What was discarded, and what else the reader must know.
        input_tokens, output_tokens: Of all its exchanges, as the endpoint counted them.
        exchanges: Their keys in the store.
    """

    strategy: str
    model: str
    samples: int
    agreement: float
    answer_given: bool
    abstained: bool
    definition: str
    candidates: tuple[Candidate, ...] = ()
    flags: tuple[Flag, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    exchanges: tuple[str, ...] = ()
