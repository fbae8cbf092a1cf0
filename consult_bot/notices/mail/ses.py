"""Letters to Amazon SES, by its API. SES puts a Message-ID of its own in place of ours: that one is the receipt."""

from __future__ import annotations

from email.message import EmailMessage
from functools import cached_property
from typing import Any
from urllib.parse import SplitResult

from consult_bot.notices.mail.errors import MailDown
from consult_bot.notices.mail.ses_trouble import judged
from storage.aws_mail import CONFIGURATION_SET, client, options_of


class SesMail:
    """Hands letters to SES in one region. Safe to share between threads; asks once, because the outbox owns every retry."""

    def __init__(self, ses: SplitResult) -> None:
        self._region = ses.hostname or ""
        name = options_of(ses).get(CONFIGURATION_SET)
        self._options = {"ConfigurationSetName": name} if name else {}

    def send(self, message: EmailMessage) -> str:
        """Send the letter; return the id that SES gives it, which its feedback names.

        Raises MailDown where SES cannot be reached or asked, where it refuses us or the letter, and where its answer was
        lost or names no id; MailRefused where it says that the address can be none.
        """
        try:
            answer = self._ses.send_email(
                Destination={"ToAddresses": [str(message["To"])]},
                Content={"Raw": {"Data": _plain_ascii(message)}},
                **self._options,
            )
        except Exception as error:
            raise judged(error) from None
        if not answer.get("MessageId"):
            raise MailDown("SES gave the letter no id", maybe_sent=True, for_all=False)
        return str(answer["MessageId"])

    @cached_property
    def _ses(self) -> Any:
        return client("sesv2", self._region)


def _plain_ascii(message: EmailMessage) -> bytes:
    """The email in seven bits, as SES wants it: its body is encoded where it has other letters."""
    return message.as_bytes(policy=message.policy.clone(cte_type="7bit"))
