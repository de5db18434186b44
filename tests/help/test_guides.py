"""What the guides say is true of the program: each command, setting, key, menu, link and picture in them exists."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dreamdesk import actions, gui
from dreamdesk.cli.main import parser
from dreamdesk.cli.main import run as run_command
from dreamdesk.desk import settings
from dreamdesk.dream.environment import play
from dreamdesk.gui.dialogs.frame import Frame
from dreamdesk.gui.dialogs.keys import TIMELINE
from dreamdesk.gui.help.guides import NAMES, Guides
from dreamdesk.gui.places import PLACES
from dreamdesk.language import LANGUAGES, translations
from dreamdesk.model.episode import Episode, ToolSchema
from dreamdesk.model.execution import Call

HELP = Path(__file__).resolve().parents[2] / "resources" / "help"
README = HELP.parents[1] / "README.md"
TRANSLATED = [HELP / code / f"{name}.md" for code in LANGUAGES if code != "en" for name in NAMES]
PAGES = [HELP / f"{name}.md" for name in NAMES] + TRANSLATED
EVERYWHERE = {"Esc", "Enter", "Tab", "Space"}
"""Keys that mean in DreamDesk what they mean in every program."""

KEYS_OF_A_NAME = {"Ctrl", "Shift", "Space", "Enter"}
"""Keys that other languages call otherwise."""

TOP = parser()

page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(HELP)))
translated_page = pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: str(path.relative_to(HELP)))


def language_of(path: Path) -> str:
    """The language of the guide at *path*."""
    return "en" if path.parent == HELP else path.parent.name


def both(path: Path) -> list[str]:
    """The English guide and the translated one at *path*."""
    return [one.read_text(encoding="utf-8") for one in (HELP / path.name, path)]


def fenced(text: str) -> list[str]:
    """The examples, without the words around them."""
    return re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def outside(text: str) -> list[str]:
    """What stands between the examples."""
    return re.split(r"^```.*?^```", text, flags=re.DOTALL | re.MULTILINE)


def without_comments(example: str) -> str:
    """An example without what is explained beside its commands, which is said in the language of the guide."""
    return re.sub(r" +# .*", "", example)


def inline(text: str) -> list[str]:
    """What stands in backticks within sentences."""
    return re.findall(r"`([^`\n]+)`", "".join(outside(text)))


def commands(text: str) -> Iterator[list[str]]:
    """The command lines of DreamDesk, as a shell would split them."""
    lines = [line for block in fenced(text) for line in block.replace("\\\n", " ").splitlines()]
    for line in [*lines, *inline(text)]:
        if line.startswith("dreamdesk ") and "…" not in line:
            yield shlex.split(line, comments=True)[1:]


@pytest.mark.parametrize("path", [README, *PAGES], ids=lambda path: str(path.name))
def test_every_command_is_one_that_the_program_takes(path: Path) -> None:
    refused = []
    text = re.sub(r"^ {4}(dreamdesk .*)", r"```\n\1\n```", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for words in commands(text):
        try:
            TOP.parse_args(words)
        except SystemExit as end:
            if end.code:
                refused.append(shlex.join(words))
    assert refused == []


def verbs(top: argparse.ArgumentParser, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every verb of the command line, with the verb that it stands under."""
    for choices in (a.choices for a in top._actions if isinstance(a, argparse._SubParsersAction)):
        for name, below in choices.items():
            deeper = list(verbs(below, (*before, name)))
            yield from deeper or [(*before, name)]


def test_the_engineers_guide_shows_every_verb() -> None:
    text = (HELP / "engineer.md").read_text(encoding="utf-8")
    shown = [tuple(words) for words in commands(text)]
    missing = [" ".join(v) for v in verbs(TOP) if not any(words[: len(v)] == v for words in shown)]
    assert missing == []


def test_the_administrators_guide_tells_every_setting_and_no_other() -> None:
    text = (HELP / "administrator.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", text, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == set(settings.DEFAULTS)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    """A bundle that was made with the six commands of the engineer's guide."""
    folder = tmp_path_factory.mktemp("guides")
    text = (HELP / "engineer.md").read_text(encoding="utf-8")
    desk = str(folder / "a.desk")
    named = {
        "D": desk,
        "traces/": str(samples / "data-processing" / "ledger-entry-runs.json"),
        "releases": str(folder / "releases"),
    }
    steps = [shlex.split(line)[1:] for line in fenced(text)[0].splitlines()]
    assert [step[0] for step in steps] == ["import", "locate", "dream", "check", "decide", "release"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAMDESK_PASSPHRASE", "correct horse battery")
        assert run_command(["auditor", "add", "Ada Lindqvist", "--desk", desk, "--role", "approver"]) == 0
        for step in steps:
            assert run_command([named.get(word, word) for word in step]) == 0, step
    (made,) = (folder / "releases").iterdir()
    return made


def test_the_six_commands_make_a_bundle_that_verifies(bundle: Path) -> None:
    assert run_command(["verify", str(bundle)]) == 0


def test_the_examiners_commands_verify_a_bundle_and_notice_a_change(bundle: Path, tmp_path: Path) -> None:
    chapter = next(c for c in Guides(HELP).chapters if c.title == "Verify a bundle with stock tools")
    shell = [part for part in fenced(chapter.text) if not part.startswith(("powershell", "dreamdesk"))]
    chapter = next(c for c in Guides(HELP).chapters if c.title == "Follow one line back")
    shell += [part for part in fenced(chapter.text) if part.startswith("ssh-keygen")]
    assert len(shell) == 4
    copy = tmp_path / "bundle"
    shutil.copytree(bundle, copy)
    signers = tmp_path / "allowed_signers"
    shutil.copy(bundle / "allowed_signers", signers)

    def statuses() -> list[int]:
        commands = [part.replace("/path/to/your/allowed_signers", str(signers)) for part in shell]
        ran = [subprocess.run(["sh", "-ec", part], cwd=copy, capture_output=True, check=False) for part in commands]
        return [one.returncode for one in ran]

    assert statuses() == [0, 0, 0, 0]
    decision = copy / "data" / "provenance" / "decisions" / "1.json"
    decision.write_bytes(decision.read_bytes().replace(b"approve", b"reject!"))
    assert 0 not in statuses()


def test_what_the_examiner_is_told_to_look_at_is_in_a_bundle(bundle: Path) -> None:
    chapter = next(c for c in Guides(HELP).chapters if c.title == "What you get")
    paths = re.findall(r"`([\w./-]+)`", chapter.text)
    assert len(paths) > 10
    assert [path for path in paths if not (bundle / path).exists()] == []


def test_the_environment_in_the_engineers_guide_is_one() -> None:
    text = (HELP / "engineer.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"^```python\n(from dreamdesk.*?)^```", text, re.DOTALL | re.MULTILINE)
    made: dict[str, Any] = {}
    exec(source, made)
    tool = ToolSchema("cancel_order", "Cancel an order.", {"type": "object"})
    sandbox, fits = made["ENVIRONMENT"], Episode("1", "a", (), tools=(tool,))
    assert sandbox.fits(fits)
    assert not sandbox.fits(Episode("1", "a", ()))
    calls = [Call(1, "cancel_order", {"order_id": name}) for name in ("W-1", "W-9")] + [Call(5, "ask", {})]
    played = play(sandbox, fits, calls)
    assert [answer and answer.is_error for answer in played.answers] == [False, True, None]
    assert played.missing == ()
    assert play(sandbox, fits, calls[1:]).missing != ()


def is_key(words: str) -> bool:
    """Does this look like a key that one presses?"""
    return bool(re.fullmatch(r"(?:(?:Ctrl|Alt|Shift)\+)*(?:\S|F\d+|Space|Return|Esc|Enter|Tab|Up|Down)", words))


def in_english(words: str, path: Path) -> str:
    """A key of the guide at *path* as the source writes it; a translated guide calls it as the window does."""
    if path.parent == HELP:
        return words
    texts = translations(language_of(path))
    assert not KEYS_OF_A_NAME & set(re.split(r"\W", words)), f"{words} is English"
    names = {texts[name]: name for name in KEYS_OF_A_NAME}
    return "+".join(names.get(part, part) for part in words.split("+"))


@page
def test_every_key_is_one_of_the_program(path: Path) -> None:
    known = {key for action in actions.ACTIONS for key in action.keys} | {k for keys, _ in TIMELINE for k in keys}
    words = [in_english(words, path) for words in inline(path.read_text(encoding="utf-8"))]
    named = {word for word in words if is_key(word)}
    # Digits are values of settings, too, and D is how the guides call a desk.
    assert {key for key in named - known - EVERYWHERE if not key.isdigit()} == set()


def menu_entries(text: str) -> list[tuple[str, str]]:
    """The menu and the title of each action that a guide tells people to choose."""
    return re.findall(r"\*\*([\w ]+) → ([^*]+)\*\*", " ".join(text.split()))


@pytest.mark.parametrize("name", NAMES)
def test_every_menu_entry_exists(name: str) -> None:
    titles = {(action.group, action.title) for action in actions.ACTIONS}
    named = menu_entries((HELP / f"{name}.md").read_text(encoding="utf-8"))
    assert [pair for pair in named if pair not in titles] == []


@translated_page
def test_a_translated_guide_names_the_same_menu_entries_as_the_window_shows_them(path: Path) -> None:
    texts = translations(language_of(path))
    english, own = both(path)
    assert menu_entries(own) == [(texts[group], texts[title]) for group, title in menu_entries(english)]


@page
def test_every_link_and_picture_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    language = language_of(path)
    origin = Guides(HELP, language).opening(path.stem)
    for picture, target in re.findall(r"(!?)\[[^\]]*\]\(([^)]+)\)", re.sub(r"`[^`\n]+`", "", text)):
        if picture:
            assert (path.parent / target).is_file(), target
            assert (path.parent / target.replace("-light", "-dark")).is_file(), target
        else:
            assert Guides(HELP, language).linked(target, origin) is not None, target


def dialogs(kind: type[Frame]) -> Iterator[str]:
    """The names of all dialogs of the program."""
    for one in kind.__subclasses__():
        yield one.__name__
        yield from dialogs(one)


def test_f1_leads_from_every_page_and_dialog_to_one_chapter() -> None:
    for module in pkgutil.walk_packages(gui.__path__, "dreamdesk.gui."):
        importlib.import_module(module.name)
    named = [name for chapter in Guides(HELP).chapters for name in chapter.opens]
    assert len(named) == len(set(named))
    # A page or dialog that is missing here is named in the comment "F1:" of the chapter that explains it.
    assert set(named) == {place.name for place in PLACES} | set(dialogs(Frame))


@translated_page
def test_a_translated_guide_has_the_same_chapters_pictures_and_tables(path: Path) -> None:
    for mark in (r"^(#+) ", r"<!-- F1: .* -->", r"pictures/[\w-]+\.png", r"^(?:- |\d+\. |\|)"):
        there, here = (re.findall(mark, "".join(outside(text)), re.MULTILINE) for text in both(path))
        assert there == here, mark


@translated_page
def test_a_translated_guide_has_the_same_examples_keys_and_names(path: Path) -> None:
    english, own = both(path)
    assert [without_comments(block) for block in fenced(english)] == [without_comments(block) for block in fenced(own)]
    # A key or a name of the program may stand in another order, or once more; none is missing and none is new.
    assert {in_english(words, path) for words in inline(own)} == set(inline(english))


@translated_page
def test_nothing_of_a_translated_guide_is_left_in_english(path: Path) -> None:
    english, own = (
        [re.sub(r"`[^`]*`", "", part).strip() for part in re.split(r"\n\n|\n(?=[|-])", "".join(outside(text)))]
        for text in both(path)
    )
    letters = re.compile(r"[A-Za-z]{3}")
    assert [part for part in own if part in english and letters.search(re.sub(r"<!--.*?-->", "", part))] == []
    assert [part for part in own if re.search(r"\b(the|and|of|with|which|that|is|are|your?)\b", part)] == []


def test_the_search_finds_every_word_and_puts_headings_first() -> None:
    found = Guides(HELP).find("memory")
    assert found[0].chapter.title == "Memory of agents"
    assert "memory" in found[0].snippet.casefold()
    assert all("memory" in one.chapter.text.casefold() for one in found)
    assert Guides(HELP).find("receipt zebra") == []
    assert Guides(HELP).find("   ") == []


def test_a_heading_in_an_example_is_no_chapter(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\n## One\n\n```\n## not a heading\n```\n\n## Two\n")
    titles = [chapter.title for chapter in Guides(tmp_path).chapters if chapter.guide == "officer"]
    assert titles == ["officer", "One", "Two"]
    assert "## not a heading" in Guides(tmp_path).chapters[1].text
