"""Values that leave with a page and come back: readable by anyone, changeable by nobody."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer


class Seal:
    """Signs small values for one purpose; what was signed for another does not pass."""

    def __init__(self, key: bytes, purpose: str) -> None:
        self._serializer = URLSafeTimedSerializer(
            key, salt=purpose, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
        )

    def write(self, value: Any) -> str:
        """Return the value (JSON's types) signed, safe in URLs, cookies and inputs."""
        signed: str = self._serializer.dumps(value)
        return signed

    def read(self, text: str | None, *, within: timedelta | None = None) -> Any:
        """Return the value, None where the text is missing, forged or signed longer ago (real time) than `within`."""
        try:
            return self._serializer.loads(
                text or "", max_age=None if within is None else int(within.total_seconds())
            )
        except BadData:
            return None
