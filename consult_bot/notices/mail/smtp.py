"""Letters to a mail server, by SMTP."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote

from consult_bot.notices.mail.compose import domain_of
from consult_bot.notices.mail.errors import MailDown, MailRefused

TIMEOUT_SECONDS = 10
SMTP_PORT = 25
SUBMISSION_PORT = 587
SMTPS_PORT = 465


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
        client = self._connected(domain_of(str(message["From"])))
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
