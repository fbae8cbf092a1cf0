"""Run every benchmark, and write bench/out/results.json, results.md and a picture for each that has a curve.

`python -m bench [name …]` runs those named. A full run took 20 minutes on a machine with two cores, a quarter of
them the 20,000 races for a case; BENCH_SCALE=0.1 measures a tenth, for a quick look. A missed promise is printed and
is no error: figures of a noisy machine are to be read. A benchmark that cannot run is one, and so is an anomaly such as
two owners of one case.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.backlog_catch_up import backlog_catch_up
from bench.claim_race import claim_race
from bench.databases import Database, databases
from bench.idle_worker import idle_worker
from bench.intake import intake
from bench.memory import memory
from bench.outbox_drain import outbox_drain
from bench.picture import draw
from bench.portal_page import portal_page
from bench.queue_view import queue_view
from bench.ready import ready
from bench.report import table, write
from bench.result import Result
from bench.slash_ack import slash_ack
from bench.two_replicas import two_replicas
from bench.verb import verb

ON_BOTH = (
    verb,
    slash_ack,
    intake,
    portal_page,
    queue_view,
    claim_race,
    outbox_drain,
    backlog_catch_up,
    idle_worker,
)
"""What is measured on SQLite and on PostgreSQL; several web processes share PostgreSQL only."""

OUT = Path(__file__).parent / "out"
WIDE = 140


@dataclass(frozen=True)
class Step:
    """One benchmark on one database."""

    name: str
    where: str
    measure: Callable[[], Iterator[Result]]


def main(names: Sequence[str], out: Path = OUT) -> int:
    """Measure, print and write; return the exit code, 1 where a benchmark could not run."""
    console = Console()
    if not console.is_terminal:
        console.width = WIDE  # a file has no width, and 80 columns hold no figures
    results: list[Result] = []
    broken = []
    with databases() as opened:
        steps = [step for step in _steps(opened) if not names or step.name in names]
        with _progress(console) as progress:
            task = progress.add_task("", total=len(steps))
            for step in steps:
                progress.update(task, description=f"{step.name} on {step.where}")
                try:
                    for result in step.measure():
                        results.append(result)
                        progress.update(task, description=f"{step.name} on {step.where}: {result.said}")
                except Exception as error:
                    broken.append(
                        f"{step.name} on {step.where} could not run: {type(error).__name__}: {error}"
                    )
                write(results, out)  # each time: a run that is broken off keeps what it found
                progress.advance(task)
    draw(results, out)
    console.print(table(results))
    for line in broken:
        console.print(line, style="red", markup=False)
    return 1 if broken or not results else 0


def _steps(opened: Sequence[Database]) -> list[Step]:
    both = [
        Step(bench.__name__, database.name, partial(bench, database))
        for bench in ON_BOTH
        for database in opened
    ]
    shared = [
        Step("two_replicas", d.name, partial(two_replicas, d)) for d in opened if d.name == "postgresql"
    ]
    return [Step("ready", "sqlite", ready), *both, *shared, Step("memory", "sqlite", memory)]


def _progress(console: Console) -> Progress:
    shown = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    return Progress(*shown, console=console)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
