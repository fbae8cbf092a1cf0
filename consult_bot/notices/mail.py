"""Mail: letters as email, into a folder or to a mail server."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import smtplib
import ssl
import time
from contextlib import suppress
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, localtime, parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from consult_bot.case.email_address import NotAnAddress, as_sent
from consult_bot.case.words import Words
from consult_bot.notices.letter import Letter

TIMEOUT_SECONDS = 10
SMTP_PORT = 25
SUBMISSION_PORT = 587
SMTPS_PORT = 465


class MailDown(Exception):
    """The letter could not be handed over now. Trying again can help; the recipient is not at fault.

    `maybe_sent`: the server may have the letter, because its answer was lost, so that a repeat may arrive twice. `smtp_code` is
    None where the server never answered.
    """

    def __init__(self, what: str, *, smtp_code: int | None = None, maybe_sent: bool = False) -> None:
        super().__init__(what if smtp_code is None else f"{what} (SMTP {smtp_code})")
        self.smtp_code = smtp_code
        self.maybe_sent = maybe_sent


class MailRefused(Exception):
    """The server will never take a letter to this address. Trying again cannot help: call the patient instead."""

    def __init__(self, smtp_code: int | None = None) -> None:
        why = "it cannot be an email address" if smtp_code is None else f"SMTP {smtp_code}"
        super().__init__(f"The letter to this address was refused: {why}")
        self.smtp_code = smtp_code


class Mail(Protocol):
    """Somewhere letters go."""

    def send(self, message: EmailMessage) -> str:
        """Hand the letter over; return the Message-ID under which it went. Raises MailDown or MailRefused."""
        ...


def mail_from_url(url: str) -> Mail:
    """Return the mail of the MAIL setting: `file:<folder>`, `smtp://…[?starttls]` or `smtps://…`. Raises ValueError."""
    if url.startswith("file:"):
        return FolderMail(Path(re.sub(r"^//(?=/)", "", url.removeprefix("file:"))))
    parts = urlsplit(url)
    if parts.scheme in {"smtp", "smtps"} and parts.hostname:
        return SmtpMail(parts)
    raise ValueError("MAIL must start with file:, smtp:// or smtps://")


def compose(letter: Letter, sender: str, to: Words, delivery_id: str) -> EmailMessage:
    """Return the email, plain text and HTML. Raises MailRefused where `to` is not exactly one address.

    Its Message-ID is the same at every call for one delivery, so that mail programs can tell a repeat.
    """
    email = EmailMessage(policy=policy.SMTP)
    email["Subject"] = letter.subject
    email["From"] = sender
    email["To"] = _recipient(to)
    email["Date"] = format_datetime(localtime())
    email["Message-ID"] = _message_id(letter, sender, delivery_id)
    # RFC 3834: answering machines keep quiet; the second header is what Exchange understands.
    email["Auto-Submitted"] = "auto-generated"
    email["X-Auto-Response-Suppress"] = "All"
    email.set_content(letter.text)
    email.add_alternative(letter.html, subtype="html")
    return email


def _message_id(letter: Letter, sender: str, delivery_id: str) -> str:
    """Tell deliveries of different databases apart as well, by the link in the letter: their ids count from 1."""
    distinct = hashlib.sha256(letter.text.encode()).hexdigest()[:24]
    return f"<{delivery_id}.{distinct}@{_domain(sender)}>"


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


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"


class FolderMail:
    """Writes each letter as a file whose name sorts by time: the sandbox's mailbox, and a way to try things out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage) -> str:
        """Write the letter, whole or not at all; return its Message-ID. Raises MailDown where the disk refuses."""
        name = f"{time.time_ns():020d}-{secrets.token_hex(4)}.eml"
        draft = self._folder / f".{name}.draft"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(message.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._folder / name)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            raise MailDown(f"The mail folder cannot be written: {type(error).__name__}") from None
        return str(message["Message-ID"])


class SmtpMail:
    """Hands letters to a mail server, one connection each: a practice sends a few dozen a day."""

    def __init__(self, server: SplitResult) -> None:
        self._host = server.hostname or ""
        self._implicit_tls = server.scheme == "smtps"
        self._starttls = server.query == "starttls"
        usual = SMTPS_PORT if self._implicit_tls else SUBMISSION_PORT if self._starttls else SMTP_PORT
        self._port = server.port or usual
        self._user = unquote(server.username or "")
        self._password = unquote(server.password or "")

    def send(self, message: EmailMessage) -> str:
        """Send the letter; return its Message-ID.

        Raises MailDown for no connection, no TLS, a wrong password, a refused sender, a 4xx answer or a lost one;
        MailRefused for a 5xx answer about the recipient or the letter. Neither quotes the server, whose answers
        quote the address.
        """
        client = self._connected(_domain(str(message["From"])))
        try:
            _hand_over(client, message)
        finally:
            # The letter is in or it is not; a server that stumbles over the goodbye changes nothing.
            with suppress(OSError, smtplib.SMTPException):
                client.quit()
            client.close()
        return str(message["Message-ID"])

    def _connected(self, our_name: str) -> smtplib.SMTP:
        """Return a connection that is ready for a letter."""
        client: smtplib.SMTP | None = None
        try:
            client = self._opened(our_name)
            if self._starttls:
                client.starttls(context=ssl.create_default_context())
            if self._user:
                client.login(self._user, self._password)
            return client
        except (OSError, smtplib.SMTPException) as error:
            if client:
                client.close()
            raise MailDown(
                f"The mail server is not ready: {type(error).__name__}", smtp_code=_code(error)
            ) from None

    def _opened(self, our_name: str) -> smtplib.SMTP:
        if self._implicit_tls:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(
                self._host, self._port, our_name, timeout=TIMEOUT_SECONDS, context=context
            )
        return smtplib.SMTP(self._host, self._port, our_name, timeout=TIMEOUT_SECONDS)


def _hand_over(client: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        client.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        raise _judged(max(code for code, _ in error.recipients.values())) from None
    except smtplib.SMTPDataError as error:
        raise _judged(error.smtp_code) from None
    except smtplib.SMTPNotSupportedError:
        raise MailRefused from None  # an address with letters beyond ASCII, and a server without SMTPUTF8
    except smtplib.SMTPResponseException as error:
        raise MailDown("The mail server refused the sender", smtp_code=error.smtp_code) from None
    except (OSError, smtplib.SMTPException) as error:
        raise MailDown(f"The answer was lost: {type(error).__name__}", maybe_sent=True) from None


def _judged(code: int) -> MailDown | MailRefused:
    if code >= 500:
        return MailRefused(code)
    return MailDown("The mail server asks to try again later", smtp_code=code)


def _code(error: Exception) -> int | None:
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
