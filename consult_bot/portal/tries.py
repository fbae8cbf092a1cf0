"""Trying a code on a link: wrong ones slow it down, and the tenth ends it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from consult_bot.portal.code import normalised
from storage.links import Link
from storage.store import Work

FREE_TRIES = 2
"""Slips of memory that cost no waiting."""

FIRST_WAIT = timedelta(seconds=30)
LAST_TRY = 10


class Result(Enum):
    """What became of a try."""

    OPENED = auto()
    UNREADABLE = auto()
    WRONG = auto()
    WAITING = auto()
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class Try:
    """A try and its result. `wait_until` is set where the link has to rest first."""

    result: Result
    number: int | None = None
    wait_until: datetime | None = None


def usable(work: Work, token: str) -> Link | None:
    """Return the link with this token, None where it is unknown or has ended: the two must look the same."""
    link = work.links.find(token)
    return link if link and link.ended_at is None else None


def try_code(work: Work, token: str, typed: str) -> Try:
    """Try what was typed on a link, and keep count.

    Call it inside one writing transaction, so that tries at the same moment all count. What cannot be a code is
    no try, and neither is anything while the link rests.
    """
    link = usable(work, token)
    if link is None:
        return Try(Result.ENDED)
    code = normalised(typed)
    if code is None:
        return Try(Result.UNREADABLE, link.case_number)
    now = work.now()
    if link.wait_until and now < link.wait_until:
        return Try(Result.WAITING, link.case_number, link.wait_until)
    if _opens(work, link, code):
        work.links.save(replace(link, wrong_codes=0, wait_until=None, unlocked_at=link.unlocked_at or now))
        return Try(Result.OPENED, link.case_number)
    counted = after_wrong_code(link, now)
    work.links.save(counted)
    return Try(Result.ENDED if counted.ended_at else Result.WRONG, link.case_number, counted.wait_until)


def _opens(work: Work, link: Link, code: str) -> bool:
    """Whether it is the code of the link's case or of one that this goes on from: patients keep the code that they have.

    Every code is compared, so that the time tells nothing.
    """
    case = work.cases.get(link.case_number)
    codes = [work.keys.access_code(each.id, each.nonce) for each in (case, *work.cases.earlier(case))]
    return sum(hmac.compare_digest(code, known.reveal()) for known in codes) > 0


def after_wrong_code(link: Link, now: datetime) -> Link:
    """Return the link after one more wrong code: from the third on it rests 30 s, then twice as long each time."""
    wrong = link.wrong_codes + 1
    if wrong >= LAST_TRY:
        return replace(link, wrong_codes=wrong, wait_until=None, ended_at=now)
    resting = wrong - FREE_TRIES
    wait_until = now + FIRST_WAIT * 2 ** (resting - 1) if resting > 0 else None
    return replace(link, wrong_codes=wrong, wait_until=wait_until)
