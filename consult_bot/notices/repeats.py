"""Letters that may arrive twice: each repeat after an unknown outcome is counted, whatever kind of mail it is.

What may have gone out is marked in the delivery before it does, so that a worker that dies over it leaves the mark behind.
"""

from __future__ import annotations

import logging
from email.message import EmailMessage
from functools import cache
from typing import TYPE_CHECKING

from consult_bot.notices.mail import MailDown, MailRefused
from consult_bot.notices.sending import Office, Sent, check_lease, keep
from storage.outbox import Leased

if TYPE_CHECKING:
    from prometheus_client import Counter

HANDED_OVER, NOT_SENT = "handed over", ""
"""What stands in place of a receipt while it is not known, and once it is known that there will be none."""

log = logging.getLogger(__name__)


def hand_over(office: Office, leased: Leased, email: EmailMessage) -> Sent:
    """Send the letter, counting it as a repeat where an earlier attempt may have sent it.

    Raises LeaseLost, MailDown or MailRefused.
    """
    repeat = leased.receipt == HANDED_OVER
    keep(office, leased, HANDED_OVER)
    check_lease(leased)
    try:
        receipt = office.mail.send(email)
    except (MailDown, MailRefused) as error:
        if getattr(error, "maybe_sent", False):
            _count(leased, repeat)
        elif not repeat:
            # Of an earlier attempt whose outcome is unknown, this one says nothing.
            keep(office, leased, NOT_SENT)
        raise
    _count(leased, repeat)
    return Sent(receipt)


def _count(leased: Leased, repeat: bool) -> None:
    if repeat:
        log.warning("a letter may arrive twice", extra={"delivery": leased.id, "attempts": leased.attempts})
        _counter().inc()


@cache
def _counter() -> Counter:
    """The count in /metrics. Its library is imported when there is something to count."""
    from prometheus_client import Counter

    return Counter(
        "consult_letters_repeated", "Letters sent again although an earlier attempt may have arrived."
    )
