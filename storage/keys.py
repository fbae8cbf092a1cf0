"""Keys: a key file wraps the data key of every case and file, and the application's own secrets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets as random
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, func, select

from consult_bot.case.access_code import ALPHABET, DRAWN_CHARACTERS, check_character
from consult_bot.case.words import Words
from storage import tables

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
        """Return the bytes decrypted. Raises KeysUnusable where key, context or a single bit differs."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
        except InvalidTag:
            raise KeysUnusable(
                "Something stored cannot be decrypted with the key in KEYS: the key belongs to another database, "
                "or the row was altered. Restore the matching key file or database from the same backup."
            ) from None


class Keys:
    """The master key, and what it wraps."""

    def __init__(self, master: bytes) -> None:
        self._master = Sealed(master)
        self._secrets: dict[str, bytes] = {}

    def new_data_key(self, owner: str) -> tuple[Sealed, bytes]:
        """Return a fresh data key for a case or file, usable and wrapped."""
        key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
        return Sealed(key), self._master.seal(key, f"data key of {owner}")

    def data_key(self, owner: str, wrapped: bytes) -> Sealed:
        """Return the data key of a case or file."""
        return Sealed(self._master.open(wrapped, f"data key of {owner}"))

    def load_secrets(self, connection: Connection) -> None:
        """Read the application's secrets, making them on first run. Raises KeysUnusable for the wrong key."""
        rows = connection.execute(select(tables.secrets.c.name, tables.secrets.c.wrapped))
        found = {row.name: row.wrapped for row in rows}
        for name in SECRETS:
            if name not in found:
                wrapped = self._master.seal(os.urandom(KEY_BYTES), f"secret {name}")
                connection.execute(tables.secrets.insert().values(name=name, wrapped=wrapped))
                found[name] = wrapped
            self._secrets[name] = self._master.open(found[name], f"secret {name}")

    def signing(self, purpose: str) -> bytes:
        """Return the 32-byte secret that signs cookies of this purpose: `session`, `device` or `form`."""
        return self._secrets[purpose]

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

    def _mac(self, purpose: str, text: str) -> bytes:
        return hmac.digest(self._secrets[purpose], text.encode(), hashlib.sha256)


def open_keys(folder: Path, connection: Connection) -> Keys:
    """Return the keys of a `file:` folder, making the key file (mode 0600) on the very first run.

    Raises KeysUnusable, with the remedy, where ciphertext exists and the key does not, or does not fit it.
    """
    path = folder / "master.key"
    if not path.exists():
        if connection.scalar(select(func.count()).select_from(tables.secrets)):
            raise KeysUnusable(
                f"The database holds encrypted records, but the key file {path} is missing. Put it back from your "
                "backup of KEYS and start again. Without it the records cannot be read by anyone; a new key would "
                "not help, so none was made."
            )
        _make_key(path)
    keys = Keys(_read_key(path))
    keys.load_secrets(connection)
    return keys


def _make_key(path: Path) -> None:
    """Write a fresh key: whole or not at all, and never over one that another process made meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{random.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _read_key(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise KeysUnusable(f"Others on this machine can read the key file {path}. Run: chmod 600 {path}")
    try:
        key = base64.b64decode(path.read_bytes(), validate=False)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeysUnusable(f"The key file {path} is damaged. Put it back from your backup of KEYS.")
    return key
