"""The call to whoever is on call, outside Slack: an urgent case lies unclaimed. It carries the number and nothing else."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http.client import HTTPException
from urllib.parse import urlsplit

from consult_bot.case.model import Case, State, spoken
from consult_bot.case.words import Words
from consult_bot.notices.letter import Letter, plain_letter
from consult_bot.notices.mail import compose
from consult_bot.notices.sending import Needless, Office, Sent, check_lease
from storage.outbox import Leased

NOBODY_ON_CALL = "nobody on call"
CLAIMED_MEANWHILE = "claimed meanwhile"
WEBHOOK_TIMEOUT_SECONDS = 10
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class AlarmDown(Exception):
    """The webhook did not take the alarm. It is tried again for as long as the case waits."""


def send_alarm(office: Office, leased: Leased) -> Sent | Needless:
    """Page the address of ONCALL, unless somebody has the case by now.

    A repeat after a lost answer pages twice, which does no harm. Raises AlarmDown, MailDown or MailRefused.
    """
    with office.store.reading() as work:
        case = work.cases.get(leased.number)
    if not office.oncall:
        return Needless(NOBODY_ON_CALL)
    if not _waits(case):
        return Needless(CLAIMED_MEANWHILE)
    check_lease(leased)
    if office.oncall.startswith("mailto:"):
        address = Words(office.oncall.removeprefix("mailto:"))
        return Sent(
            office.mail.send(compose(_letter(leased.number), office.mail_from, address, str(leased.id)))
        )
    return Sent(_call_webhook(office.oncall, leased.number))


def _waits(case: Case) -> bool:
    return case.urgent and case.state is State.NEW


def _letter(number: int) -> Letter:
    return plain_letter(
        told(number), told(number), "What to do next: open Slack and claim it, or call a colleague who can."
    )


def told(number: int) -> str:
    """Return all that an alarm says: `C-1042 is urgent, and nobody has claimed it.`"""
    return f"{spoken(number)} is urgent, and nobody has claimed it."


def _call_webhook(url: str, number: int) -> str:
    """Post JSON that chat and paging services understand (`text`), and the number by itself (`case`)."""
    body = json.dumps({"text": told(number), "case": spoken(number)}).encode()
    request = urllib.request.Request(
        url, data=body, headers={"Content-Type": "application/json"}, method="POST"
    )
    try:
        with _opener(url).open(request, timeout=WEBHOOK_TIMEOUT_SECONDS) as answer:
            return f"http_{answer.status}"
    except urllib.error.HTTPError as refusal:
        with refusal:
            raise AlarmDown(f"http_{refusal.code}") from None
    except (OSError, HTTPException) as failure:
        raise AlarmDown(type(failure).__name__) from None


def _opener(url: str) -> urllib.request.OpenerDirector:
    """A redirect is a failure, because it would turn the POST into a GET; loopback knows no proxy."""
    direct = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
    return urllib.request.build_opener(_NoRedirect, *direct)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None
