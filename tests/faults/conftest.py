"""A nursery and a PostgreSQL for the fault tests, the seed, and the table of what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.databases import Postgres, postgres_server
from tests.faults.length import SEED
from tests.faults.nursery import Nursery
from tests.faults.town import Found, Town


@pytest.fixture
def seed(record_property: Callable[[str, object], None]) -> str:
    """What fixes who dies where, and what people do."""
    record_property("faults", f"seed {SEED}")
    return SEED


@pytest.fixture
def tell(
    record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> Callable[[str], None]:
    """Returns a function that puts a line under the results, whichever process runs the test."""
    return lambda line: record_property("faults", line)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            lines = [line for name, line in getattr(report, "user_properties", ()) if name == "faults"]
            if lines and report.when == "call":
                terminalreporter.write_line(f"{report.nodeid.split('::')[-1]}\n    " + "\n    ".join(lines))


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    started = Nursery(tmp_path_factory.mktemp("nursery"))
    yield started
    started.end()


@pytest.fixture(scope="session")
def postgres_of_our_own() -> Iterator[Postgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database; each test runs on both."""
    return str(request.param)


@pytest.fixture
def founded(nursery: Nursery, kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Found]:
    """Returns a function that founds a town on a fresh database. None outlives the test."""
    towns: list[Town] = []

    def found(*seats: str, **settings: str) -> Town:
        folder = tmp_path / f"town{len(towns)}"
        url = f"sqlite:///{folder}/consult.db"
        if kind == "postgresql":
            url = request.getfixturevalue("postgres_of_our_own").fresh()
        towns.append(Town(folder, nursery, url, seats, **settings))
        return towns[-1]

    yield found
    for town in towns:
        town.close()
