"""The one kind of error that people are meant to read."""

from __future__ import annotations


class UserError(Exception):
    """Something the person at the desk can act on: what happened, what was kept, what to do.

    Anything else that is raised is a defect of DreamDesk. Where *values* are given, *text* has a placeholder for each,
    so that it can be said in another language (`dreamdesk.language.told`): a member of an enumeration and a value named
    *title* are translated with it, everything else stays.
    """

    def __init__(self, text: str = "", /, **values: object) -> None:
        super().__init__(text.format(**values) if values else text)
        self.text = text
        self.values = values
