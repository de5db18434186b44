"""Whether anything on the screen moves by itself: blinking cursors, sliding menus, bars that run without an end."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

_EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
    Qt.UIEffect.UI_AnimateToolBox,
)

_still: list[bool] = [False]
_usual: dict[Qt.UIEffect, bool] = {}


def is_still() -> bool:
    """Tell whether nothing may move by itself."""
    return _still[0]


def keep_still(still: bool) -> None:
    """Let nothing move by itself, or everything as Qt and the system have it."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    for effect in _EFFECTS:
        _usual.setdefault(effect, QApplication.isEffectEnabled(effect))
        QApplication.setEffectEnabled(effect, _usual[effect] and not still)
    # 0: the cursor does not blink; a negative time is the system's.
    application.styleHints().setCursorFlashTime(0 if still else -1)
    _still[0] = still
