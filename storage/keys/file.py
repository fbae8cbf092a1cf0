"""A master key in a file that only its owner can read."""

from __future__ import annotations

import base64
import os
import secrets as random
from collections.abc import Mapping
from pathlib import Path

from storage.keys import KEY_BYTES, KeysUnusable
from storage.keys.kept import MASTER


def key_in(folder: Path, kept: Mapping[str, bytes]) -> bytes:
    """Return the key of a folder, making its file (mode 0600) where the database keeps nothing yet.

    Raises KeysUnusable, with the remedy, where the database was made with another key, or the file is unfit.
    """
    path = folder / "master.key"
    try:
        return _key_at(path, kept)
    except OSError:
        raise KeysUnusable(
            f"The key file {path} cannot be read or made. Let this account, and no other, read and write in its folder."
        ) from None


def _key_at(path: Path, kept: Mapping[str, bytes]) -> bytes:
    if MASTER in kept:
        raise KeysUnusable(
            "The records of this database were encrypted with a key of AWS KMS, so that a key file opens none of "
            "them. Set KEYS to that key again, such as kms:alias/consult, and start again."
        )
    if not path.exists():
        if kept:
            raise KeysUnusable(
                f"The database holds encrypted records, but the key file {path} is missing. Put it back from your "
                "backup of KEYS and start again. Without it the records cannot be read by anyone; a new key would "
                "not help, so none was made."
            )
        _make_key(path)
    return _read_key(path)


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
