"""What becomes of letters, from SES through SNS and SQS into the case: moto's server over real HTTP."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.ses.models import ses_backends
from slack_sdk import WebClient
from sqlalchemy import select, update

from consult_bot.case.words import Words
from consult_bot.notices.mail import mail_from_url
from consult_bot.notices.sending import Office
from consult_bot.slack.send import SlackSender
from consult_bot.watch.bounces import PATIENCE, Bounces, bounces_of
from consult_bot.worker import Worker
from storage import tables
from tests.builders import ANA, ANSWERS, PRACTICE, World
from tests.commands.outcomes import happened
from tests.mail_aws import REGION, aws
from tests.watch.test_feedback import MAIL

__all__ = ["aws"]

ADDRESS = Words(ANSWERS["email"])
OUTBOX = tables.deliveries
LINK = re.compile(r"/p/(?:[\w-]|=\r?\n)+")
"""What is random in a letter, broken over lines as mail breaks them: one in fifty holds any two letters given."""


class Clinic:
    """A practice that mails through SES, and the queue in which it hears what became of its letters."""

    def __init__(self, world: World) -> None:
        self.world = world
        boto3.client("sesv2", region_name=REGION).create_email_identity(EmailIdentity="example.org")
        self._sns = boto3.client("sns", region_name=REGION)
        self._sqs = boto3.client("sqs", region_name=REGION)
        self.queue = self._sqs.create_queue(QueueName="feedback")["QueueUrl"]
        self._topics = {raw: self._topic(raw) for raw in (False, True)}
        office = Office(
            store=world.store,
            practice=PRACTICE,
            slack=SlackSender(WebClient(base_url="http://127.0.0.1:9/api/", retry_handlers=[])),
            mail=mail_from_url(f"ses://{REGION}?configuration_set=care&feedback=feedback"),
            mail_from="care@example.org",
            public_url="https://consult.example.org",
        )
        self.worker = Worker(world.store, world.desk, office)
        self.bounces = self.reader()

    def _topic(self, raw: bool) -> str:
        topic: str = self._sns.create_topic(Name=f"raw-{raw}")["TopicArn"]
        queue = "arn:aws:sqs:us-west-2:123456789012:feedback"
        attributes = {"RawMessageDelivery": str(raw).lower()}
        self._sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=attributes)
        return topic

    def reader(self) -> Bounces:
        """Another worker's reader; what it sets aside is handed out again at once."""
        return Bounces(self.world.store, self.world.desk, REGION, "feedback", set_aside_seconds=0)

    def send_letters(self) -> None:
        """Let the worker send every letter whose time has come."""
        self.world.advance(minutes=1)
        while self.waiting_letters():
            self.worker.work_once()

    def waiting_letters(self) -> int:
        with self.world.store.reading() as work:
            return len(
                work.connection.execute(
                    select(OUTBOX.c.id).where(OUTBOX.c.kind == "letter", OUTBOX.c.status == "waiting")
                ).all()
            )

    def letters(self, number: int) -> list[Any]:
        """The rows of the case's letters, the newest last."""
        with self.world.store.reading() as work:
            rows = select(OUTBOX).where(OUTBOX.c.kind == "letter", OUTBOX.c.number == number)
            return list(work.connection.execute(rows.order_by(OUTBOX.c.id)).all())

    def receipt(self, number: int) -> str:
        return str(self.letters(number)[-1].receipt)

    def hear(
        self, kind: str, message_id: str, *, raw: bool = False, name: str = "eventType", **what: Any
    ) -> None:
        """Let SES say this of a letter."""
        part = {"Rendering Failure": "failure"}.get(kind, kind[0].lower() + kind[1:])
        told = {name: kind, "mail": {**MAIL, "messageId": message_id}, part: what}
        self._sns.publish(TopicArn=self._topics[raw], Message=json.dumps(told))

    def put(self, body: str) -> None:
        self._sqs.send_message(QueueUrl=self.queue, MessageBody=body)

    def left(self) -> int:
        """How many messages lie in the queue."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self._sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)["Attributes"]
        return sum(int(found[each]) for each in names)

    def suppressed(self, address: Words = ADDRESS) -> str | None:
        with self.world.store.reading() as work:
            return work.suppressions.reason(address)

    def calls(self, number: int) -> int:
        return sum(task.kind == "call" for task in self.world.case(number).open_tasks)

    def advised(self) -> int:
        number = self.world.submit().number
        self.world.did("claim", ANA, number)
        self.world.advise(ANA, number)
        self.send_letters()
        return number


@pytest.fixture
def clinic(aws: str, sqlite_world: World) -> Iterator[Clinic]:
    yield Clinic(sqlite_world)


def test_it_sends_letters_whose_receipt_is_the_id_of_ses_and_that_say_nothing_of_health(
    clinic: Clinic,
) -> None:
    number = clinic.advised()
    sent = ses_backends["123456789012"][REGION].sent_messages
    assert [row.receipt for row in clinic.letters(number)] == [message.id for message in sent]
    assert {row.status for row in clinic.letters(number)} == {"sent"} and len(sent) == 2
    raw = LINK.sub("", "".join(message.raw_data for message in sent))
    for canary in ("rash", "Zarbex ", "Quillon", "skin", "fever", "2024-05-01", "WA"):
        assert canary not in raw


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("name", ["eventType", "notificationType"])
def test_it_marks_what_arrived_and_tells_the_thread_nothing(clinic: Clinic, raw: bool, name: str) -> None:
    number = clinic.advised()
    for _ in range(2):
        clinic.hear("Delivery", clinic.receipt(number), raw=raw, name=name)
    clinic.bounces.hear_of_letters()
    assert clinic.world.case(number).advice.delivered_at is not None
    assert happened(clinic.world, number).count("delivered") == 1
    assert clinic.calls(number) == 0 and clinic.suppressed() is None and clinic.left() == 0


@pytest.mark.parametrize(
    ("kind", "what", "reason"),
    [
        ("Bounce", {"bounceType": "Permanent", "bounceSubType": "General"}, "permanent"),
        ("Complaint", {"complaintFeedbackType": "abuse"}, "complaint"),
    ],
)
def test_it_suppresses_the_address_and_has_somebody_call_once(
    clinic: Clinic, kind: str, what: dict[str, str], reason: str
) -> None:
    number = clinic.advised()
    for raw in (False, True, False):
        clinic.hear(kind, clinic.receipt(number), raw=raw, **what)
    clinic.bounces.hear_of_letters()
    assert clinic.suppressed() == reason and clinic.suppressed(Words("other@example.org")) is None
    assert happened(clinic.world, number)[-2:] == ["bounced", "task_opened"]
    assert happened(clinic.world, number).count("bounced") == 1
    assert clinic.calls(number) == 1 and clinic.left() == 0


def test_it_stores_no_address_with_a_suppression(clinic: Clinic, tmp_path: Path) -> None:
    number = clinic.advised()
    clinic.hear("Bounce", clinic.receipt(number), bounceType="Permanent")
    clinic.bounces.hear_of_letters()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("consult.db*"))
    assert b"zarbex" not in stored.lower() and b"home.example" not in stored


def test_it_sends_no_more_letters_to_a_suppressed_address_and_the_case_knows(clinic: Clinic) -> None:
    number = clinic.advised()
    clinic.hear("Bounce", clinic.receipt(number), bounceType="Permanent")
    clinic.bounces.hear_of_letters()
    sent = len(ses_backends["123456789012"][REGION].sent_messages)
    clinic.world.did("ask", ANA, number, question="Since when?")
    clinic.send_letters()
    assert len(ses_backends["123456789012"][REGION].sent_messages) == sent
    assert clinic.letters(number)[-1].status == "dead"
    assert clinic.world.case(number).messages[-1].bounced_at is not None
    assert happened(clinic.world, number).count("bounced") == 2
    assert clinic.calls(number) == 1

    other = clinic.world.submit().number
    clinic.send_letters()
    assert clinic.calls(other) == 1 and clinic.letters(other)[-1].receipt is None


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_it_has_somebody_call_where_ses_gave_up_and_still_writes_there(clinic: Clinic, kind: str) -> None:
    number = clinic.advised()
    clinic.hear("Bounce", clinic.receipt(number), bounceType=kind, bounceSubType="MailboxFull")
    clinic.bounces.hear_of_letters()
    assert clinic.calls(number) == 1 and clinic.suppressed() is None


def test_it_takes_no_answering_machine_for_a_bounce(clinic: Clinic) -> None:
    number = clinic.advised()
    first, last = (row.receipt for row in clinic.letters(number))
    clinic.hear("Delivery", last)
    clinic.bounces.hear_of_letters()
    for letter in (first, last):
        clinic.hear("Bounce", letter, bounceType="Transient", bounceSubType="General")
    clinic.bounces.hear_of_letters()
    assert "bounced" not in happened(clinic.world, number) and clinic.left() == 0


def test_it_stays_bounced_when_the_delivery_is_heard_of_later(clinic: Clinic) -> None:
    number = clinic.advised()
    clinic.hear("Bounce", clinic.receipt(number), bounceType="Permanent")
    clinic.bounces.hear_of_letters()
    clinic.hear("Delivery", clinic.receipt(number))
    clinic.bounces.hear_of_letters()
    advice = clinic.world.case(number).advice
    assert advice.bounced_at is not None and advice.delivered_at is None


def test_it_does_nothing_while_ses_still_tries(clinic: Clinic) -> None:
    number = clinic.advised()
    before = happened(clinic.world, number)
    clinic.hear("DeliveryDelay", clinic.receipt(number), delayType="MailboxFull")
    clinic.bounces.hear_of_letters()
    assert happened(clinic.world, number) == before and clinic.left() == 0


def test_it_waits_for_the_worker_that_has_not_noted_the_letter_yet(clinic: Clinic) -> None:
    number = clinic.advised()
    receipt = clinic.receipt(number)
    note(clinic, number, None)
    clinic.hear("Bounce", receipt, bounceType="Permanent")
    assert clinic.bounces.hear_some() == 1
    assert clinic.calls(number) == 0 and clinic.left() == 1
    note(clinic, number, receipt)
    clinic.bounces.hear_some()
    assert clinic.calls(number) == 1 and clinic.left() == 0


def note(clinic: Clinic, number: int, receipt: str | None) -> None:
    """Set the receipt of the newest letter, as its worker does when the transaction commits."""
    with clinic.world.store.writing() as work:
        newest = OUTBOX.c.id == clinic.letters(number)[-1].id
        work.connection.execute(update(OUTBOX).where(newest).values(receipt=receipt))


HOSTILE = (
    "canary parent.zarbex@example.org",
    "[" * 50_000,
    json.dumps({"eventType": "Bounce", "mail": MAIL, "bounce": {"bounceType": "Permanent"}}),
    json.dumps({"eventType": "Bounce", "mail": {"messageId": "' OR 1=1 --"}, "bounce": {}}),
)


def test_it_drops_what_nobody_can_use_after_a_while_and_blocks_nothing(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    number = clinic.advised()
    for body in HOSTILE:
        clinic.put(body)
    clinic.hear("Bounce", clinic.receipt(number), bounceType="Permanent")
    clinic.bounces.hear_some()
    assert clinic.calls(number) == 1 and clinic.left() == len(HOSTILE)
    for _ in range(PATIENCE):
        clinic.bounces.hear_some()
    assert clinic.left() == 0
    said = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert said.count("was dropped") >= len(HOSTILE)
    assert "canary" not in said and "zarbex" not in said.lower()


def test_it_reads_one_queue_with_two_workers_and_tells_each_thing_once(clinic: Clinic) -> None:
    numbers = [clinic.advised() for _ in range(6)]
    for number in numbers:
        for raw in (False, True):
            clinic.hear("Bounce", clinic.receipt(number), raw=raw, bounceType="Permanent")
    readers = [clinic.reader() for _ in range(2)]
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda reader: reader.hear_of_letters(), readers))
    clinic.bounces.hear_of_letters()
    assert [happened(clinic.world, number).count("bounced") for number in numbers] == [1] * 6
    assert [clinic.calls(number) for number in numbers] == [1] * 6 and clinic.left() == 0


def test_it_keeps_the_news_where_the_case_cannot_be_told_now(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = clinic.advised()
    clinic.hear("Bounce", clinic.receipt(number), bounceType="Permanent")
    with monkeypatch.context() as broken:
        broken.setattr(clinic.world.desk, "handle", lambda request: 1 / 0)
        clinic.bounces.hear_some()
    assert clinic.left() == 1 and clinic.calls(number) == 0
    clinic.bounces.hear_some()
    assert clinic.left() == 0 and clinic.calls(number) == 1


def test_it_says_what_to_do_where_the_queue_is_not_there(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    lost = bounces_of(f"ses://{REGION}?feedback=canary", clinic.world.store, clinic.world.desk)
    assert lost is not None
    lost.hear_of_letters()
    (record,) = [each for each in caplog.records if each.getMessage() == "feedback on letters cannot be read"]
    assert "feedback in MAIL" in record.remedy and "canary" not in str(vars(record))


@pytest.mark.parametrize("mail", ["file:var/mail", "smtp://mail.example?starttls", f"ses://{REGION}"])
def test_it_has_nothing_to_read_where_no_queue_is_named(mail: str, sqlite_world: World) -> None:
    assert bounces_of(mail, sqlite_world.store, sqlite_world.desk) is None
