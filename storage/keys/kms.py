"""A master key that AWS KMS holds closed: the database keeps it encrypted, and KMS opens it for five minutes at a time.

KMS makes it once (GenerateDataKey) and opens it (Decrypt) for whoever may use the key in KEYS; take that right away, or
disable the key, and five minutes later no process can read or write anything.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from storage.aws import FAILURES, client, code_of, remedy_of
from storage.errors import KeysAway
from storage.keys import KeysUnusable, Opened, Sealed
from storage.keys.kept import opened

READ_SECONDS = 3
GOOD_FOR_SECONDS = 300.0
RENEWED_AFTER_SECONDS = 240.0
PAUSE_SECONDS = 5.0
"""For so long after a failure nobody asks KMS again: people are told at once instead of queueing for its silence."""

CONTEXT = {"application": "consult-bot", "purpose": "master key"}
"""Bound to the ciphertext, and written into CloudTrail by KMS: it names no practice and no patient."""

ANOTHERS = (
    "This database's master key was encrypted with another KMS key, or was altered. Set KEYS to the key that "
    "the database was made with."
)
DENIED = (
    "This account may not use the key in KEYS, or it is not the key that the database was made with. Set KEYS to "
    "that one, and allow kms:GenerateDataKey and kms:Decrypt on it."
)
WRONG_KEY = frozenset({"IncorrectKeyException", "InvalidCiphertextException"})


class Kms:
    """One KMS key. Every method raises KeysUnusable with the remedy where KMS does not answer, or refuses."""

    def __init__(self, key: str) -> None:
        """`key` is a key's id, ARN or alias. Nothing is asked yet. Raises AwsUnusable."""
        self._key = key
        self._kms: Any = client("kms", READ_SECONDS)

    def make_key(self) -> bytes:
        """Return a new 256-bit key, encrypted."""
        with _answering():
            made = self._kms.generate_data_key(KeyId=self._key, KeySpec="AES_256", EncryptionContext=CONTEXT)
        wrapped: bytes = made["CiphertextBlob"]
        return wrapped

    def open_key(self, wrapped: bytes) -> bytes:
        """Return such a key, decrypted."""
        with _answering():
            found = self._kms.decrypt(KeyId=self._key, CiphertextBlob=wrapped, EncryptionContext=CONTEXT)
        key: bytes = found["Plaintext"]
        return key


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except FAILURES as error:
        if code_of(error) in WRONG_KEY:
            raise KeysUnusable(ANOTHERS) from None
        if code_of(error) == "AccessDeniedException":
            raise KeysUnusable(DENIED) from None
        raise KeysUnusable(f"AWS KMS does not open the key in KEYS. {remedy_of(error)}") from None


def in_background(act: Callable[[], None]) -> None:
    """Do something in a thread that holds nobody up."""
    threading.Thread(target=act, name="kms", daemon=True).start()


class Lent:
    """The keys for five minutes from before KMS was asked, by a clock that nobody sets. Then they are let go.

    Whoever uses them in the last of those minutes has them renewed in the background, so that nobody waits while KMS
    is quick, and five minutes of its silence are noticed by nobody. After an idle time the first to need them waits
    for KMS. Where it does not open them, everybody gets KeysAway: nothing is read, nothing is half written.
    """

    def __init__(
        self,
        open_key: Callable[[], bytes],
        wrapped: Mapping[str, bytes],
        monotonic: Callable[[], float] = time.monotonic,
        later: Callable[[Callable[[], None]], None] = in_background,
    ) -> None:
        """`open_key` asks KMS for the master key, `wrapped` are the secrets under it. Raises KeysUnusable."""
        self._open_key = open_key
        self._wrapped = wrapped
        self._monotonic = monotonic
        self._later = later
        self._asking = threading.Lock()
        self._failed_at: float | None = None
        self._remedy = ""
        self._held: tuple[float, Opened] | None = self._asked()

    def opened(self) -> Opened:
        """Return the keys. Raises KeysAway where their time is over and KMS does not open them anew."""
        held = self._held
        age = self._monotonic() - held[0] if held else GOOD_FOR_SECONDS
        if held is None or age >= GOOD_FOR_SECONDS:
            return self._opened_anew()
        if age >= RENEWED_AFTER_SECONDS:
            self._renew_soon()
        return held[1]

    def warm(self) -> None:
        """Ask KMS now rather than inside a transaction, where the database would wait with us. Never fails: whoever
        needs the keys is told."""
        with suppress(KeysAway):
            self.opened()

    def _opened_anew(self) -> Opened:
        with self._asking:
            if self._held and self._monotonic() - self._held[0] < GOOD_FOR_SECONDS:
                return self._held[1]
            self._held = None
            self._renew()
            if self._held is None:
                raise KeysAway(self._remedy)
            return self._held[1]

    def _renew_soon(self) -> None:
        """Renew in the background, once at a time."""
        if not self._asking.acquire(blocking=False):
            return

        def renew() -> None:
            try:
                self._renew()
            finally:
                self._asking.release()

        try:
            self._later(renew)
        except RuntimeError:  # no thread could be started; the next to come tries again
            self._asking.release()

    def _renew(self) -> None:
        """Ask KMS, unless it has just failed. Call it while holding `_asking`."""
        if self._failed_at is not None and self._monotonic() - self._failed_at < PAUSE_SECONDS:
            return
        try:
            self._held, self._failed_at = self._asked(), None
        except KeysUnusable as error:
            self._failed_at, self._remedy = self._monotonic(), str(error)

    def _asked(self) -> tuple[float, Opened]:
        asked_at = self._monotonic()
        return asked_at, opened(Sealed(self._open_key()), self._wrapped)
