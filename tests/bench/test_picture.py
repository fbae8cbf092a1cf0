"""The pictures beside the tables."""

from __future__ import annotations

from pathlib import Path

from bench.picture import draw
from bench.result import Curve, Result

PNG = b"\x89PNG\r\n"


def test_it_draws_a_curve_and_what_was_measured_for_several_numbers_of_clients(tmp_path: Path) -> None:
    curve = Curve("cases", "ms", ((1_000.0, 1.0), (1_000_000.0, 1.1)), widely=True)
    draw(
        [
            Result("queue_view", "sqlite", 1, 1.1, 1.0, "ms, 1,000,000 cases", curve=curve),
            Result("intake", "sqlite", 1, 100.0, 120.0, "requests/s"),
            Result("intake", "sqlite", 8, 110.0, 130.0, "requests/s"),
            Result("claim_race", "sqlite", 4, 50.0, 150.0, "races/s"),
        ],
        tmp_path,
    )
    assert {path.name for path in tmp_path.iterdir()} == {"queue_view.png", "intake.png"}
    assert all(path.read_bytes().startswith(PNG) for path in tmp_path.iterdir())
