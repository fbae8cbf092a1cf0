"""The thread: what it is told of each event. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case
from consult_bot.slack.post import Post
from consult_bot.slack.thread import letters, standing, tasks, words
from consult_bot.slack.thread.moved import Moved


def thread_posts(event: Event, case: Case, now: datetime, actor: str | None = None) -> tuple[Post, ...]:
    """Return the posts about an event, in order; none where the thread need not hear of it.

    `actor` is who brought it about, as the history has it: a Slack id, `PATIENT` or `SYSTEM`.
    None either about a message or a task that is gone by now. Receipts make no post: the card shows them.
    """
    tell = TOLD.get(event.name)
    return tell(Moved(event, case, now, actor)) if tell else ()


def _overdue(moved: Moved) -> tuple[Post, ...]:
    """The answer that the patient was promised is late. A history may be older than `uncalled`: it says so of a call."""
    return tasks.uncalled(moved) if moved.event.task else standing.overdue(moved)


TOLD: dict[Happened, Callable[[Moved], tuple[Post, ...]]] = {
    Happened.SUBMITTED: words.submitted,
    Happened.CLAIMED: standing.claimed,
    Happened.RELEASED: standing.released,
    Happened.COVERED: standing.covered,
    Happened.REASSIGNED: standing.reassigned,
    Happened.ASKED: words.asked,
    Happened.ADVISED: words.advised,
    Happened.CORRECTED: words.corrected,
    Happened.UPDATED: words.updated,
    Happened.WARNED: words.warned,
    Happened.REPLIED: words.replied,
    Happened.REPORTED: words.reported,
    Happened.NOTED: words.noted,
    Happened.RETURNED_TO_DRAFT: words.returned_to_draft,
    Happened.UNDONE: words.undone,
    Happened.TASK_OPENED: tasks.opened,
    Happened.TASK_DONE: tasks.ended,
    Happened.CLOSED: standing.closed,
    Happened.WITHDRAWN: standing.withdrawn,
    Happened.REOPENED: standing.reopened,
    Happened.OVERDUE: _overdue,
    Happened.UNCALLED: tasks.uncalled,
    Happened.PAGED: standing.paged,
    Happened.BOUNCED: letters.bounced,
}
