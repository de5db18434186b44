"""Packets of strangers: each is refused with a sentence that says where and why, and nothing of it is written."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from forging import Parts, change_one, taken_apart
from hypothesis import given, settings
from hypothesis import strategies as st
from packet_desks import desk, prints, signer

from dreamdesk import pipeline
from dreamdesk.desk import corrections, ledger
from dreamdesk.desk.database import Connection, open_desk
from dreamdesk.model.canonical import canonical
from dreamdesk.model.decision import Role, Verdict
from dreamdesk.model.episode import OutcomeState
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Category
from dreamdesk.review.dsse import seal
from dreamdesk.review.identity import Signer, make_auditor, unlock

_LONG = random.Random(1).randbytes(15_000).hex()


class Set(NamedTuple):
    """Two desks, a good packet from one to the other, and its parts."""

    folder: Path
    sender: Connection
    taker: Connection
    parts: Parts
    packet: Path


@pytest.fixture(scope="module")
def scene(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Set:
    folder = tmp_path_factory.mktemp("hostile")
    sender = desk(folder, "sender", ("Ann", Role.REVIEWER), ("Eve", Role.REVIEWER))
    list(pipeline.import_paths(sender, [samples / "workflow-orchestration"]))
    pipeline.prepare(sender)
    ann = signer(sender, "Ann")
    pipeline.change_setting(sender, "blind_mark", "off", "Ann")
    chosen = corrections.ids(sender)[:2]
    for correction in chosen:
        pipeline.decide(sender, correction, Verdict.REJECT, "not-an-error", "no", ann)
    episodes = [corrections.get(sender, one).episode for one in chosen]
    pipeline.mark(sender, episodes[0], "Ann", 0, Category.D4, hidden=False)
    pipeline.set_outcome(sender, episodes[0], OutcomeState.PARTIAL, "half of it was done", ann)
    packet = folder / "good.packet"
    pipeline.make_packet(sender, packet, ann, to="Bob", chosen=episodes)
    taker = desk(folder, "taker", ("Bob", Role.REVIEWER))
    return Set(folder, sender, taker, taken_apart(packet, ann), packet)


def _state(db: Connection) -> tuple[Any, ...]:
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    return (ledger.head(db), *(db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables))


def _refused(scene: Set, data: bytes, words: str = "") -> str:
    """Try to join *data*; it must be refused with a sentence, and nothing written."""
    path = scene.folder / "bad.packet"
    path.write_bytes(data)
    before = _state(scene.taker)
    with pytest.raises(UserError) as caught:
        pipeline.join_packet(scene.taker, path, "Bob", prints(scene.parts.signer))
    assert _state(scene.taker) == before
    assert not scene.taker.in_transaction
    said = str(caught.value)
    assert len(said.split()) > 4
    assert words in said, said
    return said


# ------------------------------------------------------------------------------------------------ the file itself


def _zipped(parts: Parts, **how: Any) -> bytes:
    """Pack the members as Python's own module does, with dates and flags of its own."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(parts.packed())) as good, zipfile.ZipFile(file, "w", **how) as bad:
        for name in good.namelist():
            bad.writestr(name, good.read(name))
    return file.getvalue()


def _patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def _directory_at(data: bytes) -> int:
    return int(struct.unpack_from("<L", data, len(data) - 6)[0])


def _named(parts: Parts, name: str) -> bytes:
    """Name the last member *name*, everywhere, as a forger with a hex editor does."""
    data = parts.packed()
    old = next(iter(sorted(parts.recordings)))
    return data.replace(f"recording-{old}".encode(), name.encode().ljust(len(old) + 10, b"x"))


def _bomb(parts: Parts) -> bytes:
    return replace(parts, recordings={"0" * 64: bytes(64 << 20)}).packed()


def _lying_bomb(parts: Parts) -> bytes:
    """A member that says that it is short, and is not."""
    data = _bomb(parts)
    return data.replace(struct.pack("<L", 64 << 20), struct.pack("<L", 2000))


def _overlap(parts: Parts) -> bytes:
    data = parts.packed()
    at = _directory_at(data)
    return _patched(data, at + 42, struct.pack("<L", 40))


LAYOUT: dict[str, Callable[[Parts], bytes]] = {
    "empty": lambda parts: b"",
    "text": lambda parts: b"Dear colleague, please find attached.",
    "json": lambda parts: canonical(parts.head),
    "nothing but an end": lambda parts: parts.packed()[-22:],
    "cut to a tenth": lambda parts: parts.packed()[: len(parts.packed()) // 10],
    "cut in half": lambda parts: parts.packed()[: len(parts.packed()) // 2],
    "cut by one byte": lambda parts: parts.packed()[:-1],
    "without its beginning": lambda parts: parts.packed()[100:],
    "a byte more": lambda parts: parts.packed() + b"\0",
    "a comment": lambda parts: _patched(parts.packed(), len(parts.packed()) - 2, b"\5\0") + b"hello",
    "something before it": lambda parts: b"#!/bin/sh\n" + parts.packed(),
    "an archive of zipfile": lambda parts: _zipped(parts, compression=zipfile.ZIP_DEFLATED),
    "stored members": lambda parts: _zipped(parts, compression=zipfile.ZIP_STORED),
    "packed by bzip2": lambda parts: _zipped(parts, compression=zipfile.ZIP_BZIP2),
    "a name that climbs": lambda parts: _named(parts, "../../../../evil"),
    "an absolute name": lambda parts: _named(parts, "/etc/passwd"),
    "a name of Windows": lambda parts: _named(parts, "C:\\Windows\\evil"),
    "a name with an end": lambda parts: _named(parts, "records.jsonl\0"),
    "an encrypted member": lambda parts: _patched(parts.packed(), _directory_at(parts.packed()) + 8, b"\1"),
    "a symbolic link": lambda parts: _patched(parts.packed(), _directory_at(parts.packed()) + 40, b"\xed\xa1"),
    "overlapping members": _overlap,
    "65,535 members": lambda parts: _patched(parts.packed(), len(parts.packed()) - 14, b"\xff\xff\xff\xff"),
    "no members": lambda parts: _patched(parts.packed(), len(parts.packed()) - 14, b"\0\0\0\0"),
    "a directory elsewhere": lambda parts: _patched(parts.packed(), len(parts.packed()) - 6, b"\0\0\0\x7f"),
    "a bomb": _bomb,
    "a bomb that lies": _lying_bomb,
    "a flipped byte": lambda parts: _patched(parts.packed(), len(parts.packed()) // 2, b"\xff\x00\xff"),
    "no signature": lambda parts: replace(parts, order=lambda names: [n for n in names if "sig" not in n]).packed(),
    "no records": lambda parts: replace(parts, order=lambda names: [n for n in names if "records" not in n]).packed(),
    "members swapped": lambda parts: replace(parts, order=lambda names: names[::-1]).packed(),
    "a member twice": lambda parts: replace(parts, order=lambda names: [*names, names[0]]).packed(),
    "a member that is not named": lambda parts: replace(parts, extra={"more.json": b"{}"}).packed(),
}


@pytest.mark.parametrize("case", LAYOUT)
def test_a_file_that_is_not_laid_out_as_a_packet_is_refused(scene: Set, case: str) -> None:
    _refused(scene, LAYOUT[case](scene.parts))


# ------------------------------------------------------------------------------------------------- what it says


def _deep(parts: Parts) -> bytes:
    return canonical(parts.head)[:-1] + b',"z":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


def _raw(parts: Parts, change: Callable[[bytes], bytes]) -> bytes:
    """Change the bytes of the head, which are then signed as they are."""
    with zipfile.ZipFile(io.BytesIO(parts.packed())) as good:
        return replace(parts, raw_head=change(good.read("packet.json"))).packed()


_PROOF = {"size": 1, "root": "A" * 43 + "=", "proof": []}

HEADS: dict[str, tuple[Callable[[Parts], bytes], str]] = {
    "another format": (lambda p: p.with_head(format="dreamdesk-packet/2").packed(), "format"),
    "an unknown kind": (lambda p: p.with_head(kind="gift").packed(), "kind"),
    "an unknown member": (lambda p: p.with_head(path="/tmp").packed(), "'path'"),
    "a missing member": (lambda p: replace(p, head={k: v for k, v in p.head.items() if k != "due"}).packed(), "'due'"),
    "a member twice": (lambda p: _raw(p, lambda d: d.replace(b'"blind":false', b'"blind":true,"blind":false')),
                       "canonical"),
    "not canonical": (lambda p: _raw(p, lambda d: d.replace(b":", b": ", 1)), "canonical"),
    "no number": (lambda p: _raw(p, lambda d: d.replace(b'"blind":false', b'"blind":NaN')), "JSON"),
    "a number without end": (lambda p: _raw(p, lambda d: d.replace(b'"blind":false', b'"blind":' + b"9" * 5000)),
                             "JSON"),
    "a huge number": (lambda p: p.with_head(at=2**70).packed(), "at"),
    "a negative time": (lambda p: p.with_head(at=-1).packed(), "at"),
    "true for a number": (lambda p: p.with_head(at=True).packed(), "at"),
    "deep": (lambda p: replace(p, raw_head=_deep(p)).packed(), "packet.json"),
    "not text": (lambda p: replace(p, raw_head=b"\xff\xfe{}").packed(), "JSON"),
    "a date that is none": (lambda p: p.with_head(due="tomorrow").packed(), "date"),
    "for another desk": (lambda p: p.with_head(**{"for": {"desk": "0" * 16, "name": "Bob"}}).packed(), "is for"),
    "a return of nothing": (lambda p: p.with_head(kind="return").packed(), "never sent"),
    "a return of a stranger's": (lambda p: p.with_head(kind="return", answers="1" * 64).packed(), "never sent"),
    "a key of another kind": (lambda p: p.with_head(**{"from": {**p.head["from"], "key": "ssh-rsa AAAA"}}).packed(),
                              "key"),
    "a stranger's key": (
        lambda p: p.with_head(**{"from": {**p.head["from"], "key": _stranger().auditor.public_key}}).packed(),
        "signature",
    ),
    "a foreign signature": (lambda p: replace(p, signer=_stranger()).packed(), "signature"),
    "a signature for something else": (lambda p: replace(p, namespace="dreamdesk-decision").packed(), "signature"),
    "no signature in it": (lambda p: replace(p, signature="hello").packed(), "signature"),
    "an earlier ledger that is none": (lambda p: p.with_head(earlier=[_PROOF]).packed(), "contradicts itself"),
    "a proof of rubbish": (
        lambda p: p.with_head(earlier=[{**_PROOF, "proof": ["B" * 43 + "="] * 5}]).packed(), "contradicts itself",
    ),
    "a member that is no member": (
        lambda p: p.with_head(members=[{"name": "../evil", "sha256": "0" * 64, "size": 1}]).packed(), "members",
    ),
    "a digest of something else": (
        lambda p: p.with_head(members=[{"name": "records.jsonl", "sha256": "0" * 64, "size": 1}]).packed(), "",
    ),
}  # fmt: skip


def _stranger() -> Signer:
    return unlock(make_auditor("Mallory", Role.REVIEWER, "a long passphrase"), "a long passphrase")


@pytest.mark.parametrize("case", HEADS)
def test_a_head_that_says_what_no_packet_says_is_refused(scene: Set, case: str) -> None:
    forged, words = HEADS[case]
    _refused(scene, forged(scene.parts), words)


# ----------------------------------------------------------------------------------------------------- the records


def _no_episode(records: list[dict[str, Any]]) -> None:
    records[:] = [one for one in records if one["type"] != "episode"]


def _renumbered(one: dict[str, Any]) -> None:
    one["steps"][1]["index"] = 7


def _no_author(records: list[dict[str, Any]]) -> None:
    records[:] = [one for one in records if one["type"] != "auditor"]


def _second_key(records: list[dict[str, Any]]) -> None:
    records.append({"type": "auditor", "name": "Ann", "role": "approver", "key": _stranger().auditor.public_key})


RECORDS: dict[str, tuple[Callable[[Parts], Parts], str]] = {
    "an unknown type": (lambda p: p.with_records(lambda r: r.append({"type": "code"})), "no kind of record"),
    "a type that is no text": (lambda p: p.with_records(lambda r: r.append({"type": ["mark"]})), "no kind of record"),
    "a list": (lambda p: replace(p, lines=sorted([*p.lines, b"[]"])), "no kind of record"),
    "no JSON": (lambda p: replace(p, lines=sorted([*p.lines, b"}{"])), "JSON"),
    "an empty line": (lambda p: replace(p, lines=[b"", *p.lines]), "twice, or not"),
    "out of order": (lambda p: replace(p, lines=p.lines[::-1]), "not where it belongs"),
    "a record twice": (lambda p: replace(p, lines=sorted([*p.lines, p.lines[0]])), "twice"),
    "an unknown member": (
        lambda p: p.with_records(change_one("source", lambda one: one.update(path="/etc/passwd"))), "'path'",
    ),
    "a missing member": (lambda p: p.with_records(change_one("mark", lambda one: one.pop("note"))), "'note'"),
    "a number for a text": (lambda p: p.with_records(change_one("episode", lambda one: one.update(title=1))), "title"),
    "a huge number": (
        lambda p: p.with_records(change_one("episode", lambda one: one.update(started=2**80))), "started",
    ),
    "an endless float": (
        lambda p: replace(p, lines=sorted([*p.lines, b'{"type":"mark","x":1e999}'])), "JSON",
    ),
    "a lone surrogate": (
        lambda p: replace(p, lines=sorted([*p.lines, b'{"type":"mark","x":"\\ud800"}'])), "canonical",
    ),
    "an unknown actor": (
        lambda p: p.with_records(change_one("episode", lambda one: one["steps"][0].update(actor="god"))), "actor",
    ),
    "steps out of order": (lambda p: p.with_records(change_one("episode", _renumbered)), "numbered"),
    "a source of nothing": (
        lambda p: p.with_records(change_one("episode", lambda one: one.update(source="2" * 64))), "which file",
    ),
    "no episodes": (lambda p: p.with_records(_no_episode), "does not hold"),
    "an episode elsewhere": (
        lambda p: p.with_records(
            lambda r: r.append({"type": "known", "source": "3" * 64, "key": "/x", "digest": "4" * 64})
        ), "not on this desk",
    ),
    "a changed step": (
        lambda p: p.with_records(change_one("episode", lambda one: one["steps"][0].update(content="changed"))), "",
    ),
    "a correction of another recording": (
        lambda p: p.with_records(change_one("correction", lambda one: one["revisions"][0].update(prefix="5" * 64))),
        "another recording",
    ),
    "a correction without revisions": (
        lambda p: p.with_records(change_one("correction", lambda one: one.update(revisions=[]))), "no revision",
    ),
    "a correction beyond the end": (
        lambda p: p.with_records(change_one("correction", lambda one: one["revisions"][0].update(start=1 << 19))), "",
    ),
    "a quote that does not stand": (
        lambda p: p.with_records(
            change_one("finding", lambda one: one["candidates"][0].update(quotes=[{"step": 0, "text": "no such"}]))
        ), "do not stand",
    ),
    "a decision on nothing": (
        lambda p: p.with_records(change_one("decision", lambda one: one.update(revision="6" * 64))), "neither",
    ),
    "a word without a reason": (
        lambda p: p.with_records(change_one("word", lambda one: one.update(reason=" "))), "without a reason",
    ),
    "a mark elsewhere": (
        lambda p: p.with_records(change_one("mark", lambda one: one.update(episode="7" * 64))), "does not hold",
    ),
    "a mark that is no mark": (
        lambda p: p.with_records(change_one("mark", lambda one: one.update(category="D99"))), "category",
    ),
    "a sender who is not there": (lambda p: p.with_records(_no_author), "auditor"),
    "a name with two keys": (lambda p: p.with_records(_second_key), "twice"),
    "a recording of nothing": (lambda p: replace(p, recordings={**p.recordings, "": b"x"}), ""),
    "a recording of another length": (
        lambda p: p.with_records(change_one("source", lambda one: one.update(size=5))), "not as long",
    ),
    "a text without end": (
        lambda p: p.with_records(change_one("episode", lambda one: one.update(agent=_LONG))), "characters",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", RECORDS)
def test_records_that_do_not_hold_together_are_refused(scene: Set, case: str) -> None:
    forged, words = RECORDS[case]
    _refused(scene, forged(scene.parts).packed(), words)


def test_more_than_sixty_kinds_of_hostile_packets_are_tried() -> None:
    assert len(LAYOUT) + len(HEADS) + len(RECORDS) >= 60


# ---------------------------------------------------------------------------- decisions that do not count are left out


def _left_out(scene: Set, tmp_path: Path, parts: Parts, words: str) -> None:
    """Join *parts* with a fresh desk: all but one decision comes in, and that is listed."""
    taker = desk(tmp_path, "fresh", ("Bob", Role.REVIEWER))
    path = tmp_path / "bad.packet"
    path.write_bytes(parts.packed())
    found = pipeline.join_packet(taker, path, "Bob", prints(scene.parts.signer))
    assert len(found.left_out) == 1
    assert words in found.left_out[0].why
    assert found.new["decisions"] == 1
    assert pipeline.verify_desk(taker) == []
    taker.close()


def _signed_anew(one: dict[str, Any], who: Signer, change: Callable[[dict[str, Any]], object]) -> None:
    said = json.loads(one["statement"])
    change(said)
    statement = canonical(said)
    one["statement"] = statement.decode()
    one["sshsig"] = who.sshsig(statement, "dreamdesk-decision")
    one["envelope"] = seal(statement, [who]).decode()


DECISIONS: dict[str, tuple[Callable[[dict[str, Any], Signer], object], str]] = {
    "a changed statement": (
        lambda one, ann: one.update(statement=one["statement"].replace('"comment":"no"', '"comment":"yes"')),
        "signature",
    ),
    "a foreign signature": (lambda one, ann: _signed_anew(one, _stranger(), lambda said: None), "signature"),
    "another revision": (
        lambda one, ann: _signed_anew(one, ann, lambda said: said["subject"][0]["digest"].update(sha256="8" * 64)),
        "not this revision",
    ),
    "another episode": (
        lambda one, ann: _signed_anew(one, ann, lambda said: said["predicate"]["episode"].update(key="/other")),
        "not this revision",
    ),
    "another file": (
        lambda one, ann: _signed_anew(one, ann, lambda said: said["predicate"]["source"].update(sha256="9" * 64)),
        "not this revision",
    ),
    "somebody else's name": (
        lambda one, ann: _signed_anew(one, ann, lambda said: said["predicate"]["auditor"].update(name="Bob")),
        "not among the auditors",
    ),
    "a verdict that is none": (
        lambda one, ann: _signed_anew(one, ann, lambda said: said["predicate"].update(verdict="hail")), "verdict",
    ),
    "no reason": (
        lambda one, ann: _signed_anew(one, ann, lambda said: said["predicate"].update(reason="")), "reason code",
    ),
    "an id that is too large": (
        lambda one, ann: _signed_anew(one, ann, lambda said: said["predicate"].update(correction=2**64)),
        "correction",
    ),
    "an id that is text": (
        lambda one, ann: _signed_anew(one, ann, lambda said: said["predicate"].update(correction="1; DROP TABLE x")),
        "correction",
    ),
    "no predicate": (lambda one, ann: _signed_anew(one, ann, lambda said: said.pop("predicate")), "cannot be read"),
    "no object": (lambda one, ann: one.update(statement="[]"), "cannot be read"),
    "no JSON": (lambda one, ann: one.update(statement="approve!"), "JSON"),
    "an envelope of another": (lambda one, ann: one.update(envelope="{}"), "envelope"),
}  # fmt: skip


@pytest.mark.parametrize("case", DECISIONS)
def test_a_decision_that_does_not_hold_is_listed_and_left_out(scene: Set, tmp_path: Path, case: str) -> None:
    change, words = DECISIONS[case]
    ann = scene.parts.signer
    parts = scene.parts.with_records(change_one("decision", lambda one: change(one, ann)))
    _left_out(scene, tmp_path, parts, words)


def test_ids_that_collide_are_nothing_to_a_desk(scene: Set, tmp_path: Path) -> None:
    """The sender's ids stand in the statements; what is at those ids here is left alone."""
    taker = desk(tmp_path, "other", ("Bob", Role.REVIEWER))
    list(pipeline.import_paths(taker, [Path(__file__).parents[2] / "resources/samples/customer-support"]))
    pipeline.prepare(taker)
    here = {one: corrections.revision(taker, one).digest() for one in corrections.ids(taker)}
    pipeline.join_packet(taker, scene.packet, "Bob", prints(scene.parts.signer))
    assert {one: corrections.revision(taker, one).digest() for one in here} == here
    assert len(corrections.ids(taker)) == len(here) + 2
    assert pipeline.verify_desk(taker) == []
    taker.close()


# ---------------------------------------------------------------------------------- nothing gets in half, ever


@settings(max_examples=int(os.environ.get("PACKET_MUTANTS", "60")))
@given(st.data())
def test_a_mutated_packet_never_gets_in_half(scene: Set, data: st.DataObject) -> None:
    good = scene.packet.read_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    how = data.draw(st.sampled_from(("flip", "cut", "delete", "insert", "double")))
    if how == "flip":
        bad = _patched(good, at, bytes([good[at] ^ (1 << data.draw(st.integers(0, 7)))]))
    elif how == "cut":
        bad = good[:at]
    elif how == "delete":
        bad = good[:at] + good[at + data.draw(st.integers(1, 50)) :]
    elif how == "insert":
        bad = good[:at] + data.draw(st.binary(min_size=1, max_size=50)) + good[at:]
    else:
        bad = good[: at + 1] + good[at:]
    if bad != good:
        _refused(scene, bad)


def test_a_packet_that_is_stopped_midway_leaves_nothing(scene: Set) -> None:
    calls = []
    before = _state(scene.taker)
    for stop_at in range(1, 6):
        calls.clear()

        def stop(at: int = stop_at) -> bool:
            calls.append(1)
            return len(calls) >= at

        with pytest.raises(UserError, match="Nothing was taken"):
            pipeline.join_packet(scene.taker, scene.packet, "Bob", prints(scene.parts.signer), cancelled=stop)
        assert _state(scene.taker) == before


def test_looking_into_a_packet_writes_nothing(scene: Set) -> None:
    before = _state(scene.taker)
    found = pipeline.look_into_packet(scene.taker, scene.packet)
    assert (found.new["episodes"], found.new["corrections"], found.new["decisions"]) == (2, 2, 2)
    assert [stranger.name for stranger in found.strangers] == ["Ann"]
    assert _state(scene.taker) == before
    assert not found.kept


def test_a_sender_whom_nobody_confirmed_brings_nothing(scene: Set) -> None:
    before = _state(scene.taker)
    with pytest.raises(UserError, match="Compare the fingerprint"):
        pipeline.join_packet(scene.taker, scene.packet, "Bob")
    assert _state(scene.taker) == before


def test_the_same_content_gives_the_same_bytes(scene: Set, tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        copy = tmp_path / f"{name}.desk"
        scene.sender.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(scene.folder / "sender.desk", copy)
        db = open_desk(copy)
        path = tmp_path / f"{name}.packet"
        pipeline.make_packet(db, path, scene.parts.signer, to="Bob", chosen=[1, 2], at=5)
        made.append(path.read_bytes())
        db.close()
    assert made[0] == made[1]


def test_any_unzip_reads_a_packet(scene: Set) -> None:
    with zipfile.ZipFile(scene.packet) as plain:
        assert plain.testzip() is None
        assert plain.namelist()[:3] == ["packet.json", "packet.json.sig", "records.jsonl"]
