"""Pictures of what the benchmarks found: one PNG for each benchmark that has a curve, or several numbers of clients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.result import Curve, Points, Result

SIZE_INCHES = (8, 5)
DOTS_PER_INCH = 120
LIMIT_STYLE = "--"


def draw(results: Sequence[Result], out: Path) -> None:
    """Write `<benchmark>.png` into the folder for each that has something to draw."""
    for name in dict.fromkeys(result.name for result in results):
        lines = list(_lines([result for result in results if result.name == name]))
        if lines:
            _picture(name, lines).savefig(out / f"{name}.png", dpi=DOTS_PER_INCH)


def _lines(results: Sequence[Result]) -> Iterator[tuple[str, Curve]]:
    """The curves of one benchmark with their labels."""
    with_curves = [result for result in results if result.curve]
    for result in with_curves:
        several = sum(result.database == other.database for other in with_curves) > 1
        yield f"{result.database} × {result.concurrency}" if several else result.database, result.curve
    if not with_curves:
        for database, group in groupby(results, lambda result: result.database):
            measured = list(group)
            if len({result.concurrency for result in measured}) > 1:
                yield database, _over_concurrency(measured)


def _over_concurrency(results: Sequence[Result]) -> Curve:
    ours: Points = tuple((float(each.concurrency), each.ours) for each in results)
    limit: Points = tuple((float(each.concurrency), each.limit) for each in results)
    return Curve("at the same time", results[0].unit, ours, limit)


def _picture(name: str, lines: Sequence[tuple[str, Curve]]) -> Figure:
    figure = Figure(SIZE_INCHES, layout="constrained")
    axes = figure.add_subplot(title=name.replace("_", " "), xlabel=lines[0][1].x, ylabel=lines[0][1].y)
    for label, curve in lines:
        _line(axes, label, curve)
    axes.set_ylim(bottom=0)
    if any(curve.widely for _, curve in lines):
        axes.set_xscale("log")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    return figure


def _line(axes: Axes, label: str, curve: Curve) -> None:
    """Ours as a line, its limit in the same colour and broken."""
    (ours,) = axes.plot(*zip(*curve.ours, strict=True), marker=".", label=label)
    if curve.limit:
        broken = {"color": ours.get_color(), "linestyle": LIMIT_STYLE, "label": f"{label}, limit"}
        axes.plot(*zip(*curve.limit, strict=True), **broken)
