"""What the thread is told of tasks, each with its Done button. Pure."""

from __future__ import annotations

from commands import VERB
from commands.case.task import called
from consult_bot.case.model import PATIENT, Case, Task
from consult_bot.slack.blocks import mention, moment
from consult_bot.slack.labels import choice_label
from consult_bot.slack.offers import actions, block_id, verb_button
from consult_bot.slack.post import Post, posts, told
from consult_bot.slack.thread.moved import Moved


def opened(moved: Moved) -> tuple[Post, ...]:
    task = moved.task
    if task is None:
        return ()
    owner = f" · {mention(task.owner)}" if task.owner else ""
    head = f"*Task: {called(task.kind)}* · due {moment(task.due_at)}{owner}"
    return posts(moved.case, "task", head, told("", task.words), below=_done_button(moved.case, task))


def ended(moved: Moved) -> tuple[Post, ...]:
    task = moved.task
    if task is None:
        return ()
    by = "the patient" if task.done_by == PATIENT else mention(task.done_by or "")
    outcome = choice_label("done", "outcome", task.outcome).lower()
    head = f"*Task done: {called(task.kind)}* · {outcome} · by {by}"
    return posts(moved.case, "task done", head, told("", task.outcome_words))


def uncalled(moved: Moved) -> tuple[Post, ...]:
    """That nobody has made a call in time; the channel sees it, so it repeats no number."""
    task = moved.task
    if task is None or not task.open:
        return ()
    whose = f"{mention(task.owner)} has it" if task.owner else "nobody has it"
    head = (
        f"*The call to the patient is overdue*: it was due {moment(task.due_at)}, and {whose}. "
        "Please call now, whoever reads this first, and press Done. The number to call stands at the task, in this thread."
    )
    return posts(moved.case, "call overdue", head, broadcast=True, below=_done_button(moved.case, task))


def _done_button(case: Case, task: Task) -> tuple[dict[str, object], ...]:
    if not task.open:
        return ()
    button = verb_button(VERB["done"], f"{case.spoken}/{task.id}")
    return (actions(block_id("task", case.number, case.version), [button]),)
