"""What `doctor` says of Amazon SES: what is well, and what to do about what is not."""

from __future__ import annotations

import json

import boto3
import pytest

from consult_bot.cli.look_at_ses import Found, looked_at_ses
from tests.mail_aws import REGION, Scripted, aws, point_at

__all__ = ["aws"]

FROM = "Riverside Care <care@riverside.example>"


def looked(options: str = "", sender: str = FROM) -> list[Found]:
    return list(looked_at_ses(f"ses://{REGION}{options}", sender))


def remedies(found: list[Found]) -> str:
    return "\n".join(remedy for _, remedy in found if remedy)


def test_it_finds_the_configuration_set_and_the_queue_and_an_unverified_sender(aws: str) -> None:
    boto3.client("sqs", region_name=REGION).create_queue(QueueName="feedback")
    ses = boto3.client("sesv2", region_name=REGION)
    ses.create_configuration_set(ConfigurationSetName="care")  # moto's send nothing, whatever one asks
    ses.create_email_identity(EmailIdentity="riverside.example")  # moto's wait for their DNS records for ever
    found = dict(looked("?configuration_set=care&feedback=feedback"))
    assert "Verify the domain of MAIL_FROM" in found["SES does not know that MAIL_FROM is yours."]
    assert "Turn sending on" in str(found["The configuration set sends nothing."])
    assert found["The queue of SES's feedback can be reached."] is None


def test_it_says_what_is_not_there(aws: str) -> None:
    told = remedies(looked("?configuration_set=canary&feedback=canary"))
    assert "There is no such configuration set" in told and "feedback in MAIL" in told
    assert "Add feedback=<SQS queue> to MAIL" in remedies(looked())
    assert "canary" not in told


@pytest.mark.parametrize(
    ("account", "told", "remedy"),
    [
        ({"SendingEnabled": True, "ProductionAccessEnabled": True}, "SES sends for this account.", ""),
        ({"SendingEnabled": True, "ProductionAccessEnabled": False}, "verified addresses only", "production"),
        ({"SendingEnabled": False}, "SES does not send for this account.", "Account dashboard"),
    ],
)
def test_it_looks_whether_the_account_may_send(
    monkeypatch: pytest.MonkeyPatch, account: dict[str, bool], told: str, remedy: str
) -> None:
    with Scripted(
        [(200, "", json.dumps({**account, "VerifiedForSendingStatus": True}))]
    ).serving() as endpoint:
        point_at(monkeypatch, endpoint)
        (about, advice), sender, configuration_set, *_ = looked("?configuration_set=care")
    assert told in about and remedy in (advice or "")
    assert sender == ("SES lets you send from MAIL_FROM.", None)
    assert configuration_set == ("SES knows the configuration set.", None)


def test_it_says_what_to_do_where_aws_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted([(403, "UnrecognizedClientException", "canary")]).serving() as endpoint:
        point_at(monkeypatch, endpoint)
        found = looked()
    assert "AWS answers “UnrecognizedClientException” about the sender." in dict(found)
    assert "AWS_ACCESS_KEY_ID" in remedies(found) and "canary" not in str(found)


def test_it_has_nothing_to_say_of_other_mail() -> None:
    assert list(looked_at_ses("smtp://mail.example?starttls", FROM)) == []
