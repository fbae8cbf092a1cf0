"""Where a case stands, in words for its patient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from consult_bot.case.model import NEEDS_A_CALL, PATIENT, Case, CloseReason, MessageKind, State, TaskKind
from consult_bot.case.visibility import Entry, PatientView
from consult_bot.portal.pages import Pages
from consult_bot.texts.guidance import to_do


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands, for its patient: a few words, and what comes next.

    `go` leads to the `message` (its id) that matters now.
    """

    title: str
    next: str
    go: str = ""
    message: str | None = None


MAY_CALL = "We may still call you."
READ_TOO = "Please read what is new below and tell us that you understand it."
SAME_WAY_IN = "Your link and access code stay the same."


def standing(
    case: Case, seen: PatientView, now: datetime, pages: Pages, warned_at: datetime | None = None
) -> Standing:
    """Return where the case stands and what the patient can do.

    `warned_at` is when the newest emergency advice that is not understood was written. Nothing leads to guidance that is
    older than that.
    """
    stands, unread = _by_state(case, seen, now, pages, warned_at), seen.to_read
    if stands.message or unread is None or outranked(unread, warned_at):
        return stands
    if _read_before_closing(case, unread):
        what = _called(unread)
        say = (
            f"You have read {what}, but not told us yet that you understand it. You can still do that below."
        )
        return replace(stands, next=f"{stands.next} {say}", go=f"Go to {what}", message=unread.id)
    return replace(stands, next=f"{stands.next} {READ_TOO}", go="Go to what is new", message=unread.id)


def _read_before_closing(case: Case, entry: Entry) -> bool:
    """Whether the case was closed over this text, which is then no news. A case closes over what is read, but not understood."""
    message = case.message(entry.id)
    opened_at = message.opened_at if message else None
    return bool(not case.open and case.closed_at and opened_at and opened_at <= case.closed_at)


def _called(entry: Entry) -> str:
    return "our correction" if entry.kind is MessageKind.CORRECTION else "our guidance"


def outranked(entry: Entry, warned_at: datetime | None) -> bool:
    """Whether this is guidance, or a correction of it, from before emergency advice that waits to be understood."""
    return entry.kind in ADVICE and warned_at is not None and entry.at < warned_at


ADVICE = (MessageKind.GUIDANCE, MessageKind.CORRECTION)


def _by_state(
    case: Case, seen: PatientView, now: datetime, pages: Pages, warned_at: datetime | None
) -> Standing:
    match seen.state:
        case State.NEW | State.CLAIMED:
            return _with_us(seen, now, pages)
        case State.AWAITING_PATIENT:
            asked = _newest(seen, MessageKind.QUESTION)
            return Standing(
                "We need your answer",
                "There is a question for you. We go on when you answer.",
                "Go to the question",
                asked.id if asked else None,
            )
        case State.ADVISED:
            return _advised(seen, warned_at)
        case _:
            return _closed(case, seen, now, pages)


def may_be_called(case: Case) -> bool:
    """Whether somebody still means to call the patient. More about tasks is not for them."""
    return any(task.kind is TaskKind.CALL for task in case.open_tasks)


def _closed(case: Case, seen: PatientView, now: datetime, pages: Pages) -> Standing:
    call = f" {MAY_CALL}" if may_be_called(case) else ""
    if not seen.may_reply:
        return Standing(
            "This case is closed",
            f"If it comes back or changes, write below and we open a new case for it. {SAME_WAY_IN}{call}",
        )
    day = f" until {pages.day(case.reopen_until, now)}" if case.reopen_until else ""
    if case.close_reason is CloseReason.WITHDRAWN and case.closed_by == PATIENT:
        return Standing(
            "You took your question back",
            f"This case is closed, and nobody works on an answer.{call} "
            f"If you do need one, write below{day} and we open it again.",
        )
    return Standing(
        "This case is closed", f"If it comes back or changes, write below{day} and we open it again.{call}"
    )


def _with_us(seen: PatientView, now: datetime, pages: Pages) -> Standing:
    if seen.answer_by < now:
        phone = pages.practice.phone
        return Standing(
            "We are late", f"You should have had our answer by now, and we are sorry. Please call {phone}."
        )
    when = pages.by_when(seen.answer_by, now)
    if seen.state is State.NEW:
        return Standing("We have it", f"A clinician reads it and answers {when}.")
    return Standing("A clinician has it", f"You get an answer {when}.")


def _advised(seen: PatientView, warned_at: datetime | None) -> Standing:
    newest = _newest(seen, *ADVICE)
    if newest and outranked(newest, warned_at):
        return Standing("You have emergency advice from us", "")
    urgent = (
        to_do(newest.disposition, newest.visit_by) if newest and newest.disposition in NEEDS_A_CALL else None
    )
    corrected = newest is not None and newest.kind is MessageKind.CORRECTION
    title = urgent or ("We corrected our guidance" if corrected else "You have our guidance")
    unread = seen.to_read
    if unread is None:
        again = "Write to us if anything changes or is unclear."
        return Standing(title, f"You told us that you understand our guidance. {again}")
    what = _called(newest or unread)
    return Standing(
        title,
        f"Please read {what} now and tell us that you understand it.",
        f"Go to {what}",
        unread.id,
    )


def _newest(seen: PatientView, *kinds: MessageKind) -> Entry | None:
    return next(
        (entry for entry in reversed(seen.entries) if entry.kind in kinds and not entry.corrected), None
    )
