"""Letters that came back, were unwanted, or arrived: read from the queue in which SES's feedback lies.

Short rounds of housekeeping, instead of a thread of their own: a round waits for one second at most where the queue is
empty, so that no other chore waits for it, and SIGTERM neither.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from consult_bot.case.patient import Patient
from consult_bot.case.verb import THE_SYSTEM, Refused, Request
from consult_bot.case.words import Words
from consult_bot.desk import Desk
from consult_bot.watch.feedback import Feedback, News, Unreadable, feedback_of
from storage.aws_mail import FEEDBACK, client, code_of, is_of_aws, options_of
from storage.letters import SentLetter
from storage.store import Store

AT_ONCE = 10
"""The most that SQS hands out."""
WAIT_SECONDS = 1
"""Anything above 0 makes SQS look at all of its machines, not only at some."""
ROUND_SECONDS = 5.0
SET_ASIDE_SECONDS = 30
PATIENCE = 20
"""What nobody can use after being set aside so often, ten minutes in all, is dropped. A letter's id is noted within
seconds, or, where a worker died over it, never: then the letter goes out again under another one."""

REMEDY = (
    "Check feedback in MAIL, and that this machine may receive and delete the messages of that SQS queue; "
    "consult-bot doctor looks at it."
)

log = logging.getLogger(__name__)


class Bounces:
    """Tells cases what became of their letters. Any number may read one queue, in any number of processes."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        region: str,
        queue: str,
        *,
        set_aside_seconds: int = SET_ASIDE_SECONDS,
    ) -> None:
        """`queue` is the queue's URL, or its name in the same account."""
        self._store = store
        self._desk = desk
        self._region = region
        self._queue = queue
        self._set_aside_seconds = set_aside_seconds

    def hear_of_letters(self) -> None:
        """Read what lies in the queue now, for five seconds at most. Repeating is harmless."""
        until = time.monotonic() + ROUND_SECONDS
        try:
            while self.hear_some() and time.monotonic() < until:
                pass
        except Exception as error:
            if not is_of_aws(error):
                raise
            log.warning(
                "feedback on letters cannot be read", extra={"error": code_of(error), "remedy": REMEDY}
            )

    def hear_some(self) -> int:
        """Read what SQS hands out at once, and return how many messages that were. Raises what boto3 raises."""
        # What is received counts as tried, so nothing is while the database is away.
        self._store.ready()
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=AT_ONCE,
            WaitTimeSeconds=WAIT_SECONDS,
            VisibilityTimeout=self._set_aside_seconds,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        found = answer.get("Messages", [])
        for message in found:
            if self._done_with(message):
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return len(found)

    def _done_with(self, message: Mapping[str, Any]) -> bool:
        """Do what a message asks for; False where it is to be handed out again later. One cannot hurt the others."""
        try:
            feedback = feedback_of(message["Body"])
            if feedback is None or feedback.news is News.NOTHING or self._told(feedback):
                return True
            useless = "unknown_letter"
        except Unreadable:
            useless = "unreadable"
        except Exception as error:
            # Ours to mend, and no reason to lose it: SQS keeps it for days.
            log.error("feedback on a letter waits", extra={"error": type(error).__name__})
            return False
        if int(message["Attributes"]["ApproximateReceiveCount"]) < PATIENCE:
            return False
        log.warning("useless feedback on letters was dropped", extra={"kind": useless})
        return True

    def _told(self, feedback: Feedback) -> bool:
        """Tell the letter's case, once for each thing that SES says of it; False where nobody knows the letter (yet)."""
        with self._store.reading() as work:
            letter = work.letters.with_receipt(feedback.message_id)
        if letter is None:
            return False
        if feedback.suppress and feedback.reason:
            self._suppress(letter, feedback.reason)
        outcome = self._desk.handle(_request(letter, feedback))
        if isinstance(outcome, Refused):
            raise outcome.why
        log.info("heard of a letter", extra={"case": letter.number, "outcome": feedback.news.name.lower()})
        return True

    def _suppress(self, letter: SentLetter, reason: str) -> None:
        """The address is taken from the case: what a queue says must not be able to silence anybody else."""
        with self._store.writing() as work:
            address = Patient.of(work.cases.get(letter.number).submission).email
            if address:
                work.suppressions.add(address, reason, work.now())

    @cached_property
    def _sqs(self) -> Any:
        return client("sqs", self._region)

    @cached_property
    def _url(self) -> str:
        return queue_url(self._sqs, self._queue)


def bounces_of(mail: str, store: Store, desk: Desk) -> Bounces | None:
    """Return the reader of the feedback that the MAIL setting names, None where it names none."""
    url = urlsplit(mail)
    queue = options_of(url).get(FEEDBACK) if url.scheme == "ses" else None
    return Bounces(store, desk, url.hostname or "", queue) if queue else None


def queue_url(sqs: Any, queue: str) -> str:
    """Return the URL of a queue that is given by its URL or its name. Raises what boto3 raises."""
    if queue.startswith(("https://", "http://")):
        return queue
    return str(sqs.get_queue_url(QueueName=queue)["QueueUrl"])


def _request(letter: SentLetter, feedback: Feedback) -> Request:
    verb = "delivered" if feedback.news is News.DELIVERED else "bounced"
    reason = {"reason": Words(feedback.reason)} if feedback.reason else {}
    once_key = f"ses:{feedback.message_id}:{verb}:{feedback.reason or ''}"
    return Request(verb, THE_SYSTEM, letter.number, reason, about=letter.about, once_key=once_key)
