"""Every text of the window is wrapped, and said in every language with the same placeholders."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from string import Formatter

import pytest

from dreamdesk import actions, language, pipeline
from dreamdesk.desk import incidents, ledger, rules
from dreamdesk.desk.queue import Tab
from dreamdesk.guard import ladder, memory_run
from dreamdesk.gui.dialogs import drafts
from dreamdesk.gui.models.ledger_model import called
from dreamdesk.model import check, correction, decision, episode, finding
from dreamdesk.release import formats, verify
from dreamdesk.review.indicators import indicators

ROOT = Path(__file__).resolve().parents[2] / "dreamdesk"
WRAPPERS = {"t": 1, "tn": 2, "inside": 1, "counted": 0, "UserError": 1}
"""The functions that are given texts, and how many; the nouns of `counted` come after the number."""
APPENDERS = {"ledger.append", "rules.enter", "rules.sign_entry"}
"""The functions that append an entry to the ledger."""

NO_TEXT = re.compile(
    r"(^|\.)(color|mix|getattr|hasattr|setattr|setObjectName|setProperty|property|compile|findall|sub|search|match|"
    r"fullmatch|split|rsplit|partition|replace|startswith|endswith|encode|decode|strftime|array|cast|glob|open|"
    r"QKeySequence|value|setValue|get|_?jobs\.read|_?jobs\.write|_?jobs\.wait_for|setStyle|setStyleSheet|setApplicationName|"
    r"ValueError|KeyError|TypeError|TimeoutError|TypeVar)$"
)
"""Calls that are given names, patterns or words for programmers."""
SHOWING = re.compile(
    r"(^|\.)(Label|QLabel|Button|Chip|Cell|setText|setPlainText|setToolTip|setPlaceholderText|setAccessibleName|setTitle|"
    r"setWindowTitle|addItem|addTab|addAction|addMenu|addRow|drawText|say|named)$"
)
"""Calls whose first argument is shown; there a single word is a text, whatever it looks like."""
NO_TEXT_FOR = {"tone", "role", "kind", "name", "encoding", "errors", "key", "newline"}
NAMES = re.compile(r"\b(DreamDesk|Python|Qt|Inter|JetBrains Mono|Ctrl K|UTC|ms|[A-Z]+(_[A-Z]+)+)\b")
"""Words that are the same in each language."""
KEYS = re.compile(r"(Ctrl|Shift|Alt)\b.*|F\d+|.|Esc|Space|Enter|Return|Tab")
LETTERS = re.compile(r"[A-Za-z]{2}")
MARKUP = re.compile(r"</?[a-z]+(?: [^>]*)?>")
NAME = re.compile(r"[a-z0-9_./…-]+")
"""What looks like the name of a setting, an action, a file: one word in small letters."""

Text = tuple[str, str]
"""A text and where it stands."""


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def parents(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def plain(node: ast.AST) -> str | None:
    """The words of a literal, without what an f-string fills in."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return None


def is_text(words: str, *, shown: bool = False) -> bool:
    """Whether *words* are something to read: where they are not shown for certain, all but the name of something."""
    words = MARKUP.sub("", words)
    if not LETTERS.search(NAMES.sub("", words)) or KEYS.fullmatch(words):
        return False
    if re.search(r"::|\{[^{}]*:[^{}]*\}|\\w|^[a-z]+/|^…?\.[a-z]+$", words):
        return False
    return shown or not NAME.fullmatch(words)


def is_shown(node: ast.AST, above: dict[ast.AST, ast.AST]) -> bool:
    """Whether a literal is the first argument of a call that shows it, or one of two that may be."""
    parent = above.get(node)
    if isinstance(parent, ast.IfExp) and node is not parent.test:
        node, parent = parent, above.get(parent)
    return isinstance(parent, ast.Call) and node in parent.args[:1] and bool(SHOWING.search(ast.unparse(parent.func)))


def is_exempt(node: ast.AST, above: dict[ast.AST, ast.AST]) -> bool:
    """Whether a literal stands where no text is shown from, or is wrapped already."""
    child, parent = node, above.get(node)
    if isinstance(parent, ast.Expr | ast.JoinedStr | ast.FormattedValue):
        return True  # a docstring, or a part of an f-string, which is looked at as a whole
    first_call = True
    while parent is not None and not isinstance(parent, ast.stmt):
        if isinstance(parent, ast.Call) and child is not parent.func:
            name = ast.unparse(parent.func)
            if name in WRAPPERS or (first_call and NO_TEXT.search(name)):
                return True
            first_call = False
        elif (
            (isinstance(parent, ast.keyword) and parent.arg in NO_TEXT_FOR)
            or isinstance(parent, ast.Compare)
            or (isinstance(parent, ast.Subscript) and child is parent.slice)
            or (isinstance(parent, ast.Dict) and child in parent.keys)
        ):
            return True
        child, parent = parent, above.get(parent)
    if isinstance(parent, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == "__all__" for target in parent.targets)
    return isinstance(parent, ast.AnnAssign | ast.FunctionDef) and child in (
        getattr(parent, "annotation", None),
        getattr(parent, "returns", None),
    )


def unwrapped(path: Path, root: Path = ROOT.parent) -> Iterator[str]:
    """Yield where a text stands that nobody wrapped."""
    tree = tree_of(path)
    above = parents(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr):
            continue
        words = plain(node)
        if words is None or words in TITLES or is_exempt(node, above):
            continue
        if is_text(words, shown=is_shown(node, above)):
            yield f"{path.relative_to(root)}:{node.lineno}: {words!r}"


def wrapped(path: Path, functions: set[str]) -> Iterator[Text]:
    """Yield the texts that are given to *functions*."""
    for node in ast.walk(tree_of(path)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions):
            continue
        place = f"{path.relative_to(ROOT.parent)}:{node.lineno}"
        given = node.args[1:] if node.func.id == "counted" else node.args[: WRAPPERS[node.func.id]]
        texts = [
            part.value
            for argument in given
            for part in ([argument.body, argument.orelse] if isinstance(argument, ast.IfExp) else [argument])
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        yield from ((text, place) for text in texts)
        if node.func.id == "counted" and len(given) == 1:
            yield from ((f"{text}s", place) for text in texts)


def entry_kinds() -> set[str]:
    """The types of ledger entries that the code writes: what it gives, third, to the functions that append one."""
    kinds = {*ledger.KEPT, *rules.KINDS}
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in APPENDERS:
                continue
            module = importlib.import_module(".".join(path.relative_to(ROOT.parent).with_suffix("").parts))
            given = node.args[2]
            for one in [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]:
                # What is handed on as it came was given to one of these functions, or is among the changes of rules.
                if ast.unparse(one) != "kind":
                    kinds.add(eval(ast.unparse(one), vars(module)))
    return kinds


def verified() -> list[str]:
    """What a bundle's own program says that it checked."""
    said = (node.value for node in ast.walk(tree_of(Path(verify.__file__))) if isinstance(node, ast.Yield))
    parts = (node for pair in said if isinstance(pair, ast.Tuple) for node in ast.walk(pair.elts[0]))
    return [node.value for node in parts if isinstance(node, ast.Constant) and LETTERS.search(node.value)]


def titles() -> set[str]:
    """What lower layers and the list of actions call their things; it is translated where it is shown."""
    named: list[str] = [*actions.GROUPS]
    for action in actions.ACTIONS:
        named += [action.title, action.help]
    named += [category.title for category in finding.Category] + [tab.title for tab in Tab]
    named += [kind.called for kind in incidents.Kind] + [reason.title for reason in pipeline.reasons()]
    named += [one.title for one in chain(pipeline.guardrails(), memory_run.guardrails(), formats.formats())]
    named += [words for way in pipeline.ways() for words in way[1:]]
    named += [*pipeline.MEASURES.values(), *(words for _, words in ladder._ASKED.values())]
    named += [shape.title for shape in drafts.SHAPES]
    for figure in indicators((), (0, 0), (0, 0)):
        named += [figure.name, figure.means, figure.rule]
    for kind in (episode.OutcomeState, decision.Verdict):
        named += [one.value for one in kind] + [one.value.capitalize() for one in kind]
    named += [one.value for one in chain(decision.Role, correction.Provenance, episode.Actor, check.CheckResult)]
    named += [kind.value.replace("_", " ") for kind in episode.Kind]
    for severity in ("low", "medium", "high"):
        named += [severity, severity.capitalize()]
    named += [called(kind) for kind in entry_kinds()] + verified()
    return set(named)


TITLES = titles()
WINDOW = sorted(ROOT.joinpath("gui").rglob("*.py"))
BELOW = sorted(set(ROOT.rglob("*.py")) - set(WINDOW) - set(ROOT.joinpath("cli").rglob("*.py")))
SHOWN_FROM_BELOW = [path for path in BELOW if "dreamdesk.language" in path.read_text(encoding="utf-8")]
"""Modules below the window that say something in its language themselves."""


def texts() -> dict[str, str]:
    """Every text that must be translated, and a place where it stands."""
    found = dict.fromkeys(TITLES, "a title")
    for path in WINDOW:
        found |= dict(wrapped(path, {"t", "tn", "inside", "counted"}))
    for path in SHOWN_FROM_BELOW:
        if path.name != "language.py":
            found |= dict(wrapped(path, {"t", "tn", "counted"}))
    return {text: place for text, place in found.items() if LETTERS.search(re.sub(r"\{[^{}]*\}", "", text))}


def placeholders(text: str) -> set[tuple[str, str | None, str | None]]:
    """Name, format and conversion of each placeholder."""
    return {part[1:] for part in Formatter().parse(text) if part[1] is not None}  # type: ignore[misc]


def test_no_text_of_the_window_stands_unwrapped() -> None:
    found = [place for path in WINDOW for place in unwrapped(path)]
    assert not found, "\n".join(["wrap in t():", *found])


@pytest.mark.parametrize("code", [code for code in language.LANGUAGES if code != "en"])
def test_every_text_is_translated(code: str) -> None:
    known = language.translations(code)
    missing = [f"{place}: {text!r}" for text, place in texts().items() if text not in known]
    assert not missing, "\n".join([f"resources/translations/{code}.json does not say:", *missing])


@pytest.mark.parametrize("code", [code for code in language.LANGUAGES if code != "en"])
def test_a_translation_has_the_placeholders_of_its_text_and_the_space_around_it(code: str) -> None:
    known = language.translations(code)
    assert not [text for text, said in known.items() if placeholders(text) != placeholders(said)]
    edges = re.compile(r"^(\s*).*?(\s*)$", re.DOTALL)
    assert not [
        text
        for text, said in known.items()
        if edges.match(text).groups() != edges.match(said).groups()  # type: ignore[union-attr]
    ]


@pytest.mark.parametrize("code", [code for code in language.LANGUAGES if code != "en"])
def test_no_translation_is_left_of_a_text_that_is_gone(code: str) -> None:
    literals = {
        node.value
        for path in ROOT.rglob("*.py")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    nouns = {f"{word}s" for word in literals}
    gone = sorted(set(language.translations(code)) - literals - nouns - TITLES)
    assert not gone, "\n".join(["take these away:", *gone])


def test_what_is_looked_for_is_found(tmp_path: Path) -> None:
    """The test of the window would see a text that is not wrapped, and only that."""
    source = tmp_path / "dreamdesk" / "trial.py"
    source.parent.mkdir()
    source.write_text(
        'Label("Not wrapped")\nLabel(t("Wrapped"))\nLabel(f"{n} steps of it")\nx.setObjectName("Not shown")\n'
        'Label("alone", tone="muted")\nx.setText("one" if n else "other")\nkind = "a-name" if n else "(erased)"\n'
        '"\\n".join(["Asked:", words, f"<p>{words}</p>", "answered:"])\nx.setProperty("kind", "No text")\n',
        encoding="utf-8",
    )
    seen = [line.partition(": ")[2].strip("'") for line in unwrapped(source, tmp_path)]
    assert sorted(seen) == [
        "(erased)", "Asked:", "Not wrapped", "alone", "answered:", "one", "other", "… steps of it",
    ]  # fmt: skip
    assert dict(wrapped(ROOT / "gui" / "choosing.py", {"t"}))
