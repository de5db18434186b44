"""What is embedded in a step comes out byte for byte, only when it is asked for, and never under a name of a trace."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreamdesk import pipeline
from dreamdesk.desk import episodes, kept, sources
from dreamdesk.desk.database import Connection, create, transaction
from dreamdesk.intake.media import media
from dreamdesk.model.episode import GapKind
from dreamdesk.model.errors import UserError

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9


def run(number: int, picture: bytes = PNG) -> dict[str, object]:
    url = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    shown = [{"type": "text", "text": "seen"}, {"type": "image_url", "image_url": {"url": url}}]
    call = {"id": "a", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    return {
        "messages": [
            {"role": "user", "content": f"Number {number}"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "a", "content": shown},
        ]
    }


@pytest.fixture
def desk(tmp_path: Path) -> Connection:
    return create(tmp_path / "a.desk")


def imported(db: Connection, path: Path) -> list[int]:
    list(pipeline.import_paths(db, [path]))
    return episodes.ids(db)


def media_step(db: Connection, episode: int) -> int:
    (gap,) = [gap for gap in episodes.load(db, episode).gaps if gap.kind is GapKind.MEDIA]
    assert gap.step is not None
    return gap.step


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("lines.jsonl", lambda: "".join(json.dumps(run(i, PNG + bytes([i]))) + "\n" for i in range(3))),
        ("pretty.json", lambda: json.dumps([run(i, PNG + bytes([i])) for i in range(3)], indent=1)),
    ],
)
def test_each_picture_comes_out_of_its_own_step(
    name: str, written: Callable[[], str], desk: Connection, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(written())
    found = imported(desk, tmp_path / name)
    assert len(found) == 3
    before = set(tmp_path.rglob("*"))
    for number, episode in enumerate(found):
        (picture,) = pipeline.step_media(desk, episode, media_step(desk, episode))
        assert (picture.data, picture.extension) == (PNG + bytes([number]), "png")
        assert pipeline.step_media(desk, episode, 0) == []
    assert set(tmp_path.rglob("*")) == before


def test_files_are_named_by_us_and_nothing_is_written_over(desk: Connection, tmp_path: Path) -> None:
    (tmp_path / "lines.jsonl").write_text(json.dumps(run(0, b"MZ" + PNG)) + "\n")
    (episode,) = imported(desk, tmp_path / "lines.jsonl")
    step = media_step(desk, episode)
    folder = tmp_path / "out"
    folder.mkdir()
    (path,) = pipeline.save_media(desk, episode, step, folder)
    assert path == folder / f"episode-{episode}-step-{step}-1.bin"
    assert path.read_bytes() == b"MZ" + PNG
    with pytest.raises(UserError, match="was not written"):
        pipeline.save_media(desk, episode, step, folder)
    with pytest.raises(UserError, match="No file is embedded"):
        pipeline.save_media(desk, episode, 0, folder)
    with pytest.raises(UserError, match="no step 99"):
        pipeline.step_media(desk, episode, 99)
    assert list(folder.iterdir()) == [path]


def test_a_source_that_is_not_on_the_desk_is_read_where_it_was_if_it_is_the_same(
    desk: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(json.dumps(run(0)) + "\n")
    (episode,) = imported(desk, file)
    step = media_step(desk, episode)
    identity = sources.find(desk, episodes.source_of(desk, episode).sha256)
    assert identity is not None
    with transaction(desk):
        kept.drop(desk, identity)
    assert pipeline.step_media(desk, episode, step)[0].data == PNG
    file.write_text(json.dumps(run(1)) + "\n")
    with pytest.raises(UserError, match="has changed"):
        pipeline.step_media(desk, episode, step)
    file.unlink()
    with pytest.raises(UserError, match="cannot be read"):
        pipeline.step_media(desk, episode, step)


packed = st.binary(min_size=1, max_size=60)


@given(packed)
def test_every_shape_of_the_apis_is_found(data: bytes) -> None:
    text = base64.b64encode(data).decode()
    shapes = [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": text}},
        {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{text}"}},
        {"type": "input_image", "image_url": f"data:;base64,{text}"},
        {"inlineData": {"mimeType": "image/png", "data": text}},
        {"type": "input_audio", "input_audio": {"data": text, "format": "wav"}},
        {"type": "image", "data": base64.urlsafe_b64encode(data).decode(), "mimeType": "image/webp"},
    ]
    assert [found.data for found in media(shapes)] == [data] * len(shapes)


def test_addresses_and_words_are_no_files() -> None:
    assert media({"type": "image", "source": {"type": "url", "url": "https://example.org/x.png"}}) == []
    assert media({"mimeType": "text/plain", "data": "not base64 at all!"}) == []
    deep: list[object] = ["data:image/png;base64,aGk="]
    for _ in range(500):
        deep = [deep]
    assert media(deep) == []  # type: ignore[arg-type]


def test_the_pictures_of_real_sessions_come_out(shared_data: Path, desk: Connection) -> None:
    name = "claude-code/agentcmd_full-session-two.jsonl"
    (episode, *_) = imported(desk, shared_data / "traces" / name)
    (picture,) = pipeline.step_media(desk, episode, media_step(desk, episode))
    assert picture.extension == "png"
    assert picture.data.endswith(b"IEND\xaeB`\x82")
