"""Letters to SES over real HTTP: what it takes, what it refuses, and whose fault that is."""

from __future__ import annotations

import email
from email import policy
from typing import Any

import boto3
import pytest
from moto.ses.models import ses_backends

from consult_bot.notices.letter import Letter
from consult_bot.notices.mail import MailDown, MailRefused, SesMail, mail_from_url
from tests.mail_aws import REGION, Scripted, aws, point_at
from tests.notices.test_mail import LETTER, PATIENT, composed

__all__ = ["aws"]

TAKEN = (200, "", '{"MessageId": "0101-ses"}')


def sent_by(region: str = REGION) -> list[Any]:
    return ses_backends["123456789012"][region].sent_messages


def test_it_hands_the_letter_to_ses_whose_id_is_the_receipt(aws: str) -> None:
    boto3.client("sesv2", region_name=REGION).create_email_identity(EmailIdentity="riverside.example")
    foreign = Letter("Antwort für Sie", "Grüße\n", "<p>Grüße</p>")
    receipt = mail_from_url(f"ses://{REGION}").send(composed(letter=foreign))
    (message,) = sent_by()
    assert receipt == message.id and "@" not in receipt
    assert message.raw_data.isascii()
    read = email.message_from_string(message.raw_data, policy=policy.default)
    assert read["To"] == PATIENT and read["Subject"] == "Antwort für Sie"
    assert read.get_body(("plain",)).get_content().strip() == "Grüße"


def test_it_names_the_configuration_set_and_no_one_else() -> None:
    assert mail_from_url("ses://us-west-2")._options == {}
    assert mail_from_url("ses://us-west-2?configuration_set=care&feedback=q")._options == {
        "ConfigurationSetName": "care"
    }


def test_it_sends_to_one_address_with_nothing_about_the_patient_beside_the_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = Scripted([TAKEN])
    with script.serving() as endpoint:
        point_at(monkeypatch, endpoint)
        assert mail_from_url(f"ses://{REGION}?configuration_set=care").send(composed()) == "0101-ses"
    (asked,) = script.asked
    assert set(asked) == {"Destination", "Content", "ConfigurationSetName"}
    assert asked["Destination"] == {"ToAddresses": [PATIENT]}


def failure(monkeypatch: pytest.MonkeyPatch, answer: tuple[int, str, str] | None) -> Exception:
    """What sending raises where SES answers this for ever; it must have been asked once."""
    script = Scripted([answer])
    with script.serving() as endpoint:
        point_at(monkeypatch, endpoint)
        with pytest.raises((MailDown, MailRefused)) as caught:
            mail_from_url(f"ses://{REGION}").send(composed())
    assert len(script.asked) == 1, "the outbox owns every retry"
    assert "canary" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("answer", "for_all", "maybe_sent", "remedy"),
    [
        ((429, "TooManyRequestsException", "canary"), True, False, None),
        ((400, "Throttling", "canary"), True, False, None),
        ((400, "SendingPausedException", "canary"), True, False, "Account dashboard"),
        ((400, "AccountSuspendedException", "canary"), True, False, "Account dashboard"),
        ((400, "MailFromDomainNotVerifiedException", "canary"), True, False, "MX record"),
        (
            (404, "NotFoundException", "Configuration set <canary> does not exist"),
            True,
            False,
            "configuration",
        ),
        ((403, "AccessDeniedException", "canary"), True, False, "ses:SendEmail"),
        ((403, "UnrecognizedClientException", "canary"), True, False, "AWS_ACCESS_KEY_ID"),
        ((400, "MessageRejected", "Email address is not verified: canary"), False, False, "Verify"),
        ((400, "BadRequestException", "canary"), False, False, "MAIL_FROM"),
        ((503, "ServiceUnavailable", "canary"), True, False, "region"),
        ((500, "InternalFailure", "canary"), True, True, None),
        ((200, "", "{}"), False, True, None),
        (None, True, True, None),
    ],
)
def test_it_keeps_the_letter_whatever_is_not_the_recipient_s_fault(
    monkeypatch: pytest.MonkeyPatch,
    answer: tuple[int, str, str] | None,
    for_all: bool,
    maybe_sent: bool,
    remedy: str | None,
) -> None:
    error = failure(monkeypatch, answer)
    assert isinstance(error, MailDown)
    assert (error.for_all, error.maybe_sent) == (for_all, maybe_sent)
    assert error.remedy is None if remedy is None else remedy in str(error.remedy)


@pytest.mark.parametrize("words", ["Illegal address", "Missing final '@domain'", "Domain contains dot-dot"])
def test_it_gives_up_only_an_address_that_can_be_none(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    assert isinstance(failure(monkeypatch, (400, "BadRequestException", words)), MailRefused)


def test_it_is_down_and_has_sent_nothing_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, "http://127.0.0.1:9")
    mail = mail_from_url(f"ses://{REGION}")
    assert isinstance(mail, SesMail)
    with pytest.raises(MailDown) as caught:
        mail.send(composed(letter=LETTER))
    assert not caught.value.maybe_sent and caught.value.for_all
    assert "AWS_ENDPOINT_URL" in str(caught.value.remedy)
