"""How much is measured: everything by default, less for a quick look."""

from __future__ import annotations

import os

CLIENTS = (1, 8, 32)
"""How many clients knock at the same time."""


def scaled(count: int) -> int:
    """Return the count times BENCH_SCALE (a number such as 0.1; unset: 1), at least 1."""
    return max(1, round(count * float(os.environ.get("BENCH_SCALE") or 1)))


def promised(database: str, clients: int) -> bool:
    """Whether the promises about requests hold for so many clients: on SQLite, which has one writer, for one."""
    return database == "postgresql" or clients == 1
