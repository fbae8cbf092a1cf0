"""What the page says once, after something was done there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from consult_bot.case.model import MessageKind, Report
from consult_bot.portal.case_view import CaseView
from consult_bot.portal.pages import Pages
from consult_bot.portal.standing import MAY_CALL, SAME_WAY_IN

SENT = "sent"
UNDERSTOOD = "understood"
REPORTED = "reported"
WITHDRAWN = "withdrawn"
WENT_ON = "went_on"
"""What was done. A cookie carries it, so it tells nothing about how somebody is."""

EMERGENCY_LINE = "If this is an emergency, call 911 now. Do not wait for our answer."

HEARD = {
    Report.BETTER: "Thank you, that is good to hear. If anything changes, tell us here.",
    Report.SAME: "Thank you for telling us. Your clinician can see it. If it gets worse, or you have a question, tell us here.",
}


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Sentences, the first of them the most important. `pressing`: they must not be missed."""

    lines: tuple[str, ...]
    pressing: bool = False


def confirmed(done: str, view: CaseView, pages: Pages) -> Confirmed | None:
    """Return what to say after this was done, None for anything that we do not know."""
    say = SAYS.get(done)
    return say(view, pages) if say else None


def _sent(view: CaseView, pages: Pages) -> Confirmed:
    return Confirmed(("Your message was sent.",))


def _went_on(view: CaseView, pages: Pages) -> Confirmed:
    return Confirmed((f"We opened a new case {view.case.number} for this. {SAME_WAY_IN}",))


def _understood(view: CaseView, pages: Pages) -> Confirmed:
    if view.to_confirm:
        return Confirmed(
            ("Thank you. There is more for you to read: please look for “I understand” on this page.",)
        )
    return Confirmed(("Thank you. Your clinician sees that you understand.",))


def _reported(view: CaseView, pages: Pages) -> Confirmed | None:
    said = (e.report for e in reversed(view.case.entries) if e.kind is MessageKind.REPORT)
    how = next(said, None)
    if how is not Report.WORSE:
        return Confirmed((HEARD[how],)) if how else None
    when = pages.by_when(view.case.answer_by, view.now)
    return Confirmed(
        (
            EMERGENCY_LINE,
            f"Thank you for telling us. Your case is urgent for us now: a clinician reads what you wrote and answers {when}.",
            f"You hear nothing by then? Please call {pages.practice.phone}.",
        ),
        pressing=True,
    )


def _withdrawn(view: CaseView, pages: Pages) -> Confirmed:
    call = f" {MAY_CALL}" if view.may_be_called else ""
    return Confirmed((f"Your question is taken back, and this case is closed.{call}",))


SAYS: dict[str, Callable[[CaseView, Pages], Confirmed | None]] = {
    SENT: _sent,
    UNDERSTOOD: _understood,
    REPORTED: _reported,
    WITHDRAWN: _withdrawn,
    WENT_ON: _went_on,
}
