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
from consult_bot.notices.sending import NotYet, Office, Partly, Sent
from consult_bot.notices.thread import send_to_thread
from consult_bot.slack.send import RateLimited, RefusedForGood, TemporarilyDown, WorkspaceBroken
from storage.outbox import Leased

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
    except (TemporarilyDown, MailDown) as error:
        return Later(str(error), backoff(leased.attempts))
    except RefusedForGood as error:
        # A case without a card is a case that nobody sees, and each try draws it anew: never give up.
        return Later(error.error, MENDING_WAIT) if leased.kind is DeliveryKind.CARD else Never(error.error)
    except MailRefused as error:
        return Never(str(error))
    except Exception as error:
        return Later(type(error).__name__, backoff(leased.attempts))


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after this many attempts: doubling, at most five minutes, with jitter."""
    longest = min(FIRST_WAIT_SECONDS * 2 ** min(attempts - 1, 10), LONGEST_WAIT_SECONDS)
    return timedelta(seconds=uniform(longest / 2, longest))
