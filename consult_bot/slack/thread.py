"""The thread: what it is told of each event. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from commands import VERB
from commands.case.note import TYPED_IN_THREAD
from commands.case.release import LEASE_ENDED
from commands.case.reply import BACK_IN_QUEUE
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import PATIENT, SYSTEM, Case, Message, Task
from consult_bot.forms.summary import negatives_folded
from consult_bot.slack.blocks import mention, moment
from consult_bot.slack.labels import choice_label, counted
from consult_bot.slack.offers import actions, block_id, verb_button
from consult_bot.slack.post import Post, posts, told
from consult_bot.texts.days import day_words


@dataclass(frozen=True, slots=True)
class _Moved:
    """An event, who brought it about, and the case as it is by now."""

    event: Event
    case: Case
    now: datetime
    actor: str | None

    @property
    def message(self) -> Message | None:
        return self.case.message(self.event.message) if self.event.message else None

    @property
    def task(self) -> Task | None:
        return self.case.task(self.event.task) if self.event.task else None

    @property
    def person(self) -> str:
        return mention(self.event.person) if self.event.person else "Nobody"


def thread_posts(event: Event, case: Case, now: datetime, actor: str | None = None) -> tuple[Post, ...]:
    """Return the posts about an event, in order; none where the thread need not hear of it.

    `actor` is who brought it about, as the history has it: a Slack id, `PATIENT` or `SYSTEM`.
    None either about a message or a task that is gone by now. Receipts make no post: the card shows them.
    """
    tell = TOLD.get(event.name)
    return tell(_Moved(event, case, now, actor)) if tell else ()


def _submitted(moved: _Moved) -> tuple[Post, ...]:
    case = moved.case
    answers = [
        paragraph
        for line in negatives_folded(case.submission)
        for paragraph in told(line.question, line.shown)
    ]
    photos = _photos_follow(len(case.submission.attachments))
    return posts(case, "the form", f"*The whole form.* Sent {moment(case.created_at)}.{photos}", answers)


def _claimed(moved: _Moved) -> tuple[Post, ...]:
    return posts(moved.case, "claimed", f"{moved.person} has claimed {moved.case.spoken}.")


def _released(moved: _Moved) -> tuple[Post, ...]:
    case, event = moved.case, moved.event
    why = (
        f"The claim of {moved.person} ran out"
        if event.reason == LEASE_ENDED
        else f"{moved.person} no longer has it"
    )
    head = f"*{case.spoken} is back in the queue.* {why}; somebody else can claim it."
    return posts(case, "back in the queue", head, told("Why", event.words), broadcast=True)


def _reassigned(moved: _Moved) -> tuple[Post, ...]:
    head = f"{moved.person} now has {moved.case.spoken}."
    return posts(moved.case, "reassigned", head, told("Why", moved.event.words))


def _asked(moved: _Moved) -> tuple[Post, ...]:
    message = moved.message
    if message is None:
        return ()
    head = f"*Question to the patient*, sent by {mention(message.author)}."
    return posts(moved.case, "question sent", head, told("", message.words))


def _advised(moved: _Moved) -> tuple[Post, ...]:
    message = moved.message
    if message is None:
        return ()
    head = f"*Guidance to the patient*, sent by {mention(message.author)}.\n*To do:* {_disposition(message)}"
    paragraphs = [*told("", message.words), *told("Safety net", message.safety_net)]
    return posts(moved.case, "guidance sent", head, paragraphs)


def _disposition(message: Message) -> str:
    by = f" ({day_words(message.visit_by, message.written_at.date())})" if message.visit_by else ""
    return choice_label("advise", "disposition", message.disposition) + by


def _replied(moved: _Moved) -> tuple[Post, ...]:
    message = moved.message
    if message is None:
        return ()
    wrote = f"*The patient wrote*, for {moved.person}." if moved.event.person else "*The patient wrote.*"
    head = f"{wrote}{_photos_follow(len(message.attachments))}"
    back = moved.event.reason == BACK_IN_QUEUE
    if back:
        head = f"{head} *{moved.case.spoken} is back in the queue*; somebody can claim it."
    return posts(moved.case, "the patient wrote", head, told("", message.words), broadcast=back)


def _photos_follow(count: int) -> str:
    return f" {counted(count, 'photo')} below." if count else ""


def _noted(moved: _Moved) -> tuple[Post, ...]:
    message = moved.message
    if message is None or moved.event.reason == TYPED_IN_THREAD:
        return ()
    head = f"*Note* by {mention(message.author)}. The patient does not see it."
    return posts(moved.case, "note", head, told("", message.words))


def _returned_to_draft(moved: _Moved) -> tuple[Post, ...]:
    head = (
        f"For {moved.person}: the patient wrote before your message went out, so it was *not sent*. "
        "Read the new message below; then press Ask or Send guidance: your words are still there."
    )
    return posts(moved.case, "not sent", head)


def _undone(moved: _Moved) -> tuple[Post, ...]:
    author, actor = moved.event.person, moved.actor
    by = f" by {mention(actor)}" if actor and actor != author else ""
    head = (
        f"A message by {moved.person} was *taken back*{by} before the patient could see it. "
        f"The words of {moved.person} are kept as a draft."
    )
    return posts(moved.case, "taken back", head)


def _task_opened(moved: _Moved) -> tuple[Post, ...]:
    task = moved.task
    if task is None:
        return ()
    owner = f" · {mention(task.owner)}" if task.owner else ""
    head = f"*Task: {_task_kind(task)}* · due {moment(task.due_at)}{owner}"
    return posts(moved.case, "task", head, told("", task.words), below=_done_button(moved.case, task))


def _done_button(case: Case, task: Task) -> tuple[dict[str, object], ...]:
    if not task.open:
        return ()
    button = verb_button(VERB["done"], f"{case.spoken}/{task.id}")
    return (actions(block_id("task", case.number, case.version), [button]),)


def _task_done(moved: _Moved) -> tuple[Post, ...]:
    task = moved.task
    if task is None:
        return ()
    by = "the patient" if task.done_by == PATIENT else mention(task.done_by or "")
    outcome = choice_label("done", "outcome", task.outcome).rpartition(": ")[2].lower()
    head = f"*Task done: {_task_kind(task)}* · {outcome} · by {by}"
    return posts(moved.case, "task done", head, told("", task.outcome_words))


def _task_kind(task: Task) -> str:
    return choice_label("task", "kind", task.kind).lower()


def _overdue(moved: _Moved) -> tuple[Post, ...]:
    case = moved.case
    whose = f"{moved.person} has it" if moved.event.person else "somebody can claim it"
    head = (
        f"*{case.spoken} is overdue.* The patient was promised an answer by {moment(case.due_at)}; {whose}."
    )
    return posts(case, "overdue", head, broadcast=True)


def _closed(moved: _Moved) -> tuple[Post, ...]:
    case = moved.case
    by = f" by {mention(case.closed_by)}" if case.closed_by and case.closed_by != SYSTEM else ""
    until = f" The patient can reopen it until {moment(case.reopen_until)}." if case.reopen_until else ""
    why = choice_label("close", "reason", moved.event.reason).lower()
    return posts(case, "closed", f"*{case.spoken} is closed*{by}: {why}.{until}")


TOLD: dict[Happened, Callable[[_Moved], tuple[Post, ...]]] = {
    Happened.SUBMITTED: _submitted,
    Happened.CLAIMED: _claimed,
    Happened.RELEASED: _released,
    Happened.REASSIGNED: _reassigned,
    Happened.ASKED: _asked,
    Happened.ADVISED: _advised,
    Happened.REPLIED: _replied,
    Happened.NOTED: _noted,
    Happened.RETURNED_TO_DRAFT: _returned_to_draft,
    Happened.UNDONE: _undone,
    Happened.TASK_OPENED: _task_opened,
    Happened.TASK_DONE: _task_done,
    Happened.CLOSED: _closed,
    Happened.OVERDUE: _overdue,
}
