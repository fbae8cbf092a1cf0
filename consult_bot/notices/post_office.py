"""The post office: each kind of delivery with its sender, and what becomes of one that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import uniform

from sqlalchemy.exc import SQLAlchemyError

from consult_bot.case.delivery import WORKSPACE, DeliveryKind
from consult_bot.notices.alarm import AlarmDown, send_alarm
from consult_bot.notices.answer import send_answer
from consult_bot.notices.card import send_card
from consult_bot.notices.dead_letter import send_dead_letter
from consult_bot.notices.file import send_file
from consult_bot.notices.home import send_home
from consult_bot.notices.letter_sender import send_letter
from consult_bot.notices.mail import MailDown, MailRefused
from consult_bot.notices.sending import LeaseLost, Needless, NotYet, Office, Partly, Sent
from consult_bot.notices.thread import send_to_thread
from consult_bot.notices.twins import delete_twins
from consult_bot.notices.warning import A_CARDS_REMEDY, send_warning
from consult_bot.slack.trouble import (
    WHOLE_WORKSPACE,
    CannotLook,
    RateLimited,
    RefusedForGood,
    TemporarilyDown,
    WorkspaceBroken,
)
from storage.errors import Conflict, FilesAway, KeysAway, Overloaded, UnknownAttachment
from storage.keys import KeysUnusable
from storage.outbox import Leased
from storage.outbox.lanes import CHANNEL, method_lane

SENDERS: dict[DeliveryKind, Callable[[Office, Leased], Sent | Needless | Partly]] = {
    DeliveryKind.CARD: send_card,
    DeliveryKind.THREAD: send_to_thread,
    DeliveryKind.FILE: send_file,
    DeliveryKind.LETTER: send_letter,
    DeliveryKind.ALARM: send_alarm,
    DeliveryKind.HOME: send_home,
    DeliveryKind.ANSWER: send_answer,
    DeliveryKind.TWINS: delete_twins,
    DeliveryKind.DEAD_LETTER: send_dead_letter,
    DeliveryKind.WARNING: send_warning,
}

SOON = timedelta(seconds=1)
SOON_ATTEMPTS = 5
FIRST_WAIT_SECONDS = 2.0
LONGEST_PROBE = 6
"""From this attempt on the wait grows no longer: about a minute, so that Slack's return is soon noticed."""

LONGEST_WAIT_SECONDS = 300.0
MENDING_WAIT = timedelta(seconds=60)
"""How long to wait for an administrator to mend the workspace before looking again."""

UNFORESEEN_ATTEMPTS = 10
"""After so many attempts, about a quarter of an hour, what nobody foresaw is a human's to look at."""


@dataclass(frozen=True, slots=True)
class Later:
    """It did not go out; try again after `wait`.

    `holds`: lanes through which nothing may pass for as long. `breaks`: the lane that somebody must mend. `warns`:
    whether the administrator is mailed about this case's card, once, though other things pass. `error` is a name of ours
    or Slack's, `remedy` what an administrator should do about it.
    """

    error: str
    wait: timedelta
    holds: tuple[str, ...] = ()
    breaks: str | None = None
    warns: bool = False
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """It will not go out however often it is tried; a human must look."""

    error: str


def send(office: Office, leased: Leased) -> Sent | Needless | Partly | Later | Never:
    """Send one delivery and say what became of it. Anything unforeseen is tried again later."""
    try:
        return SENDERS[leased.kind](office, leased)
    except NotYet as error:
        return Later(str(error), SOON if leased.attempts < SOON_ATTEMPTS else backoff(leased.attempts))
    except RateLimited as error:
        wait = timedelta(seconds=error.retry_after_seconds)
        return Later("ratelimited", wait, holds=(leased.lane, method_lane(error.method)))
    except WorkspaceBroken as error:
        broken = _broken_lane(leased, error)
        # Homes that are not shown hold up nobody's case: the doctor tells of them.
        breaks = broken if leased.kind is not DeliveryKind.HOME or broken == WORKSPACE else None
        return Later(error.error, MENDING_WAIT, holds=(broken,), breaks=breaks, remedy=error.remedy)
    except TemporarilyDown as error:
        return _down(leased, error)
    except MailDown as error:
        # A server that does not answer at all would hold up every letter in turn: one tries for all of them.
        return Later(
            str(error),
            backoff(min(leased.attempts, 5)),
            holds=(leased.lane,) if error.for_all else (),
            remedy=error.remedy,
        )
    except AlarmDown as error:
        return Later(
            str(error), backoff(min(leased.attempts, 5)), remedy="Check ONCALL: its webhook refuses alarms."
        )
    except LeaseLost:
        return Later("lease lost", SOON)
    except RefusedForGood as error:
        return _refused(office, leased, error.error)
    except (MailRefused, UnknownAttachment, FileNotFoundError, KeysUnusable) as error:
        return Never(type(error).__name__)
    except (FilesAway, KeysAway) as error:
        return Later(type(error).__name__, backoff(min(leased.attempts, LONGEST_PROBE)), remedy=str(error))
    except (Conflict, Overloaded, SQLAlchemyError) as error:
        return Later(type(error).__name__, backoff(min(leased.attempts, LONGEST_PROBE)))
    except Exception as error:
        if leased.attempts >= UNFORESEEN_ATTEMPTS:
            return Never(type(error).__name__)
        return Later(type(error).__name__, backoff(leased.attempts))


def _broken_lane(leased: Leased, error: WorkspaceBroken) -> str:
    """The lane of the channel that was called, which need not be the delivery's own: a card stays where it stands."""
    if error.error in WHOLE_WORKSPACE:
        return WORKSPACE
    return f"{CHANNEL}{error.channel}" if error.channel else leased.lane


def _down(leased: Leased, error: TemporarilyDown) -> Later:
    """Slack is down for everybody, or it stumbles over this one delivery, which must hold up no others.

    Whoever could not even look tries for all of its lane, so that the order stays; so does a first attempt. Homes have
    no order.
    """
    wait = backoff(min(leased.attempts, LONGEST_PROBE))
    first = leased.attempts == 1 and leased.kind is not DeliveryKind.HOME
    for_all = first or isinstance(error, CannotLook)
    return Later(error.error, wait, holds=(leased.lane,) if for_all else ())


def _refused(office: Office, leased: Leased, error: str) -> Later | Never:
    """A case without a card is a case that nobody sees: its first card is tried for ever, drawn anew each time, and the
    administrator is told at the first refusal, once for each case, whatever else was in its way before."""
    if leased.kind is DeliveryKind.CARD:
        with office.store.reading() as work:
            if work.cards.place(leased.number) is None:
                return Later(error, MENDING_WAIT, warns=True, remedy=A_CARDS_REMEDY)
    return Never(error)


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after this many attempts: doubling, at most five minutes, with jitter."""
    longest = min(FIRST_WAIT_SECONDS * 2 ** min(attempts - 1, 10), LONGEST_WAIT_SECONDS)
    return timedelta(seconds=uniform(longest / 2, longest))
