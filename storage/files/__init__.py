"""Where the bytes of attachments live: a folder, or a bucket. Both hold ciphertext only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from storage.files.folder import Folder


class Files(Protocol):
    """Named files, each whole or absent, also after a power cut.

    Every method may raise OSError (a folder) or `storage.errors.FilesAway` (a bucket), and may be repeated.
    """

    def write(self, name: str, data: bytes) -> None:
        """Keep a file. It is whole when this returns, and another of the same name is gone."""

    def read(self, name: str) -> bytes:
        """Return a file. Raises FileNotFoundError."""

    def remove(self, names: Iterable[str]) -> None:
        """Remove files. One that is not there is no error."""

    def listed(self) -> Iterator[tuple[str, timedelta]]:
        """Yield the names of all our files, and how long ago each was written."""

    def check(self) -> None:
        """Write, read and remove a few bytes, to see that all of it is possible."""


def open_files(place: Path | str, key: str | None = None) -> Files:
    """Return the files of a folder, or of an `s3://bucket/prefix`, there encrypted with this KMS key.

    Nothing is asked of S3 yet: patients without photos can send while it is away. Raises `AwsUnusable`.
    """
    if isinstance(place, Path):
        return Folder(place)
    from storage.files.bucket import Bucket

    return Bucket(place, key)
