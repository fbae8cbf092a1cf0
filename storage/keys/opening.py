"""Opens the keys that KEYS names, at the start."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from storage.keys import Keys, KeysUnusable, Lasting, Sealed
from storage.keys.file import key_in
from storage.keys.kept import MASTER, complete, keep, kept, opened

if TYPE_CHECKING:
    from storage.keys.kms import Kms

KMS = "kms:"


def kms_key(place: Path | str) -> str | None:
    """Return the KMS key that KEYS names, None for a folder."""
    return place.removeprefix(KMS) if isinstance(place, str) else None


def open_keys(place: Path | str, database: Engine, monotonic: Callable[[], float] = time.monotonic) -> Keys:
    """Return the keys of a folder with a key file, or of a KMS key (`kms:` and its id, ARN or alias).

    `monotonic` is what the keys of KMS age by. They are made on the very first run, once however many processes start together. Raises KeysUnusable or AwsUnusable,
    with the remedy, where ciphertext exists and the key does not, does not fit it, or cannot be asked.
    """
    key = kms_key(place)
    return _from_kms(key, database, monotonic) if key else _from_file(Path(place), database)


def _from_file(folder: Path, database: Engine) -> Keys:
    with database.begin() as connection:
        master = Sealed(key_in(folder, kept(connection)))
        return Keys(Lasting(opened(master, complete(connection, master))))


def _from_kms(key: str, database: Engine, monotonic: Callable[[], float]) -> Keys:
    """KMS is asked between transactions, never inside one."""
    from storage.keys.kms import Kms, Lent

    kms = Kms(key)
    closed = _closed_master(kms, database)
    master = Sealed(kms.open_key(closed))
    with database.begin() as connection:
        wrapped = complete(connection, master)
    return Keys(Lent(lambda: kms.open_key(closed), wrapped, monotonic))


def _closed_master(kms: Kms, database: Engine) -> bytes:
    """Return the master key as the database keeps it, encrypted; make it on the very first run."""
    with database.begin() as connection:
        found = kept(connection)
    if MASTER in found:
        return found[MASTER]
    if found:
        raise KeysUnusable(
            "The records of this database were encrypted with a key file, which KMS cannot open. Set KEYS to its "
            "folder again, such as file:var/keys, and start again. Moving such records to KMS is not built yet."
        )
    made = kms.make_key()
    with database.begin() as connection:
        keep(connection, MASTER, made)
        return kept(connection)[MASTER]
