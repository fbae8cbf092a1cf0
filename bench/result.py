"""What a benchmark finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Result:
    """`ours` and `limit` in the same unit; the limit is the bare thing in the same run."""

    name: str
    database: str
    concurrency: int
    ours: float
    limit: float
    unit: str

    @property
    def ratio(self) -> float:
        return self.ours / self.limit

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "ratio": round(self.ratio, 3)}
