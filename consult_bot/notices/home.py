"""Somebody's Home: a projection of what waits for them as it is now, so a repeat is harmless."""

from __future__ import annotations

import logging

from consult_bot.case.home import Page
from consult_bot.notices.sending import Office, Sent, check_lease
from consult_bot.roster.facts import Facts
from consult_bot.slack.blocks import Drawn
from consult_bot.slack.home import home, home_of_a_stranger
from storage.cases import RESTORE_IT
from storage.outbox import Leased

log = logging.getLogger(__name__)


def send_home(office: Office, leased: Leased) -> Sent:
    """Publish the Home. Whether they may see cases is asked now: they may have left the roster since."""
    person = leased.payload["person"]
    view = _drawn(office, person, Page.read(leased.payload.get("page", "")))
    check_lease(leased)
    return Sent(office.slack.publish_home(person, view))


def _drawn(office: Office, slack_id: str, page: Page) -> Drawn:
    with office.store.reading() as work:
        facts = Facts(work.now(), office.practice, work.people.all())
        person = facts.person(slack_id)
        if person is None:
            return home_of_a_stranger(facts)
        lists = work.homes.lists(person, page)
    for number in sorted({number for shown in lists for number in shown.damaged}):
        log.error("a case does not open", extra={"case": number, "remedy": RESTORE_IT})
    return home(lists, page, person, facts)
