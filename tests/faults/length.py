"""How long the suite is, and its seed: `make faults` sets FAULT_KILLS, `make test` runs a short one of everything."""

from __future__ import annotations

import os
from random import SystemRandom
from typing import TypeVar

LONG = "FAULT_KILLS" in os.environ
KILLS = int(os.environ.get("FAULT_KILLS", "9"))
"""How many kills on each database."""


def _drawn() -> str:
    """Return a seed that is drawn once for all processes of a test run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    return str(int(run, 16) % 1_000_000 if run else SystemRandom().randrange(1_000_000))


SEED = os.environ.get("FAULT_SEED") or (_drawn() if LONG else "1")
"""Fixes who dies where, and what people do. Drawn for a long run unless FAULT_SEED names it."""


T = TypeVar("T")


def in_full(*cases: T) -> tuple[T, ...]:
    """Return all cases in a long run, the first one in a short run."""
    return cases if LONG else cases[:1]
