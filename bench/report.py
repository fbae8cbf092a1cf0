"""What the benchmarks found, as JSON for programs and as tables for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from bench.result import Result

COLUMNS = ("name", "database", "clients", "ours", "limit", "ratio", "unit", "better", "promise", "")
HIGHER_IS_BETTER = frozenset({"requests/s", "races/s", "deliveries/s"})
"""Units in which more is better; in all others less is."""


def write(results: Sequence[Result], out: Path) -> None:
    """Write results.json (its keys are fixed, DESIGN §5) and results.md into the folder."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps([each.as_json() for each in results], indent=2) + "\n")
    lines = [COLUMNS, ["---"] * len(COLUMNS), *(_row(each) for each in results)]
    (out / "results.md").write_text("".join(f"| {' | '.join(line)} |\n" for line in lines))


def table(results: Sequence[Result]) -> Table:
    """Return the table for a terminal."""
    drawn = Table()
    for column in COLUMNS:
        drawn.add_column(column, no_wrap=True)
    for each in results:
        drawn.add_row(*_row(each), style="red" if each.verdict == "missed" else None)
    return drawn


def _row(result: Result) -> list[str]:
    return [
        result.name,
        result.database,
        str(result.concurrency),
        f"{result.ours:.2f}",
        f"{result.limit:.2f}",
        f"{result.ratio:.2f}",
        result.unit,
        "higher" if result.unit in HIGHER_IS_BETTER else "lower",
        result.promise.words if result.promise else "–",
        result.verdict,
    ]
