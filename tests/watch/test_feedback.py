"""What SES's feedback says, read from whatever may lie in a queue."""

from __future__ import annotations

import json
from typing import Any

import pytest

from consult_bot.case.not_reached import NotReached
from consult_bot.watch.feedback import Feedback, News, Unreadable, feedback_of

ID = "0101018f2c-4a5b-000000"
MAIL = {"messageId": ID, "destination": ["canary@home.example"], "commonHeaders": {"subject": "canary"}}


def event(kind: str, name: str = "eventType", **parts: Any) -> str:
    return json.dumps({name: kind, "mail": MAIL, **parts})


def bounce(kind: str, name: str = "eventType") -> str:
    recipients = [{"emailAddress": "canary@home.example", "diagnosticCode": "smtp; 550 canary"}]
    return event("Bounce", name, bounce={"bounceType": kind, "bouncedRecipients": recipients})


def complaint(**parts: str) -> str:
    return event("Complaint", complaint={"complainedRecipients": [], **parts})


NOTHING = Feedback(News.NOTHING, ID)
UNSURE = Feedback(News.BOUNCED, ID, NotReached.UNSURE)
PERMANENT = Feedback(News.BOUNCED, ID, NotReached.PERMANENT, suppress=True)
COMPLAINT = Feedback(News.BOUNCED, ID, NotReached.COMPLAINT, suppress=True)

CASES = [
    (bounce("Permanent"), PERMANENT),
    (bounce("Permanent", "notificationType"), PERMANENT),
    (bounce("Transient"), UNSURE),
    (bounce("Undetermined"), UNSURE),
    (bounce("canary"), UNSURE),
    (complaint(complaintFeedbackType="abuse"), COMPLAINT),
    (complaint(), COMPLAINT),
    (complaint(complaintFeedbackType="not-spam"), NOTHING),
    (event("Delivery", delivery={}), Feedback(News.DELIVERED, ID)),
    (event("Delivery", "notificationType", delivery={}), Feedback(News.DELIVERED, ID)),
    (event("Reject", reject={"reason": "Bad content"}), UNSURE),
    (event("Rendering Failure", failure={}), UNSURE),
    (event("DeliveryDelay", deliveryDelay={"delayType": "MailboxFull"}), NOTHING),
    *((event(kind), NOTHING) for kind in ("Send", "Open", "Click", "Subscription")),
]


@pytest.mark.parametrize(("body", "expected"), CASES)
def test_it_reads_what_ses_says_raw_or_in_an_envelope_of_sns(body: str, expected: Feedback) -> None:
    assert feedback_of(body) == expected
    envelope = {"Type": "Notification", "MessageId": "other", "TopicArn": "arn:aws:sns:t", "Message": body}
    assert feedback_of(json.dumps(envelope)) == expected


@pytest.mark.parametrize(
    "body",
    [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        json.dumps({"Type": "Notification", "Message": "Successfully validated SNS topic for Amazon SES."}),
        json.dumps({"Type": "SubscriptionConfirmation", "Message": "canary", "SubscribeURL": "https://x"}),
        json.dumps({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "canary"}),
    ],
)
def test_it_needs_nothing_from_services_that_say_they_are_set_up(body: str) -> None:
    assert feedback_of(body) is None


@pytest.mark.parametrize(
    "body",
    [
        *("", "canary", "null", "[]", "7", '"canary"', "{}", "[" * 100_000, '{"a":' * 100_000, "\ud800"),
        json.dumps({"eventType": "Bounce"}),
        json.dumps({"eventType": "Bounce", "mail": MAIL}),
        json.dumps({"eventType": "Bounce", "mail": MAIL, "bounce": ["Permanent"]}),
        json.dumps({"eventType": "Complaint", "mail": MAIL, "complaint": None}),
        json.dumps({"eventType": "Delivery", "mail": "canary"}),
        json.dumps({"eventType": "Delivery", "mail": {"messageId": 7}}),
        json.dumps({"eventType": "Delivery", "mail": {"messageId": "x" * 5000}}),
        json.dumps({"eventType": "Delivery", "mail": {"messageId": "a'; DROP TABLE cases"}}),
        json.dumps({"eventType": ["Bounce"], "mail": MAIL}),
        json.dumps({"Type": "Notification", "Message": "canary"}),
        json.dumps({"Records": [{"s3": {"object": {"key": "canary"}}}]}),
    ],
)
def test_it_reads_nothing_into_what_is_no_feedback(body: str) -> None:
    with pytest.raises(Unreadable) as caught:
        feedback_of(body)
    assert "canary" not in str(caught.value)
