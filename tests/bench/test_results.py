"""What the benchmarks write down."""

from __future__ import annotations

import json
from pathlib import Path

from bench.report import write
from bench.result import Promise, Result

AT_MOST = Promise("ratio ≤ 1.5", lambda result: result.ratio <= 1.5)


def test_it_writes_json_with_the_fixed_keys(tmp_path: Path) -> None:
    write([Result("slash_ack", "sqlite", 1, 3.0, 2.0, "ms", AT_MOST)], tmp_path)
    assert json.loads((tmp_path / "results.json").read_text()) == [
        {
            "name": "slash_ack",
            "database": "sqlite",
            "concurrency": 1,
            "ours": 3.0,
            "limit": 2.0,
            "ratio": 1.5,
            "unit": "ms",
        }
    ]


def test_it_says_beside_each_promise_whether_it_was_kept(tmp_path: Path) -> None:
    kept = Result("slash_ack", "sqlite", 1, 3.0, 2.0, "ms", AT_MOST)
    missed = Result("slash_ack", "postgresql", 1, 3.2, 2.0, "ms", AT_MOST)
    shown = Result("intake", "sqlite", 8, 100.0, 200.0, "requests/s")
    write([kept, missed, shown], tmp_path)
    rows = (tmp_path / "results.md").read_text().splitlines()[2:]
    assert rows[0].endswith("| lower | ratio ≤ 1.5 | ok |")
    assert rows[1].endswith("| lower | ratio ≤ 1.5 | missed |")
    assert rows[2].endswith("| higher | – |  |")
