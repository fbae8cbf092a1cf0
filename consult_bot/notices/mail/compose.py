"""The email that a letter becomes: to exactly one address, the same Message-ID at every attempt."""

from __future__ import annotations

import hashlib
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, localtime, parseaddr

from consult_bot.case.email_address import NotAnAddress, as_sent
from consult_bot.case.words import Words
from consult_bot.notices.letter import Letter
from consult_bot.notices.mail.errors import MailRefused


def compose(letter: Letter, sender: str, to: Words, delivery_id: str, link: str = "") -> EmailMessage:
    """Return the email, plain text and HTML. Raises MailRefused where `to` is not exactly one address.

    Its Message-ID is the same at every call for one delivery and link, so that mail programs can tell a repeat, also where
    a promise in the text has passed since. A letter without a link is told by its text.
    """
    email = EmailMessage(policy=policy.SMTP)
    email["Subject"] = letter.subject
    email["From"] = sender
    email["To"] = _recipient(to)
    email["Date"] = format_datetime(localtime())
    email["Message-ID"] = _message_id(link or letter.text, sender, delivery_id)
    # RFC 3834: answering machines keep quiet; the second header is what Exchange understands.
    email["Auto-Submitted"] = "auto-generated"
    email["X-Auto-Response-Suppress"] = "All"
    email.set_content(letter.text)
    email.add_alternative(letter.html, subtype="html")
    return email


def _message_id(distinct: str, sender: str, delivery_id: str) -> str:
    """Tell deliveries of different databases apart as well, whose ids all count from 1. Nobody can read the link from it."""
    digest = hashlib.sha256(distinct.encode()).hexdigest()[:24]
    return f"<{delivery_id}.{digest}@{domain_of(sender)}>"


def _recipient(to: Words) -> str:
    """Return the address, refusing whatever could add a header or a second recipient."""
    try:
        address = as_sent(to.reveal())
    except NotAnAddress:
        raise MailRefused from None
    written = policy.SMTP.fold("To", policy.SMTP.header_factory("To", address))
    # What is written is what counts: the library decodes and encodes on the way.
    if written.removeprefix("To:").replace("\r\n", "").strip() != address:
        raise MailRefused
    return address


def domain_of(sender: str) -> str:
    """Return the domain of a sender's address."""
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"
