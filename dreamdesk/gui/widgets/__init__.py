"""The small parts that every panel is built of. They show plain text only and draw in the theme's tokens."""

from dreamdesk.gui.widgets.button import Button
from dreamdesk.gui.widgets.chip import Chip, chip_size, paint_chip
from dreamdesk.gui.widgets.choice import Choice
from dreamdesk.gui.widgets.empty import EmptyState
from dreamdesk.gui.widgets.icon import icon
from dreamdesk.gui.widgets.keyhint import KeyHint, keycap_size, paint_keycap
from dreamdesk.gui.widgets.label import Label, plain_tooltip
from dreamdesk.gui.widgets.meter import Meter
from dreamdesk.gui.widgets.minitrack import MiniTrack, paint_minitrack
from dreamdesk.gui.widgets.page_head import page_head
from dreamdesk.gui.widgets.section import Section

__all__ = [
    "Button",
    "Chip",
    "Choice",
    "EmptyState",
    "KeyHint",
    "Label",
    "Meter",
    "MiniTrack",
    "Section",
    "chip_size",
    "icon",
    "keycap_size",
    "page_head",
    "paint_chip",
    "paint_keycap",
    "paint_minitrack",
    "plain_tooltip",
]
