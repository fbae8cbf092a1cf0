"""A new link by email: the same answer, as fast, for every address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from starlette.background import BackgroundTask
from starlette.responses import Response

from consult_bot.case.delivery import letter
from consult_bot.case.words import Words
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

    def page(self) -> Response:
        """Ask for the address."""
        return self._pages.show("ask_link.html", email="", problem=None)

    def send(self, form: Inputs) -> Response:
        """Promise a letter to that address if it is one of ours.

        Whether it is gets looked up only when the answer is out, so that neither its words nor its time tell.
        """
        email = Words(text_of(form, "email").strip())
        if "@" not in email.reveal():
            return self._pages.show("ask_link.html", 422, email=email.reveal(), problem=PROBLEM)
        answer = self._pages.show("asked_link.html")
        answer.background = BackgroundTask(self._write_letters, email)
        return answer

    def _write_letters(self, email: Words) -> None:
        committed(self._store, lambda work: renew_links(work, email))
        self._nudge()


def renew_links(work: Work, email: Words) -> None:
    """End the links of this address's cases and send new ones, for each case once in ten minutes at most.

    Cases that can no longer be written to are left out, unless they are all that there is.
    """
    now = work.now()
    cases = [work.cases.get(number) for number in work.cases.numbers_for_email(email)]
    for case in [case for case in cases if case.takes_reply_at(now)] or cases[:1]:
        live = work.links.live(case.number)
        if live is None or live.made_at + NOT_AGAIN_WITHIN <= now:
            work.links.renew(case.number, now)
            work.outbox.add([letter(case.number, "link", now)])
