"""What has to be right about Amazon SES: the account, the sender, the configuration set, and the queue of its feedback."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from consult_bot.notices.mail.ses_trouble import ACCOUNT, CONFIGURATION, CREDENTIALS, VERIFY
from consult_bot.watch.bounces import queue_url
from storage.aws_mail import CONFIGURATION_SET, FEEDBACK, client, code_of, is_of_aws, options_of

Found = tuple[str, str | None]
"""What was looked at, and what to do about it; None where it is well."""

ONLY_VERIFIED = (
    "Ask for production access in the SES console: until then letters reach verified addresses only."
)
NO_FEEDBACK = (
    "Add feedback=<SQS queue> to MAIL, and send the configuration set's bounces, complaints, rejects and deliveries there "
    "through SNS: without it nobody learns of letters that come back."
)
QUEUE = "Check feedback in MAIL, and allow sqs:ReceiveMessage, DeleteMessage and GetQueueAttributes on that queue."
SET_PAUSED = "Turn sending on for the configuration set, in the SES console."
ASK = f"{CREDENTIALS} Looking at SES needs ses:GetAccount, GetEmailIdentity and GetConfigurationSet."
NOT_FOUND = "NotFoundException"


def looked_at_ses(mail: str, mail_from: str) -> Iterator[Found]:
    """Yield what was found, nothing where MAIL is not `ses://`. Sends no letter and takes nothing out of the queue."""
    url = urlsplit(mail)
    if url.scheme != "ses":
        return
    options = options_of(url)
    ses = client("sesv2", url.hostname or "")
    yield from _asked(lambda: _account(ses), "SES's account", ASK)
    yield from _asked(lambda: _sender(ses, parseaddr(mail_from)[1]), "the sender", ASK)
    if name := options.get(CONFIGURATION_SET):
        yield from _asked(lambda: _configuration_set(ses, name), "the configuration set", CONFIGURATION)
    if queue := options.get(FEEDBACK):
        yield from _asked(lambda: _queue(url.hostname or "", queue), "the queue of SES's feedback", QUEUE)
    else:
        yield "Nobody reads which letters come back.", NO_FEEDBACK


def _asked(look: Any, what: str, remedy: str) -> Iterator[Found]:
    try:
        yield look()
    except Exception as error:
        if not is_of_aws(error):
            raise
        yield f"AWS answers “{code_of(error)}” about {what}.", remedy


def _account(ses: Any) -> Found:
    account = ses.get_account()
    if not account.get("SendingEnabled"):
        return "SES does not send for this account.", ACCOUNT
    if not account.get("ProductionAccessEnabled"):
        return "SES sends to verified addresses only.", ONLY_VERIFIED
    return "SES sends for this account.", None


def _sender(ses: Any, address: str) -> Found:
    """An address may be verified by itself, or by its domain."""
    identities = (_identity(ses, name) for name in (address, address.rpartition("@")[2]))
    if any(each.get("VerifiedForSendingStatus") for each in identities):
        return "SES lets you send from MAIL_FROM.", None
    return "SES does not know that MAIL_FROM is yours.", VERIFY


def _identity(ses: Any, name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = ses.get_email_identity(EmailIdentity=name)
        return found
    except Exception as error:
        if code_of(error) == NOT_FOUND:
            return {}
        raise


def _configuration_set(ses: Any, name: str) -> Found:
    found = ses.get_configuration_set(ConfigurationSetName=name)
    if not found.get("SendingOptions", {}).get("SendingEnabled", True):
        return "The configuration set sends nothing.", SET_PAUSED
    return "SES knows the configuration set.", None


def _queue(region: str, queue: str) -> Found:
    sqs = client("sqs", region)
    sqs.get_queue_attributes(QueueUrl=queue_url(sqs, queue), AttributeNames=["QueueArn"])
    return "The queue of SES's feedback can be reached.", None
