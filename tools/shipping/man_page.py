"""The manual page ``dreamdesk(1)``, made from the parser of the command line, so that it says what the program does."""

from __future__ import annotations

import argparse
import re

from dreamdesk import __version__
from dreamdesk.cli.main import parser

_HEAD = """.TH DREAMDESK 1 "{date}" "DreamDesk {version}" "User Commands"
.SH NAME
dreamdesk \\- decide what a self\\-improving AI agent may learn
.SH SYNOPSIS
.B dreamdesk
[\\fINAME.desk\\fR] [\\fITRACE\\fR...]
.br
.B dreamdesk
\\fIVERB\\fR [\\fIoptions\\fR] [\\fB\\-\\-json\\fR]
.SH DESCRIPTION
Without a verb the window opens: on the desk that is named, or on the one opened last, and traces that are named are
imported. With a verb the program works without a window. A desk is one SQLite file.
.PP
{epilog}
.SH VERBS
"""
_FOOT = """.SH FILES
.TP
.I NAME.desk
The desk: everything that was imported, found, dreamed, checked and decided, and the ledger of it.
.TP
.I NAME.desk.head
The last head of its ledger. Keep a copy elsewhere: it shows whether the desk was rewritten.
.TP
.I ~/.config/DreamDesk
What the window remembers: its place, its theme, desks opened before.
.SH SEE ALSO
.BR ssh\\-keygen (1)
"""


def page(date: str) -> str:
    """Return the page as roff, dated *date*."""
    top = parser()
    return _HEAD.format(date=date, version=__version__, epilog=_safe(top.epilog or "")) + _verbs(top) + _FOOT


def _verbs(parent: argparse.ArgumentParser) -> str:
    """Return a section for each verb below *parent*, and for those below these."""
    words = ""
    for group in (action for action in parent._actions if isinstance(action, argparse._SubParsersAction)):
        helps = {choice.dest: choice.help or "" for choice in group._choices_actions}
        for name, verb in group.choices.items():
            words += f".SS {_safe(verb.prog)}\n{_safe(helps.get(name, ''))}\n.PP\n.ad l\n{_safe(_usage(verb))}\n.ad b\n"
            words += "".join(_argument(action) for action in verb._actions) + _verbs(verb)
    return words


def _usage(verb: argparse.ArgumentParser) -> str:
    """Return how the verb is used, in one line; what every verb bears is said once."""
    usage = verb.format_usage().removeprefix("usage: ").replace("[-h] ", "").replace("[--json] ", "")
    return re.sub(r"\s+", " ", usage)


def _argument(action: argparse.Action) -> str:
    if action.dest in ("help", "json") or action.help in (None, argparse.SUPPRESS):
        return ""
    shown = ", ".join(action.option_strings) or str(action.metavar or action.dest)
    if action.option_strings and action.nargs != 0:
        shown += f" {action.metavar or '|'.join(map(str, action.choices or ())) or action.dest.upper()}"
    return f".TP\n.B {_safe(shown)}\n{_safe(str(action.help) % vars(action))}\n"


def _safe(words: str) -> str:
    """Return *words* so that roff takes nothing in them for a request or an escape."""
    plain = words.replace("\\", "\\e").replace("-", "\\-").strip()
    return "\\&" + plain if plain[:1] in (".", "'") else plain
