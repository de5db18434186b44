"""Archives by drop: read as the folder that they hold, whatever their names and headers say."""

import bz2
import gzip
import json
import lzma
import random
import sys
import tarfile
from pathlib import Path

import pytest
from archives import many_in_zip, special, taped, zipped, zstd

from dreamdesk.desk.database import open_or_create
from dreamdesk.intake import unpacking
from dreamdesk.pipeline import import_paths, verify_desk

RECORDS = Path(__file__).parents[1] / "hostile" / "records"
ATTEMPT = json.loads((RECORDS / "tau-bench.json").read_text())
RUN = json.loads((RECORDS / "mini-swe-agent.json").read_text())
COMPRESS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd.compress}


def attempt(number):
    return json.dumps({**ATTEMPT, "task_id": number}).encode()


def runs(instance="a__b-1"):
    """A folder of one run and the verdict that stands beside it."""
    return {
        "job/runs/run.traj.json": json.dumps({**RUN, "instance_id": instance}).encode(),
        "job/runs/results.json": json.dumps({"resolved": [instance], "no_generation": [], "no_logs": []}).encode(),
    }


@pytest.fixture
def desk(tmp_path):
    db = open_or_create(tmp_path / "archives.desk")
    yield db
    assert db.execute("SELECT count(*) FROM source WHERE NOT complete").fetchone() == (0,)
    assert verify_desk(db) == []
    assert not list(tmp_path.glob(".*.unpacked")), "content of an archive is left behind"
    db.close()


def imported(db, path, data=None):
    if data is not None:
        path.write_bytes(data)
    return list(import_paths(db, [path]))


def sources(reports):
    return {report.source: report.episodes for report in reports if report.format not in ("", "archive")}


def skips(reports):
    return {skip.place: skip.reason for report in reports for skip in report.skipped}


@pytest.mark.parametrize("ending", COMPRESS)
def test_a_compressed_file_is_read_whatever_its_name(desk, tmp_path, ending):
    (report,) = imported(desk, tmp_path / "runs", COMPRESS[ending](attempt(1) + b"\n" + attempt(2)))
    assert (report.format, report.episodes, report.skipped) == ("tau-bench", 2, ())


@pytest.mark.parametrize("ending", COMPRESS)
def test_compressed_streams_one_after_the_other_are_one_file(desk, tmp_path, ending):
    data = b"".join(COMPRESS[ending](attempt(number) + b"\n") for number in range(3))
    (report,) = imported(desk, tmp_path / "runs.jsonl", data)
    assert report.episodes == 3


@pytest.mark.parametrize("ending", COMPRESS)
def test_of_a_compressed_file_that_is_cut_off_the_beginning_is_kept(desk, tmp_path, ending):
    noise = random.Random(7)
    lines = [json.dumps({**ATTEMPT, "task_id": n, "note": noise.randbytes(200_000).hex()}).encode() for n in range(8)]
    whole = COMPRESS[ending](b"\n".join(lines))
    (report,) = imported(desk, tmp_path / "runs.jsonl", whole[: len(whole) * 3 // 4])
    assert 0 < report.episodes < 8
    assert "cut off" in report.skipped[0].reason


@pytest.mark.parametrize("method", [0, 8, 12, 93, 95])
def test_the_members_of_a_zip_archive_are_sources(desk, tmp_path, method):
    reports = imported(desk, tmp_path / "x.zip", zipped({"a/1.json": attempt(1), "b/2.json": attempt(2)}, method))
    assert sources(reports) == {"1.json": 1, "2.json": 1}
    assert skips(reports) == {}
    assert desk.execute("SELECT path FROM source ORDER BY id").fetchall() == [
        (str(tmp_path / "x.zip" / "a/1.json"),), (str(tmp_path / "x.zip" / "b/2.json"),)
    ]  # fmt: skip


@pytest.mark.parametrize("ending", ["", *COMPRESS])
@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_the_members_of_a_tar_archive_are_sources(desk, tmp_path, ending, kind):
    long = "d" * 90 + "/" + "e" * 90 + "/1.json"
    data = taped({long: attempt(1), "b/ü.json": attempt(2)}, kind)
    reports = imported(desk, tmp_path / "x", COMPRESS.get(ending, bytes)(data))
    assert sources(reports) == {"1.json": 1, "ü.json": 1}
    assert desk.execute("SELECT path FROM source ORDER BY id").fetchone()[0] == str(tmp_path / "x" / "b/ü.json")


def test_what_a_folder_gives_an_archive_of_it_gives_too(desk, tmp_path):
    folder = tmp_path / "in"
    for name, content in runs().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    plain = {report.source: report for report in imported(desk, folder)}["run.traj.json"]
    assert (plain.succeeded, [c.name for c in plain.companions]) == (1, ["results.json"])
    for name, data in {"x.zip": zipped(runs()), "x.tgz": gzip.compress(taped(runs()))}.items():
        assert all(report.known for report in imported(desk, tmp_path / name, data))
    db = open_or_create(tmp_path / "second.desk")
    alone = {report.source: report for report in imported(db, tmp_path / "x.tgz")}["run.traj.json"]
    assert (alone.succeeded, alone.companions) == (1, plain.companions)
    db.close()


HOSTILE_NAMES = ["../up.json", "a/../../up.json", "/abs.json", "C:/win.json", "a\\b.json", "a//b.json", "./../x.json",
                 "a/./b.json", "n" * 300 + ".json", "nul\0.json"]  # fmt: skip


def test_names_that_lead_out_of_a_zip_archive_are_told_and_the_rest_is_read(desk, tmp_path):
    before = sorted(path.name for path in tmp_path.parent.iterdir())
    members = {name: attempt(number) for number, name in enumerate(HOSTILE_NAMES)}
    reports = imported(desk, tmp_path / "x.zip", zipped({**members, "good.json": attempt(99)}, 0))
    assert sources(reports) == {"good.json": 1, "nul": 1}  # zipfile itself ends a name at its null byte
    assert sum("lead out of the archive" in skip.reason for skip in reports[0].skipped) == len(HOSTILE_NAMES) - 1
    assert sorted(path.name for path in tmp_path.parent.iterdir()) == before
    assert not Path("/abs.json").exists()


def test_names_that_lead_out_of_a_tar_archive_are_told_and_the_rest_is_read(desk, tmp_path):
    members = {name: attempt(number) for number, name in enumerate(HOSTILE_NAMES[:9])}
    reports = imported(desk, tmp_path / "x.tar", taped({**members, "good.json": attempt(99)}))
    assert sources(reports) == {"good.json": 1}
    assert sum("lead out of the archive" in skip.reason for skip in reports[0].skipped) == 9


@pytest.mark.parametrize(
    ("kind", "words"),
    [(tarfile.SYMTYPE, "a link"), (tarfile.LNKTYPE, "a link"), (tarfile.CHRTYPE, "a device"),
     (tarfile.BLKTYPE, "a device"), (tarfile.FIFOTYPE, "a pipe"), (b"Z", "of an unknown kind")],
)  # fmt: skip
def test_links_devices_and_pipes_of_a_tar_archive_are_not_followed(desk, tmp_path, kind, words):
    members = {"odd.json": special("odd.json", kind, "/etc/passwd"), "good.json": attempt(1)}
    reports = imported(desk, tmp_path / "x.tar", taped(members))
    assert sources(reports) == {"good.json": 1}
    assert words in skips(reports)["odd.json"]


def test_a_link_in_a_zip_archive_is_not_followed(desk, tmp_path):
    reports = imported(desk, tmp_path / "x.zip", zipped({"odd.json": b"/etc/passwd"}, mode=0o120777))
    assert sources(reports) == {}
    assert "a link or a device" in skips(reports)["odd.json"]


@pytest.mark.parametrize("inner", ["zip", "tar", "tgz"])
def test_an_archive_inside_an_archive_is_told(desk, tmp_path, inner):
    members = {"1.json": attempt(1)}
    data = {"zip": zipped(members), "tar": taped(members), "tgz": gzip.compress(taped(members))}[inner]
    reports = imported(desk, tmp_path / "x.zip", zipped({f"in.{inner}": data, "good.json": attempt(2)}))
    assert sources(reports) == {"good.json": 1}
    assert "archive inside an archive" in skips(reports)[f"in.{inner}"]


def test_an_inspect_log_and_a_compressed_file_inside_an_archive_are_read(desk, tmp_path):
    header = {"version": 2, "status": "success", "eval": {"task": "sums", "model": "m"}}
    sample = {"id": 1, "epoch": 1, "input": "q", "messages": [{"role": "user", "content": "q"}]}
    log = zipped({"header.json": json.dumps(header).encode(), "samples/1_epoch_1.json": json.dumps(sample).encode()})
    reports = imported(desk, tmp_path / "x.zip", zipped({"log.eval": log, "runs.jsonl.zst": zstd.compress(attempt(2))}))
    assert sources(reports) == {"log.eval": 1, "runs.jsonl.zst": 1}


def test_of_two_members_with_one_name_the_last_counts(desk, tmp_path):
    first = 512 + -(-len(attempt(1)) // 512) * 512  # header and content, without the end of the archive
    tape = taped({"1.json": attempt(1)})[:first] + taped({"1.json": attempt(7)})
    reports = imported(desk, tmp_path / "x.tar", tape)
    assert "more than once" in skips(reports)["1.json"]
    assert desk.execute("SELECT task_key FROM episode").fetchall()[0][0].startswith("tau-bench:7:")
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = many_in_zip([("1.json", attempt(1)), ("1.json", attempt(8))])
    assert sources(imported(desk, tmp_path / "x.zip", twice)) == {"1.json": 1}
    assert desk.execute("SELECT task_key FROM episode ORDER BY id").fetchall()[1][0].startswith("tau-bench:8:")


@pytest.mark.parametrize("members", [["a", "a/b.json"], ["a/b.json", "a"]])
def test_a_name_cannot_be_a_file_and_a_folder(desk, tmp_path, members):
    reports = imported(desk, tmp_path / "x.tar", taped(dict.fromkeys(members, attempt(1))))
    assert sum(sources(reports).values()) == 1
    assert any("its name makes" in reason for reason in skips(reports).values())


def test_hidden_files_and_folders_of_an_archive_are_left_out(desk, tmp_path):
    members = {"__MACOSX/._1.json": b"x", ".git/1.json": attempt(3), "d/.hidden.json": attempt(4), "1.json": attempt(1)}
    assert sources(imported(desk, tmp_path / "x.zip", zipped(members))) == {"1.json": 1}


def test_a_member_that_is_encrypted_or_damaged_costs_only_itself(desk, tmp_path):
    good, bad = zipped({"good.json": attempt(1)}), bytearray(zipped({"bad.json": attempt(2)}))
    whole = imported(desk, tmp_path / "a.zip", zipped({"bad.json": attempt(2)}, flags=0x801))
    assert "encrypted" in skips(whole)["bad.json"]
    bad[60] ^= 0xFF
    assert "damaged" in skips(imported(desk, tmp_path / "b.zip", bytes(bad)))["bad.json"]
    assert "damaged" in skips(imported(desk, tmp_path / "c.zip", zipped({"bad.json": attempt(2)}, crc=7)))["bad.json"]
    assert "damaged" in skips(imported(desk, tmp_path / "d.zip", zipped({"bad.json": attempt(2)}, size=7)))["bad.json"]
    assert sources(imported(desk, tmp_path / "e.zip", good)) == {"good.json": 1}


def test_of_a_tar_archive_that_is_cut_off_what_came_before_is_kept(desk, tmp_path):
    data = taped({"1.json": attempt(1), "2.jsonl": attempt(2) + b"\n" + attempt(3), "3.json": attempt(4)})
    at = data.index(b'"task_id": 3')
    reports = imported(desk, tmp_path / "x.tar", data[:at])
    assert sources(reports) == {"1.json": 1, "2.jsonl": 1}
    assert "what was read before is kept" in skips(reports)["the archive"]
    assert "cut off" in skips(reports)["line 2"]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: data[:2048] + b"\x55" * 512 + data[2560:], "header of the tar archive is damaged"),
        (lambda data: data.replace(b"path=", b"path!"), ""),
    ],
)
def test_a_damaged_header_ends_a_tar_archive_and_says_so(desk, tmp_path, damage, words):
    members = {f"{number}/{'n' * 120}.json": attempt(number) for number in range(3)}
    reports = imported(desk, tmp_path / "x.tar", damage(taped(members)))
    assert not words or any(words in reason for reason in skips(reports).values())


def test_an_extended_header_beyond_reason_is_refused(desk, tmp_path):
    giant = tarfile.TarInfo("1.json")
    giant.pax_headers = {"comment": "x" * (2 << 20)}
    reports = imported(desk, tmp_path / "x.tar", taped({"0.json": attempt(1), "1.json": giant}))
    assert sources(reports) == {"0.json": 1}
    assert "extended header" in skips(reports)["the archive"]


def test_too_many_members_end_an_archive(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_MEMBERS", 3)
    reports = imported(desk, tmp_path / "x.zip", zipped({f"{n}.json": attempt(n) for n in range(5)}))
    assert len(sources(reports)) == 3
    assert "more than 3 members" in skips(reports)["the archive"]


@pytest.mark.parametrize("method", [8, 12, 93, 95])
def test_a_bomb_in_an_archive_costs_only_itself(desk, tmp_path, method):
    data = zipped({"bomb.json": bytes(64 << 20), "good.json": attempt(1)}, method)
    assert len(data) < 1 << 20
    reports = imported(desk, tmp_path / "x.zip", data)
    assert sources(reports) == {"good.json": 1}
    assert "200 times its size" in skips(reports)["bomb.json"]


@pytest.mark.parametrize("ending", COMPRESS)
def test_a_bomb_in_a_compressed_tar_archive_is_stopped(desk, tmp_path, ending):
    data = COMPRESS[ending](taped({"good.json": attempt(1), "bomb.json": bytes(64 << 20)}))
    reports = imported(desk, tmp_path / "x.tar", data)
    assert sources(reports) == {"good.json": 1}
    assert any("200 times its size" in reason for reason in skips(reports).values())


def test_an_empty_archive_says_so(desk, tmp_path):
    (report,) = imported(desk, tmp_path / "x.tar", taped({"folder": special("folder", tarfile.DIRTYPE)}))
    assert "holds no files" in report.skipped[0].reason


def test_a_cancelled_archive_leaves_the_desk_as_it_was(desk, tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({f"{n}.json": attempt(n) for n in range(9)}))
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) > 6

    reports = list(import_paths(desk, [path], cancelled=cancelled))
    assert len(reports) < 9
    assert desk.execute("SELECT count(*) FROM source").fetchone() == (len(reports),)


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files to run into")
def test_an_archive_for_whose_content_there_is_no_room_ends_alone(desk, tmp_path):
    import resource

    (tmp_path / "a.zip").write_bytes(zipped({"big.json": random.Random(3).randbytes(24 << 20)}))
    (tmp_path / "b.json").write_bytes(attempt(1))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16 << 20, before[1]))
    try:
        reports = list(import_paths(desk, [tmp_path / "a.zip", tmp_path / "b.json"]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert sources(reports) == {"b.json": 1}
    assert "cannot be unpacked" in skips(reports)["a.zip"]
    assert "room" in skips(reports)["a.zip"]


def test_the_progress_of_an_archive_is_told_in_its_own_bytes(desk, tmp_path):
    path, told = tmp_path / "x.zip", []
    path.write_bytes(zipped({f"{n}.json": attempt(n) for n in range(9)}))
    list(import_paths(desk, [path], progress=lambda done, total, what: told.append((done, total, what))))
    told = [(done, total) for done, total, what in told if what.startswith("Reading")]
    assert all(total == path.stat().st_size for _, total in told)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
