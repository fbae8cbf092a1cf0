"""Mail: letters as email, into a folder, to a mail server or to Amazon SES."""

from __future__ import annotations

import re
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from consult_bot.notices.mail.compose import compose
from consult_bot.notices.mail.errors import MailDown, MailRefused, Suppressed
from consult_bot.notices.mail.folder import FolderMail
from consult_bot.notices.mail.ses import SesMail
from consult_bot.notices.mail.smtp import SmtpMail

__all__ = [
    "FolderMail",
    "Mail",
    "MailDown",
    "MailRefused",
    "SesMail",
    "SmtpMail",
    "Suppressed",
    "compose",
    "mail_from_url",
]


class Mail(Protocol):
    """Somewhere letters go."""

    def send(self, message: EmailMessage) -> str:
        """Hand the letter over; return what the other side calls it: the receipt. Raises MailDown or MailRefused."""
        ...


def mail_from_url(url: str) -> Mail:
    """Return the mail of the MAIL setting: `file:<folder>`, `smtp://…[?starttls]`, `smtps://…` or `ses://<region>`.

    Nothing is asked yet. Raises ValueError.
    """
    if url.startswith("file:"):
        return FolderMail(Path(re.sub(r"^//(?=/)", "", url.removeprefix("file:"))))
    parts = urlsplit(url)
    if parts.scheme in {"smtp", "smtps"} and parts.hostname:
        return SmtpMail(parts)
    if parts.scheme == "ses" and parts.hostname:
        return SesMail(parts)
    raise ValueError("MAIL must start with file:, smtp://, smtps:// or ses://")
