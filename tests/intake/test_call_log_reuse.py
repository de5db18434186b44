"""A log whose calls repeat the history: what was seen before is taken from there, and changes nothing."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from dreamdesk.intake.call_log import Call, CallLog
from dreamdesk.model.canonical import Json

_message = st.fixed_dictionaries(
    {"role": st.sampled_from(["system", "user", "assistant", "tool"]), "content": st.sampled_from(["a", "b", "", "c"])},
    optional={"id": st.sampled_from(["1", "2"]), "flag": st.sampled_from([True, False, None])},
)
_act = st.tuples(st.integers(0, 2), st.sampled_from(["goes on", "rewrites", "cuts", "fails"]), _message, _message)


def _log(acts: list[tuple[int, str, Json, Json]], *, remembering: bool) -> list[Json]:
    """Return the conversations of several sessions whose calls alternate."""
    log, sessions = CallLog(), dict[int, list[Json]]()
    for number, (session, what, asked, reply) in enumerate(acts):
        history = sessions.setdefault(session, [{"role": "system", "content": f"session {session}"}])
        if what == "rewrites" and len(history) > 1:
            history[1] = {"role": "user", "content": f"summary {number}"}
        elif what == "cuts":
            del history[3:]
        history.append(asked)
        error = "overloaded" if what == "fails" else ""
        replies = [] if error else [copy.deepcopy(reply)]
        if not remembering:
            log._seen.clear()
        log.add(Call(f"call {number}", copy.deepcopy(history), replies, error))
        history += [] if error else [reply]
    return [
        (talk.key, [(entry.message, entry.error, entry.gaps) for entry in talk.entries], talk.gaps)
        for talk in log.found
    ]


@given(st.lists(_act, max_size=25))
def test_what_was_seen_before_changes_no_conversation(acts: list[tuple[int, str, Json, Json]]) -> None:
    assert _log(acts, remembering=True) == _log(acts, remembering=False)
