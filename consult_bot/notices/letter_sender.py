"""A letter to the patient: that something waits, and where; never what."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from consult_bot.case.model import WE_OWE_AN_ANSWER, Case, MessageKind
from consult_bot.case.not_reached import NotReached
from consult_bot.case.patient import Patient
from consult_bot.case.verb import THE_SYSTEM, Request
from consult_bot.case.words import Words
from consult_bot.deadlines.spoken import when_with_zone
from consult_bot.deadlines.zones import find_zone
from consult_bot.notices.letter import render
from consult_bot.notices.mail import Suppressed, compose
from consult_bot.notices.repeats import hand_over
from consult_bot.notices.sending import Needless, Office, Sent
from storage.outbox import Leased

NO_ADDRESS = "no address"


def send_letter(office: Office, leased: Leased) -> Sent | Needless:
    """Mail a letter with the case's link, making a new link where the old one has ended.

    Emails cannot be looked up, so a repeat after a crash may arrive twice; it carries the same link and is counted.
    Raises Suppressed where letters to this address came to nothing before.
    """
    with office.store.writing() as work:
        case = work.cases.get(leased.number)
        now = work.now()
        link = work.links.live(case.number) or work.links.make(case.number, now)
        url = f"{office.public_url}/p/{work.keys.token(link.id)}"
        address = Patient.of(case.submission).email
        suppressed = work.suppressions.reason(address) if address else None
    if not address:
        return Needless(NO_ADDRESS)
    if suppressed:
        raise Suppressed
    letter = render(
        _name(leased, case),
        practice_name=office.practice.name,
        practice_phone=office.practice.phone,
        number=case.spoken,
        url=url,
        answer_by=_promise(case, now, find_zone(office.practice.zone)),
    )
    return hand_over(office, leased, compose(letter, office.mail_from, address, str(leased.id), url))


def never_arrives(leased: Leased, error: str) -> Request:
    """Return the request that tells a letter's case, once, that the letter was given up. `error` is the failure's name."""
    reason = NotReached.SUPPRESSED if error == Suppressed.__name__ else NotReached.REFUSED
    return Request(
        "bounced",
        THE_SYSTEM,
        leased.number,
        {"reason": Words(reason)},
        about=leased.about,
        once_key=f"bounced:{leased.id}",
    )


def _name(leased: Leased, case: Case) -> str:
    """Return which letter it is. Of a correction it tells as what the patient meets it on their page."""
    name = leased.payload["letter"]
    message = case.message(leased.about) if leased.about else None
    return case.kind_shown(message).value if message and name == MessageKind.CORRECTION else name


def _promise(case: Case, now: datetime, zone: ZoneInfo) -> str | None:
    """Return by when we answer, None where that has passed or is done: letters may have been held up on their way."""
    stands = case.state in WE_OWE_AN_ANSWER and now < case.due_at
    return when_with_zone(case.due_at, now, zone) if stands else None
