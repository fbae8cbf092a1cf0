"""A quick look: every part is real, only fewer requests are made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.backlog_catch_up import backlog_catch_up
from bench.claim_race import claim_race
from bench.databases import Database
from bench.idle_worker import idle_worker
from bench.intake import intake
from bench.memory import memory
from bench.outbox_drain import outbox_drain
from bench.portal_page import portal_page
from bench.queue_view import queue_view
from bench.slash_ack import slash_ack
from bench.two_replicas import two_replicas


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_SCALE", "0.001")


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database("sqlite", f"sqlite:///{tmp_path}/consult.db", tmp_path / "bench")


@pytest.mark.parametrize("bench", [slash_ack, intake])
def test_it_measures_ours_beside_the_bare_thing_for_each_number_of_clients(bench, database: Database) -> None:
    results = list(bench(database))
    assert [result.concurrency for result in results] == [1, 8, 32]
    assert all(result.name == bench.__name__ and result.ours > 0 and result.limit > 0 for result in results)
    assert [bool(result.promise) for result in results] == [True, False, False]


def test_it_shows_the_page_of_an_unlocked_case_for_each_number_of_clients(database: Database) -> None:
    results = list(portal_page(database))
    assert [result.concurrency for result in results] == [1, 8, 32]
    assert all(result.name == "portal_page" and result.ours > 0 for result in results)


def test_it_looks_at_the_queue_and_the_home_at_every_size(database: Database) -> None:
    results = list(queue_view(database))
    assert [result.name for result in results] == ["queue_view"] * 4 + ["home_view"] * 4
    assert [bool(result.promise) for result in results] == [False, False, False, True] * 2
    assert results[0].ratio == 1.0 and results[3].unit == "ms, 1,000 cases"


def test_it_races_for_cases_in_four_processes(database: Database) -> None:
    (result,) = claim_race(database)
    assert (result.name, result.concurrency, result.unit) == ("claim_race", 4, "races/s")


def test_it_drains_an_outbox_with_one_and_with_two_workers(database: Database) -> None:
    results = list(outbox_drain(database))
    assert [(result.name, result.concurrency) for result in results] == [
        ("outbox_drain", 1),
        ("outbox_gap", 1),
        ("outbox_drain", 2),
        ("outbox_gap", 2),
    ]


def test_it_catches_up_with_a_backlog_no_sooner_than_the_pace_allows(database: Database) -> None:
    results = list(backlog_catch_up(database))
    assert [result.concurrency for result in results] == [1, 20, 200]
    assert all(result.ratio >= 0.95 for result in results)


def test_it_measures_what_an_idle_worker_takes(database: Database) -> None:
    (result,) = idle_worker(database)
    assert result.name == "idle_worker" and result.limit > 0 and 0 < result.ours < 100


def test_it_measures_two_replicas_beside_one(database: Database) -> None:
    (result,) = two_replicas(database)
    assert result.name == "two_replicas" and result.ours > 0 and result.limit > 0


def test_it_measures_the_memory_of_the_whole_app_on_its_way() -> None:
    (result,) = memory()
    assert result.unit == "MB" and 30 < result.limit < result.ours < 300
    assert result.curve and [requests for requests, _ in result.curve.ours] == [0.0, 10.0]


def test_it_writes_what_it_finds_on_both_databases(tmp_path: Path) -> None:
    assert main(["verb"], tmp_path) == 0
    found = json.loads((tmp_path / "results.json").read_text())
    assert [each["database"] for each in found] == ["sqlite", "postgresql"]


def test_it_fails_where_nothing_could_be_measured(tmp_path: Path) -> None:
    assert main(["no-such-benchmark"], tmp_path) == 1
