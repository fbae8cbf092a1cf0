"""Run every benchmark, and write bench/out/results.json and results.md."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.databases import stores
from bench.ready import ready
from bench.result import Result
from bench.verb import verb

OUT = Path(__file__).parent / "out"
COLUMNS = ("name", "database", "concurrency", "ours", "limit", "ratio", "unit")


def main() -> None:
    console = Console()
    results: list[Result] = []
    with console.status("measuring: ready"):
        results.append(ready())
    with stores() as opened:
        for name, store in opened.items():
            with console.status(f"measuring: verb on {name}"):
                results.append(verb(name, store))
    _write(results)
    table = Table(*COLUMNS)
    for row in _rows(results):
        table.add_row(*row)
    console.print(table)


def _rows(results: list[Result]) -> list[list[str]]:
    return [
        [r.name, r.database, str(r.concurrency), f"{r.ours:.2f}", f"{r.limit:.2f}", f"{r.ratio:.2f}", r.unit]
        for r in results
    ]


def _write(results: list[Result]) -> None:
    OUT.mkdir(exist_ok=True)
    (OUT / "results.json").write_text(json.dumps([r.as_json() for r in results], indent=2) + "\n")
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    lines += [f"| {' | '.join(row)} |" for row in _rows(results)]
    (OUT / "results.md").write_text("\n".join(lines) + "\n")


main()
