"""Files in a bucket of S3.

No browser is ever given an address of the bucket. Our files are encrypted by the key of their own before they leave
this process, so that a presigned URL would hand out bytes that nobody can look at; and whoever may see a photo is
asked anew at each view. Reads are signed GETs of this process, each signature good for 15 minutes (S3's own limit).
S3 encrypts once more, with KMS, so that a copy of the disk says nothing either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import islice
from typing import Any

from boto3.s3.transfer import TransferConfig

from storage.aws import FAILURES, client, code_of, remedy_of
from storage.errors import FilesAway
from storage.files.names import PROBE, is_ours

READ_SECONDS = 10
PART_BYTES = 8 * 1024 * 1024
"""What is larger goes in parts of this size, one after the other. S3 shows the object when all are there."""

IN_PARTS = TransferConfig(
    multipart_threshold=PART_BYTES,
    multipart_chunksize=PART_BYTES,
    use_threads=False,
    preferred_transfer_client="classic",
)
AT_ONCE = 1000
"""How many objects S3 deletes in one request."""


class Bucket:
    """Files under a prefix of a bucket, as `storage.files.Files` says. Safe to share between threads."""

    def __init__(self, url: str, key: str | None = None) -> None:
        """`url` is `s3://bucket/prefix`; `key` the KMS key that S3 encrypts with, None for the account's own."""
        self._bucket, _, prefix = url.removeprefix("s3://").partition("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._sealed = {"ServerSideEncryption": "aws:kms", **({"SSEKMSKeyId": key} if key else {})}
        self._s3: Any = client("s3", READ_SECONDS)

    def write(self, name: str, data: bytes) -> None:
        """Keep a file, in parts where it is large. It is whole when this returns."""
        with _answering():
            self._s3.upload_fileobj(
                BytesIO(data), self._bucket, self._prefix + name, ExtraArgs=self._sealed, Config=IN_PARTS
            )

    def read(self, name: str) -> bytes:
        """Return a file. Raises FileNotFoundError."""
        with _answering(name):
            found = self._s3.get_object(Bucket=self._bucket, Key=self._prefix + name)
            data: bytes = found["Body"].read()
            return data

    def remove(self, names: Iterable[str]) -> None:
        """Remove files. One that is not there is no error."""
        left = iter(names)
        while some := [{"Key": self._prefix + name} for name in islice(left, AT_ONCE)]:
            with _answering():
                answer = self._s3.delete_objects(Bucket=self._bucket, Delete={"Objects": some, "Quiet": True})
            if answer.get("Errors"):
                raise FilesAway("S3 did not remove files. Give this account the permission s3:DeleteObject.")

    def listed(self) -> Iterator[tuple[str, timedelta]]:
        """Yield the names of all our files and how long ago each was written, asking S3 for a thousand at a time."""
        now = datetime.now(UTC)
        pages = iter(
            self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        )
        while (page := _next(pages)) is not None:
            for found in page.get("Contents", ()):
                name = found["Key"].removeprefix(self._prefix)
                if is_ours(name):
                    yield name, now - found["LastModified"]

    def check(self) -> None:
        """Write, list, read and remove a few bytes. Raises FilesAway with the remedy."""
        self.write(PROBE, PROBE.encode())
        try:
            next(self.listed(), None)
            self.read(PROBE)
        finally:
            self.remove([PROBE])


@contextmanager
def _answering(name: str = "") -> Iterator[None]:
    try:
        yield
    except FAILURES as error:
        if code_of(error) == "NoSuchKey":
            raise FileNotFoundError(name) from None
        raise FilesAway(f"S3 did not store or give a file. {remedy_of(error)}") from None


def _next(pages: Iterator[dict[str, Any]]) -> dict[str, Any] | None:
    with _answering():
        return next(pages, None)
