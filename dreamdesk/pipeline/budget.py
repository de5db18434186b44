"""What asking a model will cost, said before it starts, and the limit after which it stops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dreamdesk.desk import exchanges, prices, settings
from dreamdesk.desk.database import Connection
from dreamdesk.language import counted, t
from dreamdesk.model.ask import Prompt, Reply, parameters, question_key
from dreamdesk.model.canonical import canonical
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline.redacting import outgoing

BYTES_PER_TOKEN = 3.0
"""Bytes of a question per token, as long as the desk has measured none: English text has 3 to 4 characters per token
in the tokenizers of current models, so that 3 errs towards too many tokens."""

_MEASURED = 5
"""From so many answered questions on, the desk's own measure is used."""


class BudgetReached(UserError):
    """The limit of a run is reached; what was done so far is kept."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What asking would take.

    Attributes:
        episodes: How many would be asked about; *skipped*: how many the way of asking cannot take.
        questions: At most so many are put; *stored* of them are answered from the desk, without a network.
        input_tokens: Estimated tokens of the others; *basis* says how.
        output_tokens: At most so many tokens are answered to them.
        cost: At most, in the currency of the desk's prices; None where the desk has no price for the model.
    """

    episodes: int
    skipped: int
    questions: int
    stored: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    basis: str

    @property
    def words(self) -> str:
        """The estimate in one or two sentences for a person."""
        asked = self.questions - self.stored
        if not asked:
            return t(
                "All {questions:,} questions are answered from this desk. Nothing leaves it.", questions=self.questions
            )
        known = t(" {stored:,} more are answered from this desk.", stored=self.stored) if self.stored else ""
        cost = (
            t("This desk has no price for the model.")
            if self.cost is None
            else t("By the desk's prices: {cost:,.2f}.", cost=self.cost)
        )
        return t(
            "At most {questions}, about {sent:,} tokens sent and at most {answered:,} answered. {cost}{known} "
            "Tokens are an estimate: {basis}.",
            questions=counted(asked, "question"),
            sent=self.input_tokens,
            answered=self.output_tokens,
            cost=cost,
            known=known,
            basis=self.basis,
        )


class Tokens:
    """Estimates tokens for one model, by the desk's own measure where it has one."""

    def __init__(self, db: Connection, model: str) -> None:
        self.model = model
        count, size, tokens = exchanges.measured(db, model)
        self._rate = size / tokens if count >= _MEASURED else BYTES_PER_TOKEN
        self.basis = (
            t(
                "{rate:.1f} bytes per token, as measured on {count:,} answers of this model",
                rate=self._rate,
                count=count,
            )
            if count >= _MEASURED
            else t("{rate:g} bytes per token, a cautious figure for English text", rate=self._rate)
        )

    def of(self, prompt: Prompt) -> int:
        """Return about how many tokens the question has."""
        return round(len(canonical(parameters(prompt, self.model))) / self._rate)


def estimate(
    db: Connection, model: str, questions: Iterable[Iterable[Prompt] | None], *, again: bool = False
) -> Estimate:
    """Return what *questions*, per episode, would take at most (None: an episode that cannot be asked about).

    *again*: nothing is answered from the store.
    """
    tokens = Tokens(db, model)
    episodes = skipped = count = stored = sent = answered = 0
    for prompts in questions:
        if prompts is None:
            skipped += 1
            continue
        episodes += 1
        for prompt in (outgoing(db, prompt) for prompt in prompts):
            count += 1
            known = None if again else exchanges.get(db, question_key(prompt, model))
            if known is not None and known.state == exchanges.ANSWERED:
                stored += 1
            else:
                sent += tokens.of(prompt)
                answered += prompt.max_tokens
    price = prices.parse(settings.get(db, settings.MODEL_PRICES)).get(model)
    cost = None if price is None else price.of(sent, answered)
    return Estimate(episodes, skipped, count, stored, sent, answered, cost, tokens.basis)


class Budget:
    """The limits of one run, as the desk's settings have them, and what it has used so far."""

    def __init__(self, db: Connection, model: str) -> None:
        """Read the limits.

        Raises:
            UserError: there is a limit of cost, and no price for *model* to keep it by.
        """
        self.input_tokens = 0
        self.output_tokens = 0
        self._sent = self._answered = 0  # estimates of what is on its way
        self._tokens = Tokens(db, model)
        self._price = prices.parse(settings.get(db, settings.MODEL_PRICES)).get(model)
        most, cost = settings.get(db, settings.TOKEN_LIMIT), settings.get(db, settings.COST_LIMIT)
        self._most = int(most) if most else None
        self._cost = float(cost) if cost else None
        if self._cost is not None and self._price is None:
            raise UserError(
                f"This desk has a limit of cost ({settings.COST_LIMIT}) and no price for {model}"
                f" ({settings.MODEL_PRICES}), so the limit could not be kept. Nothing was sent."
            )

    def before(self, prompt: Prompt) -> None:
        """Take up a question that is about to leave, with its estimate and the longest answer that it may get.

        Raises:
            BudgetReached: with it, the run could go over a limit.
        """
        sent, answered = self._sent + self._tokens.of(prompt), self._answered + prompt.max_tokens
        given, got = self.input_tokens + sent, self.output_tokens + answered
        if self._most is not None and given + got > self._most:
            raise BudgetReached(f"The limit of {self._most:,} tokens for one run is reached. What was done is kept.")
        if self._cost is not None and self._price is not None and self._price.of(given, got) > self._cost:
            raise BudgetReached(f"The limit of {self._cost:g} for one run is reached. What was done is kept.")
        self._sent, self._answered = sent, answered

    def after(self, prompt: Prompt, reply: Reply) -> None:
        """Put what an answer really took in the place of its estimate."""
        self._sent -= self._tokens.of(prompt)
        self._answered -= prompt.max_tokens
        self.input_tokens += reply.input_tokens
        self.output_tokens += reply.output_tokens
