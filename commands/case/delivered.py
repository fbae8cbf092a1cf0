"""delivered: a letter has reached the patient's mailbox; whether they look into it is another matter."""

from __future__ import annotations

from dataclasses import replace

from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.roster.facts import Facts


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with the message `about` marked; no event where that is known or the letter came back.

    Mailboxes take letters and send them back afterwards, and the news of both may come in either order.
    """
    message = case.message(request.about) if request.about else None
    if message is None or message.delivered_at or message.bounced_at:
        return Change(case)
    marked = case.with_message(replace(message, delivered_at=facts.now))
    return Change(marked, (Event(Happened.DELIVERED, message=message.id),))


DELIVERED = Verb(
    name="delivered",
    label="Delivered",
    help="a letter reached the patient's mailbox",
    perform=perform,
    typed=False,
)
