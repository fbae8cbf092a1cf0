"""The nonce of a form that was handed out: sent back with it, so that a form counts once."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import partial

from consult_bot.portal.signed import Seal
from storage.keys import Keys

GOOD_FOR = timedelta(hours=24)


class FormTokens:
    """Hands out nonces and knows them again. They go by real time."""

    def __init__(self, keys: Keys) -> None:
        self._form = Seal(partial(keys.signing, "form"), "form")

    def fresh(self, form_name: str) -> tuple[str, str]:
        """Return (token, nonce) of a form that is handed out now."""
        nonce = secrets.token_hex(16)
        return self._form.write([form_name, nonce]), nonce

    def nonce(self, token: str, form_name: str) -> str | None:
        """Return the nonce of a form's token, None where it is forged, another form's, or older than a day."""
        value = self._form.read(token, within=GOOD_FOR)
        return value[1] if value and value[0] == form_name else None
