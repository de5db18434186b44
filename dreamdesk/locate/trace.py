"""One episode, read once and shared by all detectors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

from dreamdesk.locate.consequence import is_consequential
from dreamdesk.locate.records import Record, records
from dreamdesk.locate.text import NUMBER, WORD, find, fold, meaningful, number, sentences
from dreamdesk.model.canonical import Json
from dreamdesk.model.episode import Actor, Episode, Kind, Step, Turn, turns
from dreamdesk.model.finding import Category, Citation, Finding, Quote, cited, stands
from dreamdesk.model.text import one_line

_ERROR_STARTS = ("error", "traceback", "exception", "failed", "fatal", "[error", '{"error', "{'error")
_ERROR_PHRASES = (
    "traceback (most recent call last)", "execution failed", "command not found", "permission denied", "timed out",
    "no such file", "syntaxerror", "modulenotfounderror", "unknown language", '"error":', '"iserror": true',
)  # fmt: skip
_NOTHING = frozenset(
    ("", "[]", "{}", "none", "null", "nan", "0", "no results", "no results found", "no results found.", '""')
)
_VIEWS = ("viewport", "screenshot", "address:")
_BEFORE = -1
"""Where the task and the policy stand in the index of first appearances: before every step."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call with its decoded arguments (None where they are no JSON) and the result that answers it, if any."""

    step: Step
    turn: Turn
    arguments: Json
    result: Step | None

    @property
    def consequential(self) -> bool:
        """Whether it may change the world."""
        return is_consequential(self.step.tool)


class Trace:
    """An episode with its turns, calls, errors and an index of where each word and number first appears.

    Everything is computed at most once and in time linear in the text, so that any number of detectors can ask.
    """

    def __init__(self, episode: Episode) -> None:
        self.episode = episode
        self.steps = episode.steps
        self.turns = turns(self.steps)
        self.folded = [fold(step.content) for step in self.steps]
        self._words: dict[int, frozenset[str]] = {}
        self._turn_of = [place for place, turn in enumerate(self.turns) for _ in range(turn.start, turn.stop)]

    @cached_property
    def decisions(self) -> list[Turn]:
        """The turns that can be the error point: those of agents and users; all of them where there are none."""
        found = [turn for turn in self.turns if turn.actor in (Actor.AGENT, Actor.USER)]
        return found or self.turns

    @cached_property
    def agent_turns(self) -> list[Turn]:
        """The turns in which an agent decided something: not those in which it only passes on an output."""
        return [turn for turn in self.turns if turn.actor is Actor.AGENT and not self.is_output(turn.start)]

    @cached_property
    def user_turns(self) -> list[Turn]:
        """The turns of the user."""
        return [turn for turn in self.turns if turn.actor is Actor.USER]

    def turn_of(self, step: int) -> Turn:
        """Return the turn that holds step *step*."""
        return self.turns[self._turn_of[step]]

    def next_turn(self, turn: Turn) -> Turn | None:
        """Return the turn after *turn*, or None at the end."""
        return self.turns[self._turn_of[turn.start] + 1] if turn.stop < len(self.steps) else None

    def turn_before(self, step: int, actor: Actor = Actor.AGENT) -> Turn | None:
        """Return the last turn of *actor* that ends before *step* and decides something, or None."""
        for place in range(self._turn_of[step] - 1, -1, -1):
            turn = self.turns[place]
            if turn.actor is actor and not self.is_output(turn.start):
                return turn
        return None

    def is_output(self, step: int) -> bool:
        """Tell whether the step is what a program printed, whoever's name stands over it."""
        return self.steps[step].actor is Actor.TOOL or self.folded[step].startswith("exitcode:")

    def is_empty_output(self, step: int) -> bool:
        """Tell whether the output holds nothing: no text, or only a word for nothing."""
        text = self.folded[step].rsplit("code output:", 1)[-1].strip()
        return text in _NOTHING

    def turn_ending(self, step: int) -> Turn | None:
        """Return the turn just before the one that holds *step*."""
        place = self._turn_of[step]
        return self.turns[place - 1] if place else None

    def output_before(self, step: int) -> int | None:
        """Return the last step before *step* that is an output."""
        return next((at for at in range(step - 1, -1, -1) if self.is_output(at)), None)

    def reply_to(self, turn: Turn) -> Turn | None:
        """Return the next turn after *turn* in which another agent speaks."""
        asking = self.steps[turn.start].agent
        for place in range(self._turn_of[turn.start] + 1, len(self.turns)):
            found = self.turns[place]
            if found.actor is Actor.AGENT and self.steps[found.start].agent != asking:
                return None if self.is_output(found.start) else found
        return None

    def speaker_before(self, turn: Turn) -> Turn | None:
        """Return the decision before *turn* that another agent made, where agents have names; else the last one."""
        name = self.steps[turn.start].agent
        for place in range(self._turn_of[turn.start] - 1, -1, -1):
            found = self.turns[place]
            if found.actor is not Actor.AGENT or self.is_output(found.start):
                continue
            if not name or self.steps[found.start].agent != name:
                return found
        return None

    @cached_property
    def views(self) -> list[int]:
        """Steps that show something from outside: outputs, and what an agent saw of a page or file."""
        return [
            step.index
            for step in self.steps
            if self.is_output(step.index)
            or (step.actor is Actor.AGENT and step.kind is Kind.MESSAGE and find(self.folded[step.index][:600], _VIEWS))
        ]

    def decision_for(self, view: int) -> Turn | None:
        """Return the decision that brought the step *view*: its own turn, or for an output the one before."""
        return self.turn_before(view) if self.is_output(view) else self.turn_of(view)

    def words(self, step: int) -> frozenset[str]:
        """Return the words of the step that carry meaning: of four letters or more, and numbers."""
        if step not in self._words:
            self._words[step] = meaningful(self._bags[step])
        return self._words[step]

    @cached_property
    def folded_task(self) -> str:
        """The task, folded."""
        return fold(self.episode.task)

    @cached_property
    def task_words(self) -> frozenset[str]:
        """The words of the task that carry meaning."""
        return meaningful(WORD.findall(self.folded_task))

    @cached_property
    def records(self) -> dict[str, Record]:
        """What the tool results describe, by id."""
        return records(self.steps)

    @cached_property
    def clauses(self) -> list[tuple[str, str]]:
        """The sentences of the policy, each verbatim and folded."""
        return [(clause, fold(clause)) for clause in sentences(self.episode.policy)]

    def calls_of(self, turn: Turn) -> list[Call]:
        """Return the tool calls of *turn*."""
        return [call for call in self.calls if turn.start <= call.step.index < turn.stop]

    def spoken(self, turn: Turn) -> list[Step]:
        """Return the steps of *turn* that are words: messages, thoughts and handoffs."""
        return [s for s in self.steps[turn.start : turn.stop] if s.kind in (Kind.MESSAGE, Kind.THINKING, Kind.HANDOFF)]

    @cached_property
    def calls(self) -> list[Call]:
        """The agents' tool calls in order.

        Without an id, a call is answered by the next unclaimed result of its tool, or by the next that names neither.
        """
        by_id: dict[str, Step] = {}
        loose: dict[str, list[Step]] = {}
        for step in reversed(self.steps):
            if step.kind is Kind.TOOL_RESULT:
                if step.call_id:
                    by_id[step.call_id] = step
                else:
                    loose.setdefault(step.tool, []).append(step)
        found = []
        for step in self.steps:
            if step.kind is not Kind.TOOL_CALL or step.actor is not Actor.AGENT:
                continue
            result = by_id.get(step.call_id) if step.call_id else None
            queue = loose.get(step.tool) or loose.get("", [])
            while result is None and not step.call_id and queue:
                answer = queue.pop()
                result = answer if answer.index > step.index else None
            found.append(Call(step, self.turn_of(step.index), decoded(step.content), result))
        return found

    @cached_property
    def errors(self) -> list[int]:
        """Indexes of the steps that are errors: flagged so by the source, or outputs that read like one."""
        return [step.index for step in self.steps if step.is_error or self._reads_like_error(step.index)]

    def _reads_like_error(self, step: int) -> bool:
        if not self.is_output(step):
            return False
        text = self.folded[step]
        return text.lstrip().startswith(_ERROR_STARTS) or find(text, _ERROR_PHRASES) is not None

    @cached_property
    def _bags(self) -> list[set[str]]:
        return [set(WORD.findall(text)) for text in self.folded]

    @cached_property
    def _first(self) -> tuple[dict[str, int], dict[str, int]]:
        words: dict[str, int] = {}
        numbers: dict[str, int] = {}
        texts = [fold(self.episode.task), fold(self.episode.policy), *self.folded]
        for place, text in enumerate(texts, _BEFORE - 1):
            bag = self._bags[place] if place >= 0 else set(WORD.findall(text))
            words.update(dict.fromkeys(bag - words.keys(), place))
            numbers.update(dict.fromkeys(set(map(number, set(NUMBER.findall(text)))) - numbers.keys(), place))
        return words, numbers

    def word_seen(self, word: str, step: int) -> bool:
        """Tell whether the folded *word* stands in the task, the policy or any step before *step*."""
        return self._first[0].get(word, step) < step

    def number_seen(self, value: str, step: int) -> bool:
        """Tell whether the number (in the form of `text.number`) stands in the task, the policy or before *step*."""
        return self._first[1].get(value, step) < step

    def finding(
        self,
        turn: Turn,
        detector: str,
        strength: float,
        category: Category,
        why: str,
        *quotes: Quote,
        clause: str = "",
    ) -> Finding:
        """Return a finding against *turn*: one line of reason, and only words that stand where they say.

        *clause* is a passage of the policy that the finding touches.
        """
        kept = tuple(dict.fromkeys(quote for quote in quotes if stands(quote, self.steps)))
        citations = [citation for citation in [Citation(clause)] if cited(citation, self.episode.policy, {})]
        return Finding(turn.start, detector, strength, category, one_line(why, 300), kept, tuple(citations))


def decoded(text: str) -> Json:
    """Return the value of JSON *text*, or None where it is no JSON that we can decode."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
