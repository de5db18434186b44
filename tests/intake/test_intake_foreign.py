"""Tables of strangers: SQLite files of which only known rows are read, and Parquet."""

import gc
import json
import sqlite3
from pathlib import Path

import pytest

from dreamdesk.desk import foreign
from dreamdesk.desk.database import create
from dreamdesk.intake.opening import open_source
from dreamdesk.model.errors import UserError
from dreamdesk.pipeline import formats, import_paths

assert formats()  # the pipeline brings what reads SQLite

RECORDS = Path(__file__).parents[1] / "hostile" / "records"
ATTEMPT = json.loads((RECORDS / "tau-bench.json").read_text())
ITEMS = [
    {"role": "user", "content": "How warm is it?"},
    {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c1", "output": "21 degrees"},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "21 degrees."}]},
]
TABLES = """
CREATE TABLE agent_sessions(session_id TEXT PRIMARY KEY, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE agent_messages(id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, message_data TEXT);
"""


@pytest.fixture
def database(tmp_path):
    """Return a function that makes a database with two sessions and runs a script on it."""

    def make(script="", name="sessions.db"):
        path = tmp_path / name
        db = sqlite3.connect(path)
        db.executescript(TABLES)
        rows = [(session, json.dumps(item)) for item in ITEMS for session in ("a", "b")]
        db.executemany("INSERT INTO agent_messages(session_id, message_data) VALUES(?,?)", rows)
        db.executescript(script)
        db.commit()
        db.close()
        return path

    return make


def read(path):
    reading = open_source(path)
    return list(reading.episodes()), reading


def test_sessions_are_read_each_as_one_episode(database):
    found, reading = read(database())
    assert [[step.kind.value for step in episode.steps] for episode in found] == [
        ["message", "tool_call", "tool_result", "message"]
    ] * 2
    assert (reading.source.format, reading.skipped) == ("openai-responses", [])


def test_a_file_of_another_ending_is_read_too_and_nothing_is_written_beside_it(database, tmp_path):
    path = database(name="export.bin")
    path.chmod(0o400)
    assert len(read(path)[0]) == 2
    assert [file.name for file in tmp_path.iterdir()] == ["export.bin"]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("DROP TABLE agent_messages; CREATE VIEW agent_messages AS SELECT 1 AS id", "without a table that is known"),
        ("DROP TABLE agent_messages; CREATE VIRTUAL TABLE agent_messages USING fts5(id, session_id, message_data)",
         "without a table that is known"),
        ("DROP TABLE agent_messages; CREATE TABLE agent_messages(id)", "damaged"),
        ("UPDATE agent_messages SET message_data = '7'", "format is unknown"),
        ("DROP TABLE agent_messages", "its tables: agent_sessions"),
    ],
)  # fmt: skip
def test_what_would_run_or_is_no_known_table_is_refused(database, script, words):
    with pytest.raises(UserError, match=words):
        read(database(script))


def test_triggers_and_views_of_the_file_do_not_run(database):
    path = database(
        "CREATE VIEW loud AS SELECT load_extension('x');"
        "CREATE TRIGGER t AFTER INSERT ON agent_messages BEGIN DELETE FROM agent_messages; END;"
        "CREATE INDEX i ON agent_messages(abs(id));"
    )
    assert len(read(path)[0]) == 2


def test_an_item_that_is_no_json_is_shown_as_it_is(database):
    path = database("INSERT INTO agent_messages(session_id, message_data) VALUES('b', '{\"role\": ')")
    found, _ = read(path)
    assert len(found) == 2
    assert (found[1].steps[-1].actor, found[1].steps[-1].content) == ("system", '[row 9 holds no JSON: {"role": ]')


def test_cells_and_sessions_beyond_reason_are_refused(database, monkeypatch):
    path = database(f"INSERT INTO agent_messages(session_id, message_data) VALUES('c', '{'x' * 5000}')")
    monkeypatch.setattr(foreign, "_MAX_SESSION", 4000)
    with pytest.raises(UserError, match="session of more than"):
        read(path)
    monkeypatch.setattr(foreign, "_MAX_CELL", 1000)
    with pytest.raises(UserError, match="too large"):
        read(path)


def test_rows_that_still_stand_in_the_log_are_not_passed_over_in_silence(database):
    path = database()
    path.with_name("sessions.db-wal").write_bytes(b"something")
    with pytest.raises(UserError, match=r"sessions\.db-wal"):
        read(path)


@pytest.mark.parametrize(
    "damage",
    [lambda d: d[:4096], lambda d: d[:5000], lambda d: d[:100] + b"\xff" * 4000, lambda d: d[:16] + bytes(84)],
)
def test_a_damaged_database_is_refused_in_words(database, damage):
    path = database()
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError, match="SQLite database"):
        read(path)


# ---- Parquet

pa = pytest.importorskip("pyarrow")
from pyarrow import parquet  # noqa: E402


def table(path, columns, **options):
    parquet.write_table(pa.table(columns), path, **options)
    return path


def test_nested_columns_and_columns_of_json_are_read(tmp_path):
    path = table(tmp_path / "runs", {key: [value] * 3 for key, value in ATTEMPT.items()}, row_group_size=2)
    found, reading = read(path)
    assert (reading.source.format, len(found)) == ("tau-bench", 3)
    assert [episode.key for episode in found] == ["row:1", "row:2", "row:3"]
    chats = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    assert len(read(table(tmp_path / "chat.parquet", {"messages": [chats, chats], "system": ["be brief"] * 2}))[0]) == 2


@pytest.mark.parametrize("packing", ["snappy", "gzip", "zstd", "none", "brotli", "lz4"])
def test_every_compression_of_parquet_is_read(tmp_path, packing):
    path = table(tmp_path / "runs", {key: [value] for key, value in ATTEMPT.items()}, compression=packing)
    assert len(read(path)[0]) == 1


def test_langsmith_runs_of_a_bulk_export_are_read(shared_data, tmp_path):
    source = shared_data / "traces" / "langsmith" / "list_runs.flat.jsonl"
    runs = [json.loads(line) for line in source.read_text().splitlines()]
    text = ("inputs", "outputs", "extra", "events", "feedback_stats", "tags", "serialized")
    keys = dict.fromkeys(key for run in runs for key in run)
    cells = {key: [json.dumps(run[key]) if key in text and run.get(key) is not None else run.get(key) for run in runs]
             for key in keys}  # fmt: skip
    plain = {key: [v if v is None or isinstance(v, str | int | float) else json.dumps(v) for v in column]
             for key, column in cells.items()}  # fmt: skip
    plain = {key: [v if v is None else str(v) for v in c] if len({type(v) for v in c if v is not None}) > 1 else c
             for key, c in plain.items()}  # fmt: skip
    found, reading = read(table(tmp_path / "runs.parquet", plain))
    assert reading.source.format == "langsmith"
    expected = list(open_source(source).episodes())
    assert [episode.native_steps for episode in found] == [episode.native_steps for episode in expected]


def test_a_table_that_would_unpack_beyond_the_limit_is_refused(tmp_path):
    path = table(tmp_path / "bomb", {"a": pa.array(["x" * 1000] * 500_000).dictionary_encode().cast(pa.string())})
    assert path.stat().st_size < 1 << 20
    with pytest.raises(UserError, match=r"200 times|unknown"):
        read(path)


@pytest.mark.parametrize("damage", [lambda d: d[: len(d) // 2], lambda d: d[:4] + b"\0" * (len(d) - 8) + d[-4:],
                                    lambda d: b"PAR1", lambda d: d[:-8] + b"\xff\xff\xff\x7fPAR1"])  # fmt: skip
def test_a_damaged_table_is_refused_in_words(tmp_path, damage):
    path = table(tmp_path / "runs", {key: [value] for key, value in ATTEMPT.items()})
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError, match="Parquet table"):
        read(path)


def test_values_that_json_has_no_form_for_are_told_as_text(tmp_path):
    from datetime import UTC, datetime
    from decimal import Decimal

    columns = {key: [value] for key, value in ATTEMPT.items()}
    columns |= {
        "at": [datetime(2026, 11, 1, tzinfo=UTC)],
        "nan": [float("nan")],
        "raw": [b"\xff"],
        "d": [Decimal("1.5")],
    }
    assert len(read(table(tmp_path / "runs", columns))[0]) == 1


def test_a_cancelled_import_of_a_database_leaves_nothing_behind(database, tmp_path):
    path = database("".join(
        f"INSERT INTO agent_messages(session_id, message_data) SELECT 's{n}', message_data FROM agent_messages"
        " WHERE session_id = 'a';" for n in range(50)
    ))  # fmt: skip
    desk, asked = create(tmp_path / "a.desk"), []

    def cancelled():
        asked.append(1)
        return len(asked) > 8

    assert list(import_paths(desk, [path], cancelled=cancelled)) == []
    gc.collect()  # a connection that is left open complains here
    assert desk.execute("SELECT count(*) FROM source").fetchone() == (0,)
    desk.close()
