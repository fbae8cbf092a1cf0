"""What the patient does on the case's page besides writing: understand, say how it goes, take it back, leave."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from consult_bot.case.model import Report
from consult_bot.case.verb import THE_PATIENT, Done, Outcome, Refused
from consult_bot.case.verb import Request as Asked
from consult_bot.case.words import Words
from consult_bot.desk import Desk
from consult_bot.portal.case_door import CONFLICT, Admitted, CaseDoor
from consult_bot.portal.case_page import CasePage
from consult_bot.portal.confirmed import EMERGENCY_LINE, REPORTED, UNDERSTOOD, WITHDRAWN
from consult_bot.portal.inputs import Inputs, text_of
from consult_bot.portal.or_call import or_call
from consult_bot.portal.pages import Pages, for_later
from consult_bot.portal.transactions import committed
from consult_bot.portal.typed import Typed, too_long, written
from consult_bot.texts.guidance import GOING
from storage.store import Store

UNUSABLE = 422

TRY_AGAIN = "That did not work just now. Nothing is lost: please try again."
RELOADED = "There is something new below. Please read it, then press “I understand”."
CHOOSE_HOW = "Choose how it is going: better, the same, or worse. Then press “Tell my clinician”."
NO_REPORT = (
    "Your case has moved on since you opened this page, so we did not send it. Please write to us below."
)
CLOSED_ALREADY = "This case is closed already, so there is nothing to take back."
MOVED_ON = (
    "Your case has moved on since you opened this page, so we took nothing back. Please look at it again."
)
WORDS_BELOW = "What you wrote is in the box at “Write to us”; send it if you still want to."


class CaseActs:
    """`POST /case/acknowledge`, `/case/report`, `/case/withdraw` and `/case/leave`."""

    def __init__(self, desk: Desk, store: Store, pages: Pages, door: CaseDoor, case_page: CasePage) -> None:
        self._desk = desk
        self._store = store
        self._pages = pages
        self._door = door
        self._page = case_page
        self._again = or_call(TRY_AGAIN, desk.practice)

    def acknowledge(self, request: Request, form: Inputs) -> Response:
        """Note that the patient understands what this page showed; it may stand in an earlier case."""
        admitted = self._door.admit(request, form)
        if not isinstance(admitted, Admitted):
            return admitted
        outcome = self._desk.handle(
            Asked("acknowledge", THE_PATIENT, admitted.sent, about=text_of(form, "about"))
        )
        if isinstance(outcome, Done):
            return self._page.done(UNDERSTOOD)
        if _may_work_later(outcome):
            return for_later(self._page.draw(request, admitted.session, problem=self._again))
        return self._page.draw(request, admitted.session, problem=RELOADED, status=CONFLICT)

    def report(self, request: Request, form: Inputs) -> Response:
        """Note how it goes, once; else show the words again."""
        admitted = self._door.admit(request, form)
        if not isinstance(admitted, Admitted):
            return admitted
        how, words, nonce = text_of(form, "report"), written(form, "words"), text_of(form, "_nonce")
        problems = {} if how in set(Report) else {"report": CHOOSE_HOW}
        if refusal := too_long(words):
            problems["words"] = refusal
        if problems:
            typed = Typed(nonce, {"report": how, "words": words}, problems=problems)
            return self._page.draw(request, admitted.session, typed=typed, status=UNUSABLE)
        outcome = self._desk.handle(
            Asked(
                "report",
                THE_PATIENT,
                admitted.session.number,
                {"report": Words(how), "words": Words(words)},
                once_key=f"report:{admitted.sent}:{nonce}" if nonce else None,
            )
        )
        if isinstance(outcome, Done):
            return self._page.done(REPORTED)
        urgent = f"{EMERGENCY_LINE} " if how == Report.WORSE else ""
        if _may_work_later(outcome):
            typed = Typed(nonce, {"report": how, "words": words})
            return for_later(
                self._page.draw(request, admitted.session, typed=typed, problem=f"{urgent}{self._again}")
            )
        told = "\n\n".join(filter(None, (GOING[Report(how)], words)))
        return self._not_done(request, admitted, f"{urgent}{NO_REPORT}", told)

    def withdraw(self, request: Request, form: Inputs) -> Response:
        """Close the case as the patient wishes. A page of an earlier case takes back nothing of a newer one."""
        admitted = self._door.admit(request, form)
        if not isinstance(admitted, Admitted):
            return admitted
        reason, nonce = written(form, "reason"), text_of(form, "_nonce")
        if refusal := too_long(reason):
            typed = Typed(nonce, {"reason": reason}, problems={"reason": refusal})
            return self._page.draw(request, admitted.session, typed=typed, status=UNUSABLE)
        if admitted.sent != admitted.session.number:
            return self._not_done(request, admitted, MOVED_ON, reason)
        once_key = f"withdraw:{admitted.sent}:{nonce}" if nonce else None
        asked = Asked("withdraw", THE_PATIENT, admitted.sent, {"reason": Words(reason)}, once_key=once_key)
        outcome = self._desk.handle(asked)
        if isinstance(outcome, Done) and outcome.case.open:
            # The same page again, out of the browser's history: the case is open again since.
            return self._page.draw(request, admitted.session)
        if isinstance(outcome, Done):
            return self._page.done(WITHDRAWN)
        if _may_work_later(outcome):
            typed = Typed(nonce, {"reason": reason})
            return for_later(self._page.draw(request, admitted.session, typed=typed, problem=self._again))
        return self._not_done(request, admitted, CLOSED_ALREADY, reason)

    def leave(self, request: Request, form: Inputs) -> Response:
        """Lock the page; with `forget`, ask for the code on this device again."""
        response = self._pages.go("/case/ended")
        session = self._page.session(request)
        if session and text_of(form, "forget"):
            self._page.devices.forget(response, self._page.line(session))
        self._page.sessions.take_away(response)
        if session:
            committed(self._store, lambda work: self._page.sessions.end(work, session))
        return response

    def _not_done(self, request: Request, admitted: Admitted, problem: str, words: str) -> Response:
        """Show the case as it is now, and the words where they can be sent."""
        typed = Typed(Typed.nothing().nonce, {"reply": words})
        return self._page.draw(
            request,
            admitted.session,
            typed=typed,
            problem=f"{problem} {WORDS_BELOW}" if words else problem,
            status=CONFLICT,
        )


def _may_work_later(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.why.retry
