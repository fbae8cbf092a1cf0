"""What a benchmark finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class Anomaly(Exception):
    """Something happened that must never happen, such as two owners of one case: no figure makes up for that."""


@dataclass(frozen=True)
class Promise:
    """What a figure must reach (DESIGN §7), in words and as a test."""

    words: str
    kept_by: Callable[[Result], bool]


Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Curve:
    """What a figure looked like on its way, for a picture: points (x, y), and what the axes are called.

    `widely`: x goes over several powers of ten.
    """

    x: str
    y: str
    ours: Points
    limit: Points = ()
    widely: bool = False


@dataclass(frozen=True)
class Result:
    """`ours` and `limit` in the same unit; the limit is the bare thing in the same run.

    `promise` is None for a figure that is only shown, `curve` None where there is none to draw.
    """

    name: str
    database: str
    concurrency: int
    ours: float
    limit: float
    unit: str
    promise: Promise | None = None
    curve: Curve | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.limit

    @property
    def verdict(self) -> str:
        """`ok` or `missed`, and nothing where nothing was promised."""
        if self.promise is None:
            return ""
        return "ok" if self.promise.kept_by(self) else "missed"

    @property
    def said(self) -> str:
        """The figure in a few words."""
        return f"{self.ours:,.2f} {self.unit}, {self.ratio:.2f} of the limit"

    def as_json(self) -> dict[str, object]:
        """Return what bench/out/results.json lists; its keys are fixed (DESIGN §5)."""
        return {
            "name": self.name,
            "database": self.database,
            "concurrency": self.concurrency,
            "ours": round(self.ours, 3),
            "limit": round(self.limit, 3),
            "ratio": round(self.ratio, 3),
            "unit": self.unit,
        }
