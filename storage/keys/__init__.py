"""Keys: a master key wraps the data key of every case and file, and the application's own secrets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consult_bot.case.access_code import ALPHABET, DRAWN_CHARACTERS, check_character
from consult_bot.case.words import Words

KEY_BYTES = 32
NONCE_BYTES = 12
SECRETS = ("code", "link", "index", "session", "device", "form")


class KeysUnusable(Exception):
    """The keys do not fit the data; the message says what to do. Nothing was changed."""


class Sealed:
    """One key that encrypts and decrypts bytes with AES-256-GCM.

    What comes out is nonce and ciphertext; `context` is bound to it, so that a row copied to another place does not
    open there.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, context: str) -> bytes:
        """Return the bytes encrypted, different at every call."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return the bytes decrypted. Raises KeysUnusable where key, context or a single bit differs, or too little is left."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError):
            raise KeysUnusable(
                "Something stored cannot be decrypted with the key in KEYS: the key belongs to another database, "
                "or the row was altered. Restore the matching key file or database from the same backup."
            ) from None


class Opened(NamedTuple):
    """The master key and the application's secrets, ready for use."""

    master: Sealed
    secrets: Mapping[str, bytes]


class Master(Protocol):
    """What opens them: `Lasting` for a key file, `storage.keys.kms.Lent` for KMS."""

    def opened(self) -> Opened:
        """Return them. Raises KeysAway where they may no longer be used and cannot be had again."""

    def warm(self) -> None:
        """Have them ready, as far as that can be had, before a transaction that may need them begins."""


class Lasting:
    """What a key file opened: good for as long as the process runs."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def opened(self) -> Opened:
        """Return them."""
        return self._opened

    def warm(self) -> None:
        """They are ready."""


class Keys:
    """The master key, and what it wraps. With KMS every method may raise `storage.errors.KeysAway`."""

    def __init__(self, master: Master) -> None:
        self._opened = master.opened
        self.warm = master.warm

    def new_data_key(self, owner: str) -> tuple[Sealed, bytes]:
        """Return a fresh data key for a case or file, usable and wrapped."""
        key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
        return Sealed(key), self._opened().master.seal(key, f"data key of {owner}")

    def data_key(self, owner: str, wrapped: bytes) -> Sealed:
        """Return the data key of a case or file."""
        return Sealed(self._opened().master.open(wrapped, f"data key of {owner}"))

    def signing(self, purpose: str) -> bytes:
        """Return the 32-byte secret that signs cookies of this purpose: `session`, `device` or `form`."""
        return self._opened().secrets[purpose]

    def token(self, link_id: str) -> str:
        """Return the URL token of a link: derived, so that it can be sent again without being stored."""
        return base64.urlsafe_b64encode(self._mac("link", link_id)).decode().rstrip("=")

    def access_code(self, case_id: str, nonce: str) -> Words:
        """Return the access code of a case, the same at every call (see `case.access_code`)."""
        digits = int.from_bytes(self._mac("code", f"{case_id}\n{nonce}")[:8])
        values = [(digits >> (5 * place)) % len(ALPHABET) for place in range(DRAWN_CHARACTERS)]
        drawn = "".join(ALPHABET[value] for value in values)
        return Words(drawn + check_character(drawn))

    def email_index(self, email: Words) -> bytes | None:
        """Return what an email address is found by, without being stored; None for an empty one."""
        address = email.reveal().strip().casefold()
        return self._mac("index", address) if address else None

    def database_id(self) -> str:
        """Return 32 hex digits that are this database's and its copies' alone. They tell nothing: files bear them."""
        return self._mac("code", "id of this database").hex()[:32]

    def _mac(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self._opened().secrets[purpose], text.encode(), hashlib.sha256)
