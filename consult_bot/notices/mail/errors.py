"""Why a letter did not go out: now, or never."""

from __future__ import annotations


class MailDown(Exception):
    """The letter could not be handed over now. Trying again can help; the recipient is not at fault.

    `maybe_sent`: the server may have the letter, because its answer was lost, so that a repeat may arrive twice. `smtp_code` is
    None where no mail server answered. `for_all`: every letter would fail in the same way, so that one can try for all of
    them; unset, that is so where no mail server answered. `remedy`: what an administrator should do, None where waiting helps.
    """

    def __init__(
        self,
        what: str,
        *,
        smtp_code: int | None = None,
        maybe_sent: bool = False,
        for_all: bool | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(what if smtp_code is None else f"{what} (SMTP {smtp_code})")
        self.smtp_code = smtp_code
        self.maybe_sent = maybe_sent
        self.for_all = smtp_code is None if for_all is None else for_all
        self.remedy = remedy


class MailRefused(Exception):
    """The server will never take a letter to this address. Trying again cannot help: call the patient instead."""

    def __init__(self, smtp_code: int | None = None) -> None:
        why = "it cannot be an email address" if smtp_code is None else f"SMTP {smtp_code}"
        super().__init__(f"The letter to this address was refused: {why}")
        self.smtp_code = smtp_code


class Suppressed(MailRefused):
    """Letters to this address came back before, or were reported as unwanted: none is sent there any more."""
