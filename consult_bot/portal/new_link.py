"""The link by email again: the same answer, as fast, for every address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from starlette.background import BackgroundTask
from starlette.responses import Response

from consult_bot.case.delivery import letter
from consult_bot.case.email_address import is_address
from consult_bot.case.words import Words
from consult_bot.forms.safe_text import without_invisible
from consult_bot.portal.allowance import Allowance
from consult_bot.portal.inputs import Inputs, text_of
from consult_bot.portal.pages import Pages
from consult_bot.portal.transactions import committed
from storage.store import Store, Work

NOT_AGAIN_WITHIN = timedelta(minutes=10)

PROBLEM = "This does not look like an email address. Please check it; one is name@example.com."


class NewLink:
    """`GET` and `POST /link`."""

    def __init__(self, store: Store, pages: Pages, nudge: Callable[[], None]) -> None:
        """`nudge` is called after deliveries were written, so that a worker nearby need not poll."""
        self._store = store
        self._pages = pages
        self._nudge = nudge
        self._letters = Allowance(1, NOT_AGAIN_WITHIN)

    def page(self) -> Response:
        """Ask for the address."""
        return self._pages.show("ask_link.html", email="", problem=None)

    def send(self, form: Inputs) -> Response:
        """Promise a letter to that address if it is one of ours.

        Whether it is gets looked up only when the answer is out, so that neither its words nor its time tell.
        """
        email = Words(without_invisible(text_of(form, "email")).strip())
        if not is_address(email.reveal()):
            return self._pages.show("ask_link.html", 422, email=email.reveal(), problem=PROBLEM)
        answer = self._pages.show("asked_link.html")
        answer.background = BackgroundTask(self._write_letters, email)
        return answer

    def _write_letters(self, email: Words) -> None:
        with self._store.reading() as work:
            now = work.now()
        if self._letters.take(self._store.keys.email_index(email), now.timestamp()):
            committed(self._store, lambda work: send_links(work, email))
        self._nudge()


def send_links(work: Work, email: Words) -> None:
    """Send the links of this address's cases once more; a new one only where none is left.

    Whoever knows an address may ask, so that asking ends no link. Cases that can no longer be written to are left
    out, unless they are all that there is.
    """
    now = work.now()
    cases = [work.cases.get(number) for number in work.cases.numbers_for_email(email)]
    for case in [case for case in cases if case.takes_reply_at(now)] or cases[:1]:
        if work.links.live(case.number) is None:
            work.links.make(case.number, now)
        work.outbox.add([letter(case.number, "link", now)])
