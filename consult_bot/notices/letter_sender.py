"""A letter to the patient: that something waits, and where; never what."""

from __future__ import annotations

from consult_bot.case.patient import Patient
from consult_bot.deadlines.spoken import when
from consult_bot.deadlines.zones import find_zone
from consult_bot.notices.letter import render
from consult_bot.notices.mail import compose
from consult_bot.notices.sending import Office, Sent
from storage.outbox import Leased

NO_ADDRESS = "no address"


def send_letter(office: Office, leased: Leased) -> Sent:
    """Mail a letter with the case's link, making a new link where the old one has ended.

    Emails cannot be looked up, so a repeat after a crash may arrive twice; it carries the same link.
    """
    with office.store.writing() as work:
        case = work.cases.get(leased.number)
        now = work.now()
        link = work.links.live(case.number) or work.links.make(case.number, now)
        url = f"{office.public_url}/p/{work.keys.token(link.id)}"
    address = Patient.of(case.submission).email
    if not address:
        return Sent(NO_ADDRESS)
    letter = render(
        leased.payload["letter"],
        practice_name=office.practice.name,
        practice_phone=office.practice.phone,
        number=case.spoken,
        url=url,
        answer_by=when(case.due_at, now, find_zone(office.practice.zone)),
    )
    return Sent(office.mail.send(compose(letter, office.mail_from, address, str(leased.id))))
