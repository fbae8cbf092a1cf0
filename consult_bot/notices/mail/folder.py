"""Letters as files in a folder: the sandbox's mailbox, and a way to try things out."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

from consult_bot.notices.mail.errors import MailDown


class FolderMail:
    """Writes each letter as a file whose name sorts by time."""

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
