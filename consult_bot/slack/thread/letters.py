"""What the thread is told of letters that did not reach the patient. Pure."""

from __future__ import annotations

from consult_bot.case.model import Message
from consult_bot.case.not_reached import NotReached
from consult_bot.slack.card import SENT_AS
from consult_bot.slack.post import Post, posts
from consult_bot.slack.thread.moved import Moved


def bounced(moved: Moved) -> tuple[Post, ...]:
    """Somebody must call: the task that follows, or the one that is open, says so."""
    why = WHY[NotReached(moved.event.reason or NotReached.REFUSED)].format(about=_about(moved.message))
    open_call = any(task.kind == "call" for task in moved.case.open_tasks)
    then = "Please make the open call." if open_call else "Please call them."
    return posts(moved.case, "patient not reached", f"*Patient not reached.* {why} {then}")


WHY = {
    NotReached.REFUSED: "Our email{about} was refused.",
    NotReached.PERMANENT: "Our email{about} came back; we send no more to this address.",
    NotReached.UNSURE: "Our email{about} did not arrive.",
    NotReached.COMPLAINT: "Our email{about} was reported as unwanted; we send no more to this address.",
    NotReached.SUPPRESSED: "Our email{about} was not sent, because emails no longer reach this address.",
}


def _about(message: Message | None) -> str:
    what = SENT_AS.get(message.kind) if message else None
    return f" about the {what.lower()}" if what else ""
