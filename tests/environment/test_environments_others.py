"""Environments of somebody else's: run only where the desk says so, in a process of their own, at their own risk."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from sandboxes import install

from dreamdesk import pipeline
from dreamdesk.desk import database, episodes, ledger, settings
from dreamdesk.desk.database import Connection
from dreamdesk.dream import outside
from dreamdesk.dream.environment import calls_of
from dreamdesk.model.episode import Actor, Episode, Kind, Step
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import executing

EPISODE = Episode(
    "one",
    "One call",
    (
        Step(0, Actor.AGENT, Kind.TOOL_CALL, '{"a": 1}', 0, tool="look", call_id="c"),
        Step(1, Actor.TOOL, Kind.TOOL_RESULT, "answer 1", 1, tool="look", call_id="c"),
    ),
)

WRITE = "open(sys.argv[2], 'w').write("
"""Whoever writes the file of the answers instead of leaving that to us."""
SHORT = '{"environment": "acme 3", "played": [{"answers": [], "missing": null}]}'


@pytest.fixture
def db(tmp_path: Path) -> Connection:
    return database.create(tmp_path / "a.desk")


def test_one_that_is_installed_does_not_run_before_the_desk_allows_it(
    db: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    install(tmp_path, monkeypatch, "acme", on_call=f"open({str(ran)!r}, 'w').close()")
    assert outside.names() == ["acme"]
    assert executing.execution(db, EPISODE, EPISODE.steps) is None
    assert [(one.name, one.allowed) for one in pipeline.environments(db)][-1] == ("acme", False)
    assert not ran.exists()

    before = executing.rules(db)
    pipeline.change_setting(db, settings.ENVIRONMENTS, "acme", "Ann")
    assert ledger.page(db, 0, 1)[0].type == "setting-changed"
    assert executing.rules(db) != before
    found = executing.execution(db, EPISODE, EPISODE.steps)
    assert found is not None
    assert (found.environment, found.fault, found.missing, found.confirmed()) == ("acme 3", "", (), {1})
    assert ran.exists()


def test_it_prints_and_reads_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAMDESK_PASSPHRASE", "correct horse")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key")
    told = "print('{\"environment\": 1}'); return Answer(repr([k for k in os.environ if 'DREAM' in k or 'ANTHR' in k]))"
    install(tmp_path, monkeypatch, "acme", on_call=told)
    name, played = outside.play("acme", EPISODE, [calls_of(EPISODE.steps)])
    assert name == "acme 3"
    assert played[0].answers[0] is not None
    assert played[0].answers[0].text == "[]"


@pytest.mark.parametrize(
    ("on_call", "words"),
    [
        ("raise ValueError('the sandbox is on fire')", "broke off: ValueError: the sandbox is on fire"),
        ("os._exit(3)", "broke off: it said nothing"),
        ("return 7", "answered something that is no answer"),
        ("return Answer(7)", "answered something that is no answer"),
        ("os.kill(os.getpid(), 9)", "broke off"),
        ("os.mkfifo(sys.argv[2]); os._exit(0)", "broke off: it said nothing"),
        (f"{WRITE}'{{}}'); os._exit(0)", "answered something that is no answer"),
        (f"{WRITE}'[[[[' * 9999); os._exit(0)", "answered something that is no answer"),
        (f"{WRITE}{SHORT!r}); os._exit(0)", "answered something that is no answer"),
    ],
)
def test_what_breaks_off_is_told_and_costs_only_its_answer(
    db: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_call: str, words: str
) -> None:
    install(tmp_path, monkeypatch, "acme", on_call=on_call)
    pipeline.change_setting(db, settings.ENVIRONMENTS, "acme", "Ann")
    found = executing.execution(db, EPISODE, EPISODE.steps)
    assert found is not None
    assert words in found.fault
    assert found.results == ()


def test_what_takes_too_long_is_stopped_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child"
    start = f"import subprocess; p = subprocess.Popen(['sleep', '60']); open({str(child)!r}, 'w').write(str(p.pid))"
    install(tmp_path, monkeypatch, "acme", on_call=f"{start}; time.sleep(60)")
    with pytest.raises(UserError, match="no answer within 3 s"):
        outside.play("acme", EPISODE, [calls_of(EPISODE.steps)], seconds=3)
    deadline = time.monotonic() + 5
    while _runs(int(child.read_text())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(int(child.read_text()))


def test_one_that_fits_nothing_or_is_not_installed(
    db: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "acme", fits="False")
    pipeline.change_setting(db, settings.ENVIRONMENTS, "acme", "Ann")
    assert executing.execution(db, EPISODE, EPISODE.steps) is None
    pipeline.change_setting(db, settings.ENVIRONMENTS, "acme, other", "Ann")
    found = executing.execution(db, EPISODE, EPISODE.steps)
    assert found is not None
    assert found.fault == "The environment other is not installed here."
    assert episodes.ids(db) == []


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return _alive(process) and not Path("/proc").is_dir()
    return state != "Z"


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
