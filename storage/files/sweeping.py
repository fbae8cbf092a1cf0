"""Removes files that no row names, unless they may be another database's.

A database that keeps photos here says so by a file beside them, `owner.` and its id, when it first sweeps. So one that
was opened by mistake, such as an empty one, removes nothing; where two keep photos in one place, neither does.
Each has a file of its own, so that none can overwrite another's, and writing or reading a photo never looks at them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from storage.errors import PhotosOfAnother
from storage.files import Files
from storage.files.names import OWNER, SMALL

MARK = b"The database with this id keeps its photos here. docs/operations.md says when to remove this file.\n"

OTHERS = (
    "Another database keeps photos in ATTACHMENTS. Set DATABASE_URL and ATTACHMENTS to two that belong together, and see: "
    "whose photos they are, in docs/operations.md. No photo was removed."
)
UNKNOWN = "See that DATABASE_URL is right and not an empty database, and that ATTACHMENTS is its own. No photo was removed."


@dataclass(slots=True)
class Found:
    """What lies there: owners' ids, whether this database names any of the photos, and old files that it does not."""

    owners: set[str] = field(default_factory=set)
    names_some: bool = False
    unnamed: list[str] = field(default_factory=list)


def sweep_unnamed(files: Files, database: str, named: set[str], unnamed_for: timedelta) -> int:
    """Remove files older than that which belong to none of the named attachments; return how many.

    `database` is the id of the one that names them. Repeating is harmless. Raises PhotosOfAnother, having removed nothing,
    where any might be another's; OSError or FilesAway.
    """
    found = _found(files, named, unnamed_for)
    if found.names_some and database not in found.owners:
        files.write(f"{OWNER}{database}", MARK)
    if remedy := _what_to_do_first(found, database):
        raise PhotosOfAnother(remedy, database, len(found.unnamed))
    files.remove(found.unnamed)
    return len(found.unnamed)


def _found(files: Files, named: set[str], unnamed_for: timedelta) -> Found:
    found = Found()
    for name, age in files.listed():
        if name.startswith(OWNER):
            found.owners.add(name.removeprefix(OWNER))
        elif name.removesuffix(SMALL) in named:
            found.names_some = True
        elif age > unnamed_for:
            found.unnamed.append(name)
    return found


def _what_to_do_first(found: Found, database: str) -> str | None:
    """Return what an administrator must see to before anything is removed, None where nothing speaks against it."""
    if found.owners - {database}:
        return OTHERS
    return UNKNOWN if found.unnamed and not found.names_some and not found.owners else None
