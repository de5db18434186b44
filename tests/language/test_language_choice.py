"""Texts, plurals, numbers and days in a language, and which one is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QLocale, QSettings
from pytestqt.qtbot import QtBot

from dreamdesk import language
from dreamdesk.desk import families
from dreamdesk.gui import speech
from dreamdesk.gui.bundles.checked import Checked
from dreamdesk.gui.memory import Memory
from dreamdesk.gui.models import ledger_model
from dreamdesk.language import counted, day, inside, numeral, t, tn, told
from dreamdesk.model.decision import Role
from dreamdesk.model.errors import UserError
from dreamdesk.model.finding import Category

NOON = 1_795_694_400_000_000_000  # 2026-11-26, in nanoseconds


@pytest.fixture
def german() -> Iterator[None]:
    language.choose("de")
    yield
    language.choose("en")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    yield Memory()
    language.choose("en")


def test_english_is_what_stands_in_the_source() -> None:
    assert t("{words} left", words="3 days") == "3 days left"
    assert (counted(1, "family", "families"), counted(1_200, "family", "families")) == ("1 family", "1,200 families")
    assert tn("{told} waits for release.", "{told} wait for release.", 2, told="Two") == "Two wait for release."
    assert (inside("Cannot be determined"), day(NOON), numeral(0.125, ".1%")) == (
        "cannot be determined", "26 Nov 2026", "12.5%",
    )  # fmt: skip


@pytest.mark.usefixtures("german")
def test_german_has_its_own_words_numbers_and_days() -> None:
    assert t("Save as PDF…") == "Als PDF speichern …"
    assert (counted(1, "draft"), counted(1_200, "draft")) == ("1 Entwurf", "1.200 Entwürfe")
    assert (numeral(1_234_567), numeral(0.125, ".1%")) == ("1.234.567", "12,5\N{NO-BREAK SPACE}%")
    assert (inside("Cannot be determined"), day(NOON)) == ("Nicht zu bestimmen", "26.11.2026")
    assert t("A text that nobody has translated: {n:,}", n=1_000) == "A text that nobody has translated: 1.000"


@pytest.mark.usefixtures("german")
def test_a_check_of_a_bundle_is_told_in_german_and_names_stay_as_they_are(qtbot: QtBot) -> None:
    lines = [Checked("Nothing in it was recalled before", []), Checked("The list is signed by nobody", ["fault"]),
             Checked("The list is signed by Released, Ann", [])]  # fmt: skip
    for line in lines:
        qtbot.addWidget(line)
    assert [line.text() for line in lines] == [
        "✓ Nichts darin wurde schon einmal zurückgerufen", "✗ Die Liste ist signiert von niemandem",
        "✓ Die Liste ist signiert von Released, Ann",
    ]  # fmt: skip


@pytest.mark.usefixtures("german")
def test_kinds_of_entries_and_of_families_have_german_titles() -> None:
    assert [ledger_model.called(kind) for kind in ("setting-changed", "unheard-of")] == [
        "Einstellung geändert", "Unheard of",
    ]  # fmt: skip
    kind = next(iter(Category)).title
    assert families.called(f"{kind} · get_order") == f"{t(kind)} · get_order" != f"{kind} · get_order"


@given(st.text())
def test_what_is_filled_in_is_never_a_placeholder(words: str) -> None:
    for code in language.LANGUAGES:
        language.choose(code)
        try:
            assert words in t("{name} was there", name=words)
        finally:
            language.choose("en")


@pytest.mark.usefixtures("german")
def test_an_error_is_told_in_german_and_recorded_in_english() -> None:
    error = UserError("{name} has the role of {role}, which does not decide. A reviewer or approver must.",
                      name="reader", role=Role.READER)  # fmt: skip
    assert str(error).startswith("reader has the role of reader, which")
    assert told(error).startswith("reader hat die Rolle Lesen, die")
    assert told(UserError("/tmp/{x}: it cannot be read.")) == "/tmp/{x}: it cannot be read."


@pytest.mark.parametrize(
    ("chosen", "system", "spoken"),
    [
        ("system", "de_CH", "de"),
        ("system", "fr_FR", "en"),
        ("en", "de_DE", "en"),
        ("de", "en_US", "de"),
        ("xx", "C", "en"),
    ],
)
def test_the_setting_goes_before_the_system(
    memory: Memory, monkeypatch: pytest.MonkeyPatch, chosen: str, system: str, spoken: str
) -> None:
    monkeypatch.setattr(QLocale, "system", lambda: QLocale(system))
    memory.set_language(chosen)
    speech.begin(Memory())
    assert language.spoken() == spoken


@pytest.mark.usefixtures("german")
def test_qt_speaks_german_too(qtbot: QtBot) -> None:
    app = QCoreApplication.instance()
    assert app is not None
    before = QLocale()
    try:
        translator = speech.teach(app)
        assert translator is not None
        assert QCoreApplication.translate("QShortcut", "Ctrl") == "Strg"
        assert QLocale().toString(0.5, "f", 1) == "0,5"
        app.removeTranslator(translator)
    finally:
        QLocale.setDefault(before)


def test_there_is_no_language_without_a_file() -> None:
    with pytest.raises(KeyError):
        language.choose("tlh")
    assert language.spoken() == "en"
