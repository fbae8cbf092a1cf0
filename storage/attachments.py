"""Attachments: encrypted files in a folder. A file is whole on disk before the row that names it."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, delete, select, update

from storage import tables
from storage.errors import UnknownAttachment
from storage.keys import Keys

ATTACHMENTS = tables.attachments
SMALL = ".small"
"""Ends the name of a thumbnail's file."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A photo as it was staged: pixel sizes, its bytes, and the case it belongs to (None while staged)."""

    id: str
    media_type: str
    width: int
    height: int
    data: bytes
    number: int | None


class Picture(Protocol):
    """What is handed in: an image, its thumbnail (JPEG), and the image's size in pixels."""

    @property
    def data(self) -> bytes: ...

    @property
    def thumbnail(self) -> bytes: ...

    @property
    def media_type(self) -> str: ...

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Staged:
    """Files that are on disk, and what their row will hold."""

    id: str
    data_key: bytes
    media_type: str
    width: int
    height: int


def write_files(picture: Picture, keys: Keys, folder: Path) -> Staged:
    """Write a photo and its thumbnail, encrypted, so that they outlast a power cut. The row comes afterwards."""
    attachment_id = secrets.token_hex(16)
    data_key, wrapped = keys.new_data_key(attachment_id)
    for name, data in ((attachment_id, picture.data), (f"{attachment_id}{SMALL}", picture.thumbnail)):
        _write_durably(folder / name, data_key.seal(data, f"file {name}"))
    return Staged(attachment_id, wrapped, picture.media_type, picture.width, picture.height)


class Attachments:
    """The attachments as one transaction sees them, over a folder of files."""

    def __init__(self, connection: Connection, keys: Keys, folder: Path) -> None:
        self._connection = connection
        self._keys = keys
        self._folder = folder

    def add(self, staged: Staged, now: datetime) -> None:
        """Keep a photo before its case exists. What no case takes is swept after a day."""
        self._connection.execute(ATTACHMENTS.insert().values(**asdict(staged), staged_at=now))

    def give(self, attachment_ids: Iterable[str], number: int) -> None:
        """Make staged files part of a case. Raises UnknownAttachment where one is missing or taken by another."""
        ids = list(attachment_ids)
        if not ids:
            return
        given = self._connection.execute(
            update(ATTACHMENTS)
            .where(ATTACHMENTS.c.id.in_(ids), ATTACHMENTS.c.number.is_(None))
            .values(number=number)
        )
        if given.rowcount != len(set(ids)):
            raise UnknownAttachment("A photo is no longer there. Please add it again.")

    def read(self, attachment_id: str, *, thumbnail: bool = False) -> Stored:
        """Return a photo, or its thumbnail (JPEG). Raises UnknownAttachment."""
        row = self._connection.execute(select(ATTACHMENTS).where(ATTACHMENTS.c.id == attachment_id)).first()
        if row is None:
            raise UnknownAttachment("There is no such photo.")
        name = f"{attachment_id}{SMALL}" if thumbnail else attachment_id
        data_key = self._keys.data_key(attachment_id, row.data_key)
        data = data_key.open((self._folder / name).read_bytes(), f"file {name}")
        media_type = "image/jpeg" if thumbnail else row.media_type
        return Stored(attachment_id, media_type, row.width, row.height, data, row.number)

    def forget_staged(self, staged_before: datetime) -> list[str]:
        """Delete the rows of what was staged before then and no case took; return their ids.

        Remove the files once this is committed: a rollback must find them still there.
        """
        left = delete(ATTACHMENTS).where(
            ATTACHMENTS.c.number.is_(None), ATTACHMENTS.c.staged_at < staged_before
        )
        return list(self._connection.scalars(left.returning(ATTACHMENTS.c.id)))

    def ids(self) -> set[str]:
        """Return the ids of all attachments."""
        return set(self._connection.scalars(select(ATTACHMENTS.c.id)))


def remove_files(folder: Path, attachment_ids: Iterable[str]) -> None:
    """Remove the files of attachments whose rows are gone. Repeating is harmless."""
    for attachment_id in attachment_ids:
        for name in (attachment_id, f"{attachment_id}{SMALL}"):
            (folder / name).unlink(missing_ok=True)


def remove_unnamed_files(folder: Path, named: set[str], unnamed_for: timedelta) -> int:
    """Remove files older than that which belong to none of the named attachments; return how many."""
    newest = time.time() - unnamed_for.total_seconds()
    unnamed = [
        path
        for path in (folder.iterdir() if folder.exists() else ())
        if path.name.removesuffix(SMALL) not in named and path.stat().st_mtime < newest
    ]
    for path in unnamed:
        path.unlink(missing_ok=True)
    return len(unnamed)


def _write_durably(path: Path, data: bytes) -> None:
    """Write, fsync, rename, fsync the folder: after a power cut the file is whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.draft")
    descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
