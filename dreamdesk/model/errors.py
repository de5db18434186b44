"""The one kind of error that people are meant to read."""

from __future__ import annotations


class UserError(Exception):
    """Something the person at the desk can act on: what happened, what was kept, what to do.

    Anything else that is raised is a defect of DreamDesk.
    """
