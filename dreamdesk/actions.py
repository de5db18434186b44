"""Every action of the desk, once: menus, shortcuts, the page of keys and the CLI's verbs come from this list.

No Qt here: keys are written in Qt's portable text ("Ctrl+O"), which is also what people read.
"""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = ("File", "Review", "Go", "View", "Help")


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a person can do.

    Attributes:
        id: Stable name, unique.
        title: What the menu says; an ellipsis means that a question follows.
        keys: Shortcuts, the first one is shown. A single letter never works while text is being edited.
        group: The menu it stands in, one of `GROUPS`.
        when: What must be there: "always", "desk" (one is open), "episode" (one is shown) or "correction" (it has one).
        help: One sentence for the page of keys.
        verb: The CLI verb that does the same, or "".
    """

    id: str
    title: str
    keys: tuple[str, ...]
    group: str
    when: str
    help: str
    verb: str = ""


ACTIONS: tuple[Action, ...] = (
    Action("new", "New desk…", ("Ctrl+N",), "File", "always", "Make an empty desk, one file that holds everything."),
    Action("open", "Open desk…", ("Ctrl+Shift+O",), "File", "always", "Open a desk that exists."),
    Action("new-window", "New window", ("Ctrl+Alt+N",), "File", "desk", "One more window on this desk."),
    Action("import", "Import traces…", ("Ctrl+O",), "File", "always", "Read trace files into the desk.", "import"),
    Action("import-folder", "Import folder…", ("Ctrl+Shift+I",), "File", "always", "Read every trace in a folder."),
    Action(
        "map", "Map an unknown file…", ("Ctrl+Shift+M",), "File", "desk", "Say which field of it is what.", "mapping"
    ),
    Action(
        "import-memory",
        "Import memory…",
        ("Ctrl+Shift+Y",),
        "File",
        "desk",
        "Compare two states of an agent's memory.",
        "memory",
    ),
    Action("reports", "Import reports…", (), "File", "desk", "What was read of each file, and what not.", "report"),
    Action(
        "packet-make", "Make a packet…", ("Ctrl+Shift+K",), "File", "desk", "Hand work to a colleague's desk.", "packet"
    ),
    Action(
        "packet-open", "Open a packet…", ("Ctrl+Shift+J",), "File", "desk", "See what it brings, join it.", "packet"
    ),
    Action("conflicts", "Work with other desks…", ("Ctrl+Shift+C",), "File", "desk", "Conflicts, packets, witnesses."),
    Action("release", "Release approved…", ("Ctrl+Shift+E",), "File", "desk", "Write a signed bundle.", "release"),
    Action("print-episode", "Print episode…", ("Ctrl+Alt+P",), "File", "episode", "Recording, checks and decisions."),
    Action("save-episode", "Save episode…", ("Ctrl+Alt+S",), "File", "episode", "As PDF or as a page.", "episode"),
    Action("backup", "Back up the desk…", (), "File", "desk", "Write a copy and verify it.", "desk"),
    Action("restore", "Put a backup back…", (), "File", "always", "With a look first, and a reason.", "desk"),
    Action("outside", "Ledger receipt…", (), "File", "desk", "Print a receipt, or compare an older one.", "desk"),
    Action("erase", "Erase a person's words…", (), "File", "desk", "With a preview and a certificate.", "erase"),
    Action("verify", "Verify desk", ("Ctrl+Shift+V",), "File", "desk", "Check hashes, chain and signatures.", "verify"),
    Action("undo", "Undo", ("Ctrl+Z",), "File", "always", "Put back what was changed last, where nothing is signed."),
    Action(
        "rules",
        "Guardrails and policies…",
        ("Ctrl+Shift+G",),
        "File",
        "desk",
        "How much each guardrail weighs here, and which policies bind the agents.",
        "guard",
    ),
    Action(
        "auditors", "Auditors and keys…", ("Ctrl+Alt+A",), "File", "desk", "Roles, fingerprints, new keys.", "auditor"
    ),
    Action("lock", "Lock now", ("Ctrl+Alt+L",), "File", "desk", "Forget the key and cover the window."),
    Action(
        "review-rules",
        "Rules of the review…",
        ("Ctrl+Shift+U",),
        "File",
        "desk",
        "Reason codes, the checklist before an approval, retention.",
        "reasons",
    ),
    Action("quit", "Quit", ("Ctrl+Q",), "File", "always", "Close the window; nothing is lost."),
    Action("reveal", "Show the desk's view", ("V",), "Review", "episode", "Show the machine's error point, unmarked."),
    Action("mark", "Mark this step…", ("M",), "Review", "episode", "Say that the selected step is the error point."),
    Action("unmarkable", "Cannot tell", ("U",), "Review", "episode", "Say that no step can be named."),
    Action("not-agent", "Not the agent", ("N",), "Review", "episode", "Say that the failure was not the agent's."),
    Action("outcome", "Set the outcome…", ("O",), "Review", "episode", "Say how it ended, with a reason.", "outcome"),
    Action("approve", "Approve", ("A", "Ctrl+Return"), "Review", "correction", "Sign the correction.", "decide"),
    Action("reject", "Reject", ("R", "Ctrl+Shift+R"), "Review", "correction", "Refuse the correction.", "decide"),
    Action("amend", "Amend…", ("E",), "Review", "correction", "Change the correction: a new revision, written by you."),
    Action("second", "Second opinion", ("S",), "Review", "correction", "Ask for another auditor.", "decide"),
    Action("return", "Return", ("B",), "Review", "correction", "Send the correction back to be done again.", "decide"),
    Action("hold", "Hold", ("H",), "Review", "correction", "Set it aside; it stays undecided.", "decide"),
    Action("incident", "Incident…", ("Ctrl+Shift+N",), "Review", "episode", "Start its clock, or close.", "incident"),
    Action("take-over", "Reserve, or take over…", ("Y",), "Review", "correction", "Have it in review.", "reserve"),
    Action("author", "Write a correction…", ("W",), "Review", "episode", "Write the path that should have been taken."),
    Action("copy", "Copy step", ("Ctrl+C",), "Review", "episode", "Put the chosen step's text on the clipboard."),
    Action("prepare", "Find error points", ("F8",), "Review", "desk", "Look at what was not looked at yet.", "locate"),
    Action("asked", "How a model was asked", ("X",), "Review", "correction", "The question and answer behind this."),
    Action("check", "Run guardrails again", ("F7",), "Review", "desk", "Where rules have changed since.", "check"),
    Action("judge", "Ask a model…", ("Ctrl+J",), "Review", "episode", "Have a model name the error point.", "locate"),
    Action(
        "resume-batch", "Resume batch…", ("Ctrl+B",), "Review", "desk", "Go on with a batch left behind.", "batches"
    ),
    Action("dream", "Dream with a model…", ("D",), "Review", "episode", "Have a model write a correction.", "dream"),
    Action("learn", "Learn from this desk…", ("Ctrl+L",), "Review", "desk", "Fit the weights to your marks.", "learn"),
    Action("signin", "Sign in…", ("Ctrl+Shift+S",), "Review", "desk", "Unlock your key, or add an auditor."),
    Action("next", "Next episode", ("J", "Ctrl+Down"), "Go", "desk", "Go down the queue, or the memory changes."),
    Action("previous", "Previous episode", ("K", "Ctrl+Up"), "Go", "desk", "Go up the queue, or the memory changes."),
    Action("palette", "Find anything…", ("Ctrl+Shift+P", "Ctrl+P"), "Go", "always", "An action or an episode."),
    Action("search", "Find in the queue", ("Ctrl+K",), "Go", "desk", "Keep the episodes that hold these words."),
    Action("filter", "Filter and sort…", ("Ctrl+Shift+F",), "Go", "desk", "The queue by risk, outcome and agent."),
    Action("next-tab", "Next list", ("]", "Ctrl+Tab"), "Go", "desk", "To review, second opinion, approved and so on."),
    Action("previous-tab", "Previous list", ("[", "Ctrl+Shift+Tab"), "Go", "desk", "The list before this one."),
    Action("quote", "Next evidence", ("Q",), "Go", "episode", "Jump to the next quote that the error point rests on."),
    Action("error", "Error point", ("G",), "Go", "episode", "Jump to the decision where it went wrong."),
    Action("family", "Next of the family", ("F",), "Go", "episode", "The next failure of the same cause, to decide."),
    Action("other-1", "First other candidate", ("1",), "Go", "episode", "Jump to the next best candidate."),
    Action("other-2", "Second other candidate", ("2",), "Go", "episode", "Jump to the one after it."),
    Action("other-3", "Third other candidate", ("3",), "Go", "episode", "And the one after that."),
    Action("other-4", "Fourth other candidate", ("4",), "Go", "episode", "The last that the panel names."),
    Action("attempts", "Compare attempts…", ("Ctrl+Shift+A",), "Go", "episode", "Others at the same task."),
    Action("read", "Read the step…", ("L",), "Go", "episode", "All of it, with groups that fold."),
    Action("history", "History…", ("Ctrl+H",), "Go", "episode", "Revisions, decisions, marks: all that was done."),
    Action("policy", "Open policy", ("P",), "Go", "episode", "Read the rules that the agent was bound by."),
    Action("queue", "To the queue", ("F6",), "Go", "desk", "Put the keyboard on the queue."),
    Action("timeline", "To the timeline", ("T",), "Go", "episode", "Put the keyboard on the timeline."),
    Action("comment", "To the comment", ("C",), "Go", "correction", "Put the keyboard on the comment; Esc leaves it."),
    Action("page-overview", "Overview", ("Ctrl+0",), "Go", "desk", "What came in, waits, was decided and left."),
    Action("page-review", "Review", ("Ctrl+1",), "Go", "always", "The page where decisions are made."),
    Action("page-patterns", "Patterns", ("Ctrl+2",), "Go", "desk", "Failures that share a cause, as families."),
    Action("machine", "How good is the machine here?", ("Ctrl+I",), "Go", "desk", "Its figures on your own labels."),
    Action("page-memory", "Memory", ("Ctrl+3",), "Go", "desk", "What agents may remember, decided path by path."),
    Action("page-ledger", "Ledger", ("Ctrl+4",), "Go", "desk", "Who did what, chained by hash."),
    Action("page-bundles", "Bundles", ("Ctrl+5",), "Go", "desk", "What left the desk, to whom.", "bundles"),
    Action("page-oversight", "Oversight", ("Ctrl+6",), "Go", "desk", "Second looks, agreement, indicators, seals."),
    Action("changes", "Only what differs", ("Ctrl+D",), "View", "episode", "Steps that are alike become one line."),
    Action("page-settings", "Settings", ("Ctrl+,",), "Go", "always", "Of the program, and of the desk.", "setting"),
    Action("time-scale", "Time or steps", ("Ctrl+T",), "View", "episode", "Columns as wide as steps lasted."),
    Action(
        "theme",
        "Change theme",
        ("Ctrl+Shift+T",),
        "View",
        "always",
        "Dark, light, the system's, high contrast.",
    ),
    Action("messages", "Messages…", ("Ctrl+Shift+H",), "View", "always", "What this window has said."),
    Action("refresh", "Refresh", ("F5",), "View", "desk", "Read everything again from the desk."),
    Action("fullscreen", "Full screen", ("F11",), "View", "always", "The window without its frame."),
    Action("help", "Help", ("F1",), "Help", "always", "The guides, at what is said of this page."),
    Action("keys", "Keys", ("?",), "Help", "always", "Show this page."),
    Action("tour", "Tour", (), "Help", "always", "A few words at each part of the window."),
    Action("about", "About DreamDesk", (), "Help", "always", "Version, licence and where your data is."),
)

CHANGING = frozenset(
    (
        *("import", "import-folder", "map", "import-memory", "packet-make", "release", "backup", "erase"),
        *("mark", "unmarkable", "not-agent", "outcome", "approve", "reject", "amend", "second", "return", "hold"),
        *("incident", "take-over", "author", "prepare", "check", "judge", "resume-batch", "dream", "learn"),
    )
)
"""Actions that are not offered on a desk that can only be read; others show, or ask first and then say so."""

_BY_ID = {action.id: action for action in ACTIONS}


def get(action_id: str) -> Action:
    """Return the action with this id.

    Raises:
        KeyError: there is none.
    """
    return _BY_ID[action_id]
