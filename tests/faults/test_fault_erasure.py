"""Erasures that leave nothing: random words on desks with a log, copies and backups, some of them killed halfway.

`DREAMDESK_ERASURES=100 python -m pytest tests/faults/test_fault_erasure.py -s` is the whole measure.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from small_desk import ANN, PASSPHRASE, small_desk, write

from dreamdesk import pipeline
from dreamdesk.desk import copying, database, erasure, kept, ledger
from dreamdesk.desk.database import Connection, transaction
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.model.episode import Actor, Kind, Step
from dreamdesk.model.errors import UserError

TIMES = int(os.environ.get("DREAMDESK_ERASURES", "3"))
LETTERS = "abdefgklmnoprstuvz"
NAMES = ("Zoë {}", "Ünal-{}", "{} O'Hara", "{}@example.org", "Mr. {}", 'the "{}" file', "{}")

_ERASING = """
import sys
from pathlib import Path
from dreamdesk import pipeline
from dreamdesk.desk.database import open_desk
db = open_desk(Path(sys.argv[1]))
print("ready", flush=True)
pipeline.erase(db, [sys.argv[2]], "asked for", "Ann")
print("erased", flush=True)
pipeline.finish_erasures(db)
print("finished", flush=True)
"""


def _forms(word: str) -> Iterator[bytes]:
    """Yield the bytes that must be nowhere: of the random part, which nothing else holds, in three encodings."""
    for text in {word, word.lower(), word.upper(), word.capitalize(), unicodedata.normalize("NFD", word)}:
        yield from (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"))


def _left(desk: Path, word: str) -> list[str]:
    """Return where *word* still is: in the bytes of the desk and of all that lies beside it, packed or not."""
    found = []
    for path in desk.parent.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found += [path.name for form in _forms(word) if form in data]
    with closing(sqlite3.connect(f"file:{desk}?mode=ro", uri=True)) as db:
        db.text_factory = bytes
        tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
        for (name,) in tables.fetchall():
            for row in db.execute(f'SELECT * FROM "{name.decode()}"'):
                for value in row:
                    if isinstance(value, bytes):
                        found += [name.decode() for data in _unpacked(value) if any(f in data for f in _forms(word))]
    return found


def _unpacked(data: bytes) -> Iterator[bytes]:
    for unpack in (zlib.decompress, kept.zstd.decompress, lambda packed: base64.b64decode(packed, validate=True)):
        try:
            yield unpack(data)
        except (zlib.error, kept.zstd.ZstdError, binascii.Error):
            continue
    try:
        envelope = json.loads(data)
        yield base64.b64decode(envelope["payload"])
    except (ValueError, TypeError, KeyError):
        pass


def _made(folder: Path, chance: random.Random) -> tuple[Path, str, str]:
    """Return a desk, the words that are everywhere on it, and the random part of them."""
    word = "".join(chance.choice(LETTERS) for _ in range(12)).capitalize()
    text = chance.choice(NAMES).format(word)
    desk = small_desk(folder / "a.desk", text, runs=chance.choice((1, 2)))
    for original in (*folder.glob("*.json"), *folder.glob("*.md")):
        original.unlink()  # the files that were imported are their owner's
    with closing(database.open_desk(desk)) as db:
        pipeline.change_setting(db, "environments", f"env of {text}", ANN)
        for number in range(chance.randrange(4)):
            write(db, 1, f"Once more, {text.upper()}, for the {number}th time", text)
        if chance.random() < 0.5:
            (folder / "backups").mkdir()
            pipeline.back_up(db, folder / "backups")
        if chance.random() < 0.3:
            copying.copy(db, folder / "a.desk.before-1001")
    return desk, text, word


def _killed(desk: Path, text: str, wait: float) -> str:
    """Erase in a process that is killed after *wait* seconds; return how far it said it was."""
    process = subprocess.Popen(
        [sys.executable, "-c", _ERASING, str(desk), text], stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    said = process.stdout.read().split()
    process.stdout.close()
    process.wait()
    return said[-1] if said else "begun"


def test_erasures_leave_nothing(tmp_path: Path, survived: Callable[[str, Mapping[str, int]], None]) -> None:
    counted: Counter[str] = Counter()
    chance = random.Random(100)
    for number in range(TIMES):
        folder = tmp_path / str(number)
        folder.mkdir()
        desk, text, word = _made(folder, chance)
        assert _left(desk, word)
        way = "whole"
        if number % 3 == 2:
            way = f"killed when {_killed(desk, text, chance.uniform(0, 0.8))}"
        with closing(database.open_desk(desk)) as db:
            if any(entry.type == ledger.ERASED for entry in ledger.page(db, 0, 3)):
                way += ", resumed"
            else:
                assert erasure.find(db, erasure.Words([text]))
                pipeline.erase(db, [text], "asked for", ANN)
            pipeline.finish_erasures(db)
            assert _left(desk, word) == []  # while the desk is open: in its log too
        assert _left(desk, word) == []
        with closing(database.open_desk(desk, readonly=True)) as db:
            assert pipeline.verify_desk(db) == []
            assert not erasure.unfinished(db)
            assert word.lower() not in json.dumps(pipeline.certificates(db)).lower()
        counted[way] += 1
    survived("erasures that left nothing", counted)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_desk(tmp_path_factory.mktemp("made") / "a.desk", "Castellane")


@pytest.fixture
def db(made: Path, tmp_path: Path) -> Iterator[Connection]:
    copy = tmp_path / "a.desk"
    copy.write_bytes(made.read_bytes())
    with closing(database.open_desk(copy)) as opened:
        yield opened


def test_the_preview_names_all_that_goes_and_changes_nothing(db: Connection) -> None:
    size = ledger.size(db)
    preview = pipeline.preview_erasure(db, ["castellane"])
    assert {"step", "revision", "decision", "document", "exchange"} <= {found.table for found in preview.found}
    assert preview.sources == ("runs.json",)
    assert all("astellane" in found.around for found in preview.found if found.table == "step")
    assert ledger.size(db) == size


def test_the_decision_stands_and_says_that_words_were_taken_out(db: Connection) -> None:
    before = db.execute("SELECT sshsig FROM decision").fetchone()
    certificate = pipeline.erase(db, ["Castellane"], "asked for", ANN)
    (comment, statement, envelope, signature) = db.execute(
        "SELECT comment, statement, envelope, sshsig FROM decision"
    ).fetchone()
    assert comment == f"{erasure.MARK} asked for it"
    assert json.loads(statement)["predicate"]["comment"] == comment
    assert (envelope, (signature,)) == (b"", before)
    assert pipeline.verify_desk(db) == []
    assert certificate["rows"]["decision"] == 1
    db.executescript("DROP TRIGGER decision_fixed; UPDATE decision SET comment = 'approved';")
    assert any("decision 1" in fault or "table decision" in fault for fault in pipeline.verify_desk(db))


def test_an_approval_whose_words_were_erased_does_not_leave_until_it_is_decided_again(
    db: Connection, tmp_path: Path
) -> None:
    signer = pipeline.unlock(db, ANN, PASSPHRASE)
    step = Step(4, Actor.AGENT, Kind.MESSAGE, "I counted them once more.", turn=4)
    correction = pipeline.author(db, 2, 4, [step], "Bo", "")
    pipeline.check(db, [correction])
    pipeline.decide(db, correction, Verdict.APPROVE, "other", "Castellane was right after all", signer)
    pipeline.erase(db, ["Castellane"], "asked for", ANN)
    with pytest.raises(UserError, match="words were erased from what it signed"):
        pipeline.release(db, tmp_path / "out", signer)
    assert not (tmp_path / "out").exists()


def test_what_an_erasure_left_of_a_body_is_still_committed_to(db: Connection) -> None:
    pipeline.erase(db, ["Castellane"], "asked for", ANN)
    seq = min(ledger.replaced(db))
    db.execute("DROP TRIGGER entry_body_fixed")
    db.execute("UPDATE entry_body SET body = CAST(body || ' ' AS BLOB) WHERE seq = ?", (seq,))
    assert any(fault.entry == seq for fault in pipeline.verify_desk(db))


@pytest.mark.parametrize(
    ("texts", "reason", "words"),
    [
        (["Castellane"], " ", "Say why"),
        (["Castellane"], "Castellane asked", "reason holds the words"),
        (["ann"], "asked for", "name of an auditor"),
        (["Rumpelstiltskin"], "asked for", "nowhere"),
        (["x"], "asked for", "too short"),
    ],
)
def test_what_is_refused_changes_nothing(db: Connection, texts: list[str], reason: str, words: str) -> None:
    size = ledger.size(db)
    with pytest.raises(UserError, match=words):
        pipeline.erase(db, texts, reason, ANN)
    assert ledger.size(db) == size
    assert pipeline.verify_desk(db) == []


def test_a_desk_that_could_not_be_read_any_more_is_not_erased(db: Connection) -> None:
    with pytest.raises(UserError, match="nothing was erased"):
        pipeline.erase(db, ["assistant", "message", "agent"], "asked for", "Bo")
    assert pipeline.verify_desk(db) == []


def test_only_an_administrator_erases_and_signs_for_it(db: Connection) -> None:
    pipeline.add_auditor(db, "Root", Role.ADMINISTRATOR, PASSPHRASE)
    with pytest.raises(UserError, match="Only an administrator"):
        pipeline.erase(db, ["Castellane"], "asked for", pipeline.unlock(db, ANN, PASSPHRASE))
    certificate = pipeline.erase(db, ["Castellane"], "asked for", pipeline.unlock(db, "Root", PASSPHRASE))
    assert "BEGIN SSH SIGNATURE" in certificate["signature"]
    assert pipeline.verify_desk(db) == []


def test_another_open_window_holds_the_end_up_and_is_named(db: Connection) -> None:
    with closing(database.open_desk(database.path_of(db), readonly=True)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM entry").fetchone()
        pipeline.erase(db, ["Castellane"], "asked for", ANN)
        db.execute("PRAGMA busy_timeout=100")
        with pytest.raises(UserError, match="has the desk open"):
            pipeline.finish_erasures(db)
        assert erasure.unfinished(db)
    pipeline.finish_erasures(db)
    assert not erasure.unfinished(db)


def test_a_second_erasure_follows_the_first(db: Connection) -> None:
    pipeline.erase(db, ["Castellane"], "asked for", ANN)
    with transaction(db):
        db.execute("UPDATE family SET name = 'about Boleslav'")
    write(db, 1, "Hello Boleslav", "for Boleslav")
    pipeline.erase(db, ["shelf"], "asked for too", ANN)
    pipeline.erase(db, ["Boleslav"], "asked for too", ANN)
    pipeline.finish_erasures(db)
    assert pipeline.verify_desk(db) == []
    assert len(pipeline.certificates(db)) == 3


def test_what_must_be_kept_longer_needs_a_ground(db: Connection) -> None:
    pipeline.change_setting(db, "retention", "6", ANN)
    with pytest.raises(UserError, match="keeps what it holds for 6 years"):
        pipeline.erase(db, ["Castellane"], "asked for", ANN)
    certificate = pipeline.erase(db, ["Castellane"], "asked for", ANN, "GDPR Article 17(1)(d)")
    assert certificate["ground"] == "GDPR Article 17(1)(d)"
    assert pipeline.verify_desk(db) == []
