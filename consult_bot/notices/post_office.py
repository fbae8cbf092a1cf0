"""The post office: each kind of delivery with its sender, and what becomes of one that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import uniform

from consult_bot.case.delivery import DeliveryKind
from consult_bot.notices.card import send_card
from consult_bot.notices.file import send_file
from consult_bot.notices.letter_sender import send_letter
from consult_bot.notices.mail import MailDown, MailRefused
from consult_bot.notices.sending import LeaseLost, NotYet, Office, Partly, Sent
from consult_bot.notices.thread import send_to_thread
from consult_bot.slack.trouble import RateLimited, RefusedForGood, TemporarilyDown, WorkspaceBroken
from storage.errors import UnknownAttachment
from storage.keys import KeysUnusable
from storage.outbox import Leased

MAIL = frozenset({DeliveryKind.LETTER})
SLACK = frozenset({DeliveryKind.CARD, DeliveryKind.THREAD, DeliveryKind.FILE})
OWN = frozenset({DeliveryKind.TIMER})
"""The ways out: what is wrong with one of them must not stop the others."""

SENDERS: dict[DeliveryKind, Callable[[Office, Leased], Sent | Partly]] = {
    DeliveryKind.CARD: send_card,
    DeliveryKind.THREAD: send_to_thread,
    DeliveryKind.FILE: send_file,
    DeliveryKind.LETTER: send_letter,
}

SOON = timedelta(seconds=1)
SOON_ATTEMPTS = 5
FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 300.0
MENDING_WAIT = timedelta(seconds=60)
"""How long to wait for an administrator to mend the workspace before looking again."""


@dataclass(frozen=True, slots=True)
class Later:
    """It did not go out; try again after `wait`. `holds_lane`: everything that shares the lane waits as long.

    `error` is a name of ours or Slack's, `remedy` what an administrator should do about it.
    """

    error: str
    wait: timedelta
    holds_lane: bool = False
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """It will not go out however often it is tried; a human must look."""

    error: str


def send(office: Office, leased: Leased) -> Sent | Partly | Later | Never:
    """Send one delivery and say what became of it. Anything unforeseen is tried again later."""
    try:
        return SENDERS[leased.kind](office, leased)
    except NotYet as error:
        return Later(str(error), SOON if leased.attempts < SOON_ATTEMPTS else backoff(leased.attempts))
    except RateLimited as error:
        return Later("ratelimited", timedelta(seconds=error.retry_after_seconds), holds_lane=True)
    except WorkspaceBroken as error:
        return Later(error.error, MENDING_WAIT, holds_lane=True, remedy=error.remedy)
    except TemporarilyDown as error:
        return Later(error.error, backoff(leased.attempts))
    except MailDown as error:
        # A server that does not answer at all would hold up every letter in turn: one tries for all of them.
        silent = error.smtp_code is None
        return Later(str(error), backoff(min(leased.attempts, 5)), holds_lane=silent)
    except LeaseLost:
        return Later("lease lost", SOON)
    except RefusedForGood as error:
        return _refused(office, leased, error.error)
    except (MailRefused, UnknownAttachment, FileNotFoundError, KeysUnusable) as error:
        return Never(type(error).__name__)
    except Exception as error:
        return Later(type(error).__name__, backoff(leased.attempts))


def _refused(office: Office, leased: Leased, error: str) -> Later | Never:
    """A case without a card is a case that nobody sees: its first card is tried for ever, drawn anew each time."""
    if leased.kind is DeliveryKind.CARD:
        with office.store.reading() as work:
            if work.cards.place(leased.number) is None:
                return Later(error, MENDING_WAIT)
    return Never(error)


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after this many attempts: doubling, at most five minutes, with jitter."""
    longest = min(FIRST_WAIT_SECONDS * 2 ** min(attempts - 1, 10), LONGEST_WAIT_SECONDS)
    return timedelta(seconds=uniform(longest / 2, longest))
