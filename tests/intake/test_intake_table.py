"""Every row of the published table of real traces is met: episodes, outcomes, steps, tool calls and tool errors.

A row describes its file alone, so the file is read alone, from a copy, unless the row's note says where the verdict or
the rest of it lies; then it is read where it lies. Partial rewards count as failed. Where the table counts something
else than an episode's steps, the reason stands beside the number that is exactly ours.
"""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from expectations import check, counts, wanted

from dreamdesk.intake.opening import open_source
from dreamdesk.model.episode import GapKind
from dreamdesk.pipeline import formats

assert formats()  # the pipeline brings what reads SQLite

ROOT = Path(__file__).resolve().parents[3] / "shared" / "data" / "traces"
SAMPLES = 197

FORMATS = {
    "jaeger_tempo/eval_set": "google-adk", "openclaw/": "pi-session",
    "google_adk/adk2_spans": "otlp-json", "langfuse/langfuse_sdk": "otlp-json", "vercel_ai_sdk/aisdk7_gen": "otlp-json",
    "vercel_ai_sdk/aisdk5_ai": "otlp-json", "openai_agents/agents_sdk.to_input": "openai-responses",
    "openai_agents/sqlite": "openai-responses",
    "openai_api/responses": "openai-responses", "openai_api/": "openai-chat", "codex/": "codex-rollout",
    "gemini_api/": "gemini-contents", "a2a/": "a2a-tasks", "mcp/": "mcp-log", "bedrock_agents/": "bedrock-agent",
    "google_adk/": "google-adk", "mlflow/": "mlflow", "weave/": "weave", "laminar/": "otlp-json",
    "phoenix/": "otlp-json", "jaeger_tempo/": "otlp-json", "otlp_": "otlp-json", "pi-sessions/": "pi-session",
    "anthropic_messages/": "anthropic-messages", "vercel_ai_sdk/": "vercel-ai",
    "langchain_messages/": "langchain-messages", "pydantic_ai/": "pydantic-ai", "openai_agents/": "openai-agents",
}  # fmt: skip
"""The reader of a file by the beginning of its place; else the folder is named as the reader is."""

MESSAGES = ("openai-chat", "openai-responses", "gemini-contents", "pydantic-ai", "langchain-messages", "vercel-ai")
"""Formats whose files hold every message of a conversation: none of them was compacted."""

WHERE_IT_LIES = re.compile(r"outcome from|directory import|episodes only if|exit_status=Submitted")
"""Notes of rows that describe the file together with what lies beside it: a verdict, the events, the requests."""

VERDICT_ELSEWHERE = {
    "mini-swe-agent/v1.1_django__django-14411.traj.json": False,
    "mini-swe-agent/v1_django__django-16255.traj.json": True,
}
"""Rows whose verdict (resolved or not) is known from a report that was not kept; here it is laid beside the trace."""

GRADES = ("feedback_stats", "assessments", "scores")
BY_STATUS = {
    "langsmith/list_runs.flat.jsonl": 4,
    "langsmith/read_run.load_child_runs.json": 4,
    "mlflow/search_traces.to_json.jsonl": 4,
    "mlflow/one_trace.to_dict.json": 1,
    "mlflow/search_traces.dataframe.json": 4,
    "langfuse/derived_public_api_traces.json": 4,
    "langfuse/worker_claude-agent-2025-12-22.trace.json": 1,
}
"""Rows that count the failures by status alone, though the file holds grades: what the grades say. Without its grades
the file gives the row's own count."""

OTHERWISE = {
    # Commands fenced as mswea_bash_command, each run and answered with a return code; the table knows only ```bash.
    "mini-swe-agent/v0_github_issue.traj.json": {"tool_calls": 10},
    # The agent's last message to the user is an action in this format, and no call of a tool.
    "openhands/v0_traj_basic_gui_mode.json": {"tool_calls": 4},
    # The table counts observations by type. These tools, which the model was given and called, are plain spans here.
    "langfuse/framework_koog-2025-08-26.json": {"tool_calls": 2},
    "langfuse/framework_langgraph-2025-08-22.json": {"tool_calls": 1},
    "langfuse/worker_langgraph-js-2025-10-30.trace.json": {"tool_calls": 1},
    # Likewise; and each of its two model calls is recorded twice, one generation inside the other.
    "langfuse/framework_agno-2025-06-11.json": {"steps": 2, "tool_calls": 1},
    # A fourth call, of the tool that ends the run, is answered by the framework and has no observation.
    "langfuse/framework_pydantic-ai-tools-2025-12-04.json": {"tool_calls": 4},
    # Errors stand as text, as in the row of to_input_list, which counts them; this row counts flags alone.
    "openai_agents/sqlite_session.db": {"tool_errors": 2},
    # The call that broke the run off stands in the session; only its response does not.
    "google_adk/adk2_INV-4004.session.json": {"tool_calls": 1},
}
SKIPPED = {
    "codex/fragment_event-turn-aborted.jsonl": "it is a fragment: it holds neither session_meta nor a message",
    "codex/fragment_function-output-error.jsonl": "it is a fragment of 1 item: it holds neither session_meta nor a "
    "message",
    "otlp_stress/truncated_tail.otlp.jsonl": "it is cut off",
}
"""What may not be read, and the reason that the report gives; everything else is read whole."""


def table():
    """The rows, with a skipped one where the traces are not beside this checkout."""
    if not (ROOT / "EXPECTED.csv").is_file():
        return [pytest.param(None, id="absent", marks=pytest.mark.skip("the real traces are not beside this checkout"))]
    with (ROOT / "EXPECTED.csv").open(newline="") as file:
        return [pytest.param(row, id=row["file"]) for row in csv.DictReader(file)]


def place(row, folder):
    """Where to read the row's file: alone in *folder*, or where it lies when the row is about its company too."""
    path = ROOT / row["file"].split(" (+")[0]
    together = WHERE_IT_LIES.search(row["note"]) and row["file"] not in VERDICT_ELSEWHERE
    return path if together else Path(shutil.copy(path, folder))


def ungraded(value):
    """*value* without grades, also inside JSON text."""
    if isinstance(value, dict):
        return {key: ungraded(inner) for key, inner in value.items() if key not in GRADES}
    if isinstance(value, list):
        return [ungraded(item) for item in value]
    if isinstance(value, str) and value.startswith("{") and any(f'"{key}"' in value for key in GRADES):
        return json.dumps(ungraded(json.loads(value)))
    return value


def read(path, row):
    """The episodes of a row's file, after checking what is promised of each and that nothing else was skipped."""
    reading = open_source(path)
    episodes = list(reading.episodes())
    file = row["file"]
    name = next((name for start, name in FORMATS.items() if file.startswith(start)), file.split("/")[0])
    assert reading.source.format == name
    assert [skip.reason for skip in reading.skipped] == [reason for of, reason in SKIPPED.items() if of == file]
    for episode in episodes:
        check(episode)
        assert all(not step.pointer or step.pointer.startswith(("/", "line:", "document:")) for step in episode.steps)
        assert reading.source.format not in MESSAGES or not any(g.kind is GapKind.COMPACTION for g in episode.gaps)
    assert len({episode.key for episode in episodes}) == len(episodes)
    return episodes, reading


def test_the_whole_table_is_read():
    rows = table()
    assert rows[0].id == "absent" or len(rows) == SAMPLES
    files = {row.id for row in rows} | ({*OTHERWISE, *BY_STATUS, *VERDICT_ELSEWHERE} if len(rows) == 1 else set())
    assert files >= {*OTHERWISE, *BY_STATUS, *VERDICT_ELSEWHERE}


@pytest.mark.parametrize("row", table())
def test_every_row_of_the_table_is_met(row, tmp_path):
    file, path = row["file"], place(row, tmp_path)
    if file in VERDICT_ELSEWHERE:
        (episode,), _ = read(path, row)
        assert episode.outcome.state == "unknown"
        (tmp_path / "report.json").write_text(json.dumps({"resolved": VERDICT_ELSEWHERE[file]}))
    if file in BY_STATUS:
        episodes, _ = read(path, row)
        assert counts(episodes)["failed"] == BY_STATUS[file]
        text = path.read_text()
        try:
            plain = [ungraded(json.loads(text))]
        except ValueError:
            plain = [ungraded(json.loads(line)) for line in text.splitlines()]
        path.write_text("\n".join(map(json.dumps, plain)))
    episodes, reading = read(path, row)
    found = counts(episodes)
    if fragment := re.search(r"fragment of (\d+) item", reading.skipped[0].reason if reading.skipped else ""):
        found["steps"] = int(fragment[1])  # what of a fragment there is makes no episode, and the report counts it
    assert found == wanted(row, found) | OTHERWISE.get(file, {})
