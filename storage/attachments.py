"""Attachments: encrypted files, in a folder or a bucket. A file is whole there before the row that names it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, delete, select, update

from storage import tables
from storage.errors import UnknownAttachment
from storage.files import Files
from storage.files.names import SMALL
from storage.keys import Keys

ATTACHMENTS = tables.attachments
FILED = (
    ATTACHMENTS.c.id,
    ATTACHMENTS.c.data_key,
    ATTACHMENTS.c.media_type,
    ATTACHMENTS.c.width,
    ATTACHMENTS.c.height,
    ATTACHMENTS.c.number,
)


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
    """Files that are stored, and what their row will hold."""

    id: str
    data_key: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Filed(Staged):
    """What the row of an attachment says, with the case it belongs to (None while staged)."""

    number: int | None


def write_files(picture: Picture, keys: Keys, files: Files) -> Staged:
    """Write a photo and its thumbnail, encrypted, so that they outlast a power cut. The row comes afterwards.

    Raises OSError or FilesAway; what was written by then is swept as a file that no row names.
    """
    attachment_id = secrets.token_hex(16)
    data_key, wrapped = keys.new_data_key(attachment_id)
    for name, data in ((attachment_id, picture.data), (f"{attachment_id}{SMALL}", picture.thumbnail)):
        files.write(name, data_key.seal(data, f"file {name}"))
    return Staged(attachment_id, wrapped, picture.media_type, picture.width, picture.height)


def read_files(filed: Filed, keys: Keys, files: Files, *, thumbnail: bool) -> Stored:
    """Return a photo, or its thumbnail (JPEG). Raises UnknownAttachment where its file is lost; OSError, FilesAway.

    Slow where the files are in a bucket: call it outside transactions.
    """
    name = f"{filed.id}{SMALL}" if thumbnail else filed.id
    try:
        sealed = files.read(name)
    except FileNotFoundError:
        raise UnknownAttachment("The file of this photo is lost.") from None
    data = keys.data_key(filed.id, filed.data_key).open(sealed, f"file {name}")
    media_type = "image/jpeg" if thumbnail else filed.media_type
    return Stored(filed.id, media_type, filed.width, filed.height, data, filed.number)


class Attachments:
    """The rows of attachments as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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

    def find(self, attachment_id: str) -> Filed:
        """Return what is known of an attachment; `Store.photo` reads its file. Raises UnknownAttachment."""
        row = self._connection.execute(select(*FILED).where(ATTACHMENTS.c.id == attachment_id)).first()
        if row is None:
            raise UnknownAttachment("There is no such photo.")
        return Filed(**row._mapping)

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


def remove_files(files: Files, attachment_ids: Iterable[str]) -> None:
    """Remove the files of attachments whose rows are gone. Repeating is harmless."""
    files.remove(name for each in attachment_ids for name in (each, f"{each}{SMALL}"))
