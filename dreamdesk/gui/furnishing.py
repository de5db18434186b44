"""What the window is furnished with once its frame is on the screen: the review, and what works behind the pages.

Importing this takes longer than drawing the frame: `fetching` does it in a thread. The widgets are then made in parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from dreamdesk.desk.queue import Tab
from dreamdesk.gui import context
from dreamdesk.gui.asking import Asking
from dreamdesk.gui.identity import Identity
from dreamdesk.gui.intake import Intake
from dreamdesk.gui.job_strip import JobStrip
from dreamdesk.gui.jobs import Jobs
from dreamdesk.gui.ledger.page import LedgerPage
from dreamdesk.gui.places import TABS, Pages
from dreamdesk.gui.review.deciding import Deciding
from dreamdesk.gui.review.page import ReviewPage
from dreamdesk.gui.verifying import Verifying
from dreamdesk.gui.welcome import Welcome

if TYPE_CHECKING:
    from dreamdesk.gui.window import Window


def parts(window: Window) -> Iterator[None]:
    """Furnish *window*, and stop after each part that takes some 10 ms or more."""
    window.jobs = Jobs(window)
    window.identity = Identity(window.jobs, window.memory, window)
    window.places = Pages(window, window.take_up)
    window.review = cast("ReviewPage", window.places["review"])
    yield
    window.ledger = cast("LedgerPage", window.places["ledger"])
    yield
    window.welcome = Welcome()
    window.take_up(window.welcome)
    window.intake = Intake(window.jobs, window.progress, window.notices, window)
    window.asking = Asking(window.jobs, window.waiting, window)
    window.verifying = Verifying(window.jobs, window.checking, window.notices, window)
    window.background = JobStrip(window.jobs)
    window.strips.addWidget(window.background)
    window.deciding = Deciding(window.review, window.jobs, window.identity)
    window.refuse_drops(window.bar)
    _connect(window)
    yield


def _connect(window: Window) -> None:
    """Tie the parts together."""
    bar, review, queue = window.bar, window.review, window.review.queue
    window.welcome.activated.connect(lambda: window.do("new"))
    window.welcome.chosen.connect(window.open_desk)
    bar.search.textChanged.connect(queue.search)
    bar.search.left.connect(queue.table.setFocus)
    queue.search(bar.search.text())  # what was typed before there was a queue
    queue.counted.connect(lambda counts: bar.tabs[TABS["review"]].set_count(counts[Tab.REVIEW]))
    queue.table.activated.connect(lambda index: review.timeline.setFocus())
    review.shown.connect(window.case_shown)
    window.ledger.verify.clicked.connect(lambda: window.do("verify"))
    window.ledger.asked.connect(window.do)
    window.deciding.said.connect(window.status.say)
    context.offer(queue.table, window.menus, context.QUEUE)
    for steps in (review.timeline, review.compare):
        context.offer(steps, window.menus, context.STEP)
    window.identity.changed.connect(window.show_identity)
    window.jobs.trouble.connect(window.trouble.say)
    window.jobs.changed.connect(window.refresh)
    window.verifying.found.connect(window.ledger.set_verified)
    window.verifying.trouble.connect(window.trouble.say)
    window.intake.trouble.connect(window.trouble.say)
    window.intake.said.connect(window.status.say)
    window.asking.trouble.connect(window.trouble.say)
    window.asking.said.connect(window.status.say)
    for work in (window.intake, window.asking):
        work.said.connect(lambda words: window.notices.call())
    window.intake.changed.connect(window.refresh)
    window.intake.ready.connect(window.land)
    window.intake.mappingWanted.connect(lambda path: window.map_fields(Path(path)))
