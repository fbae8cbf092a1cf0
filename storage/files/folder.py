"""Files in a folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from storage.files.names import DRAFT, PROBE, is_ours


class Folder:
    """Files in a folder, made when needed (mode 0700), as `storage.files.Files` says."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, name: str, data: bytes) -> None:
        """Write, fsync, rename, fsync the folder: after a power cut the file is whole or absent."""
        self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._path / f".{name}{DRAFT}"
        descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._path / name)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        self._sync()

    def read(self, name: str) -> bytes:
        """Return a file. Raises FileNotFoundError."""
        return (self._path / name).read_bytes()

    def remove(self, names: Iterable[str]) -> None:
        """Remove files. One that is not there is no error."""
        for name in names:
            (self._path / name).unlink(missing_ok=True)

    def listed(self) -> Iterator[tuple[str, timedelta]]:
        """Yield the names of all our files and how long ago each was written, drafts that a crash left among them."""
        now = time.time()
        for path in self._path.iterdir() if self._path.exists() else ():
            with suppress(FileNotFoundError):  # another worker has just removed it
                if is_ours(path.name) and path.is_file():
                    yield path.name, timedelta(seconds=now - path.stat().st_mtime)

    def check(self) -> None:
        """Write, read and remove a few bytes, and folders that were made for them. Raises OSError."""
        missing = [folder for folder in (self._path, *self._path.parents) if not folder.exists()]
        try:
            self.write(PROBE, PROBE.encode())
            self.read(PROBE)
        finally:
            self.remove([PROBE])
            for folder in missing:
                with suppress(OSError):  # somebody has put something there meanwhile, or it could not be made
                    folder.rmdir()

    def _sync(self) -> None:
        folder = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
