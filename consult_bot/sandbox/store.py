"""Keeps the workspace's records in memory and in one journal file.

Every change is one appended line, so that a killed process leaves each change whole or absent: a torn
last line is dropped when the file is read again. Appending keeps a change's cost independent of how
many messages the workspace holds already.
"""

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Put:
    """One record to keep. `record` must not be changed afterwards: put a new one instead."""

    kind: str
    key: str
    record: Record


@dataclass(frozen=True)
class Drop:
    """One record to forget."""

    kind: str
    key: str


Change = Put | Drop


class Store:
    """Records by kind and key, oldest first. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._kinds: dict[str, dict[str, Record]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._read()
        self._compact()
        self._file = path.open("a", encoding="utf-8")

    def get(self, kind: str, key: str) -> Record | None:
        return self._kinds.get(kind, {}).get(key)

    def all(self, kind: str) -> dict[str, Record]:
        """Returns a copy of the index of one kind, in the order the keys first came."""
        with self._lock:
            return dict(self._kinds.get(kind, {}))

    def write(self, *changes: Change) -> None:
        """Applies all changes or none. Nothing is fsynced: a killed process loses nothing by that, and
        a sandbox need not survive a power cut."""
        line = json.dumps([_as_row(change) for change in changes])
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()
            self._apply(changes)

    def close(self) -> None:
        self._file.close()

    def _apply(self, changes: Iterable[Change]) -> None:
        for change in changes:
            records = self._kinds.setdefault(change.kind, {})
            if isinstance(change, Put):
                records[change.key] = change.record
            else:
                records.pop(change.key, None)

    def _read(self) -> None:
        if not self._path.exists():
            return
        *whole, _torn = self._path.read_bytes().split(b"\n")
        for line in whole:
            self._apply(_from_row(row) for row in json.loads(line))

    def _compact(self) -> None:
        rows = [["put", kind, key, record] for kind, of in self._kinds.items() for key, record in of.items()]
        fresh = self._path.with_suffix(".new")
        fresh.write_text("".join(json.dumps([row]) + "\n" for row in rows), "utf-8")
        fresh.replace(self._path)


def _as_row(change: Change) -> list[Any]:
    if isinstance(change, Put):
        return ["put", change.kind, change.key, change.record]
    return ["drop", change.kind, change.key]


def _from_row(row: list[Any]) -> Change:
    return Put(row[1], row[2], row[3]) if row[0] == "put" else Drop(row[1], row[2])
