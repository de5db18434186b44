"""Which language the window speaks: the one that was chosen, else the system's where we have it, else English.

`Memory.language` is the choice, "system" or one of `dreamdesk.language.LANGUAGES`; `Memory.set_language` changes it. It
takes effect at the next start, for the constants of the window are translated when its modules are imported.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from dreamdesk import language
from dreamdesk.gui.memory import Memory


def begin(memory: Memory) -> None:
    """Speak the language that *memory* asks for. Call it before a module of the window is imported."""
    wanted = memory.language()
    known = [name.split("-")[0] for name in QLocale.system().uiLanguages()] if wanted == "system" else [wanted]
    language.choose(next((name for name in known if name in language.LANGUAGES), "en"))


def teach(app: QCoreApplication) -> QTranslator | None:
    """Have Qt's own words, as in a file dialog, in the language of the window; return who translates them."""
    spoken = language.spoken()
    if spoken == "en":
        QLocale.setDefault(QLocale.c())  # numbers as in our English texts, wherever this computer stands
        return None
    QLocale.setDefault(QLocale(spoken))
    translator = QTranslator(app)
    translator.load(f"qtbase_{spoken}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    app.installTranslator(translator)
    return translator
