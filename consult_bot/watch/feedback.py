"""What SES says of a letter afterwards, read from what SNS put into a queue. Pure; nothing of its content goes further.

Both ways in which SES tells are read: event publishing of a configuration set (`eventType`) and an identity's own
notifications (`notificationType`), wrapped by SNS or delivered raw (docs.aws.amazon.com/ses, "Contents of event data").
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from consult_bot.case.not_reached import NotReached


class Unreadable(Exception):
    """This is no feedback of SES. Its content is not in the message."""


class News(Enum):
    """What became of a letter."""

    DELIVERED = auto()
    BOUNCED = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Feedback:
    """One thing that SES says of the letter that it calls `message_id`.

    `reason`: why it bounced. `suppress`: the address is to get no more letters.
    """

    news: News
    message_id: str
    reason: NotReached | None = None
    suppress: bool = False


_MESSAGE_ID = re.compile(r"[A-Za-z0-9._@-]{1,200}")
SET_UP = ("Successfully validated SNS topic", "AmazonSnsSubscriptionSucceeded")
"""What SES says once, when its feedback is set up: the beginning of a text, and the kind of a notification."""

NEVER_UNWANTED = "not-spam"
"""The type of a complaint that is the contrary of one: somebody took our letter out of the unwanted ones."""


def feedback_of(body: str) -> Feedback | None:
    """Return what a message of the queue says, None for one that says nothing of a letter. Raises Unreadable."""
    told = _unwrapped(body)
    if told is None:
        return None
    mail = told.get("mail")
    message_id = mail.get("messageId") if isinstance(mail, dict) else None
    kind = told.get("eventType") or told.get("notificationType")
    if isinstance(kind, str) and kind in SET_UP:
        return None
    if not isinstance(message_id, str) or not _MESSAGE_ID.fullmatch(message_id) or not isinstance(kind, str):
        raise Unreadable
    if kind == "Bounce":
        return _bounce(message_id, _part(told, "bounce"))
    if kind == "Complaint":
        return _complaint(message_id, _part(told, "complaint"))
    if kind == "Delivery":
        return Feedback(News.DELIVERED, message_id)
    if kind in NOT_SENT:
        return Feedback(News.BOUNCED, message_id, NotReached.UNSURE)
    return Feedback(News.NOTHING, message_id)


NOT_SENT = frozenset({"Reject", "Rendering Failure", "RenderingFailure"})
"""SES took the letter and then did not send it, which is nothing that the patient did."""


def _unwrapped(body: str) -> Mapping[str, Any] | None:
    """What SES wrote, taken out of SNS's envelope if there is one; None where a service only says that it is set up."""
    if body.startswith(SET_UP):
        return None
    told = _record(body)
    if told.get("Type") in {"SubscriptionConfirmation", "UnsubscribeConfirmation"}:
        return None
    message = told.get("Message")
    if not isinstance(message, str) or "mail" in told:
        return told
    return None if message.startswith(SET_UP) else _record(message)


def _record(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable from None
    if not isinstance(found, dict):
        raise Unreadable
    return found


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name)
    if not isinstance(found, dict):
        raise Unreadable
    return found


def _bounce(message_id: str, bounce: Mapping[str, Any]) -> Feedback:
    """SES tells of a transient bounce once it has stopped trying, or when an answering machine wrote back: nobody knows.

    Neither says anything about the next letter. While SES still tries, it says DeliveryDelay.
    """
    if bounce.get("bounceType") == "Permanent":
        return Feedback(News.BOUNCED, message_id, NotReached.PERMANENT, suppress=True)
    return Feedback(News.BOUNCED, message_id, NotReached.UNSURE)


def _complaint(message_id: str, complaint: Mapping[str, Any]) -> Feedback:
    if complaint.get("complaintFeedbackType") == NEVER_UNWANTED:
        return Feedback(News.NOTHING, message_id)
    return Feedback(News.BOUNCED, message_id, NotReached.COMPLAINT, suppress=True)
