"""Values that leave with a page and come back: readable by anyone, changeable by nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer


class Seal:
    """Signs small values for one purpose; what was signed for another does not pass."""

    def __init__(self, key: Callable[[], bytes], purpose: str) -> None:
        """`key` is asked at each use, because a key that KMS lends is good for minutes; what it raises passes on."""
        self._key = key
        self._purpose = purpose
        self._made: tuple[bytes, URLSafeTimedSerializer] | None = None

    def write(self, value: Any) -> str:
        """Return the value (JSON's types) signed, safe in URLs, cookies and inputs."""
        signed: str = self._serializer().dumps(value)
        return signed

    def read(self, text: str | None, *, within: timedelta | None = None) -> Any:
        """Return the value, None where the text is missing, forged or signed longer ago (real time) than `within`."""
        try:
            return self._serializer().loads(
                text or "", max_age=None if within is None else int(within.total_seconds())
            )
        except BadData:
            return None

    def _serializer(self) -> URLSafeTimedSerializer:
        """Return what signs with the key as it is now; making it anew each time would cost 10 µs."""
        key = self._key()
        if self._made is None or self._made[0] is not key:
            signer = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
            self._made = key, URLSafeTimedSerializer(key, salt=self._purpose, signer_kwargs=signer)
        return self._made[1]
