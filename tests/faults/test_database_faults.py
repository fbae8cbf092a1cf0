"""The database gone, or busy with somebody else: a plain no, and never half a case; then on as if nothing had been."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import func, select

from consult_bot.cli.stories.pages import Page
from storage import tables
from tests.faults.databases import Postgres
from tests.faults.ledger import audit
from tests.faults.length import LONG
from tests.faults.people import FORM, at_work
from tests.faults.town import Found, Town, until

RESTARTS = 3 if LONG else 1


@pytest.mark.parametrize("kind", ["postgresql"])
def test_it_goes_on_when_postgresql_is_restarted_under_load(
    founded: Found, postgres_of_our_own: Postgres, seed: str, tell: Callable[[str], None]
) -> None:
    town = founded("web", "web", "worker", "worker")
    town.open()
    with at_work(town, seed) as crowd:
        for _ in range(RESTARTS):
            so_many = len(crowd.told.emails)
            until("more cases", lambda n=so_many: len(crowd.told.emails) > n, 60)
            postgres_of_our_own.stop()
            time.sleep(0.5)
            postgres_of_our_own.start()
    found = audit(town, crowd.told)
    tell(f"{found.row}  lost answers {crowd.told.tries}")
    assert found.facts == []
    assert all(seat.child and not seat.child.over.is_set() for seat in town.seats), "no process ended"


@contextmanager
def out_of_reach(town: Town, server: Postgres | None) -> Iterator[None]:
    """Stop PostgreSQL; or keep SQLite's only writing lock, which is all that can happen to a file."""
    if server:
        server.stop()
        try:
            yield
        finally:
            server.start()
        return
    database = sqlite3.connect(str(town.folder / "consult.db"), isolation_level=None)
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        database.close()


def test_it_says_503_and_when_to_come_back_and_keeps_no_half_case(
    founded: Found, kind: str, request: pytest.FixtureRequest
) -> None:
    server: Postgres | None = request.getfixturevalue("postgres_of_our_own") if kind == "postgresql" else None
    town = founded("web")
    town.open()
    with httpx.Client(base_url=town.doors[0], verify=False, trust_env=False, timeout=30) as browser:
        token = Page(browser.get("/intake/general").text).form(holding="concern").values["_form"]
        fields = {**FORM, "email": "one@example.org", "concern": "concern one", "_form": token}
        with out_of_reach(town, server):
            refused = [browser.post("/intake/general", data=fields)]
            if server:
                refused += [browser.get("/"), browser.get("/intake/general"), browser.get("/readyz")]
                refused += [
                    browser.get("/case"),
                    browser.post("/p/unknown", data={"access_code": "0000-0000"}),
                ]
        for answer in refused:
            assert (answer.status_code, bool(answer.headers.get("retry-after"))) == (503, True), answer.url
        assert "case-number" not in Page(refused[0].text).by_id
        assert _cases(town) == 0
        pressed_again = [Page(browser.post("/intake/general", data=fields).text) for _ in range(2)]
    assert len({page.by_id["case-number"] for page in pressed_again}) == 1
    assert _cases(town) == 1
    town.open()
    (number,) = {int(page.by_id["case-number"].removeprefix("C-")) for page in pressed_again}
    assert town.peek(lambda work: work.cases.event(number, 1).event.name.value) == "submitted"


def _cases(town: Town) -> int:
    """Count them as soon as the database answers: a connection used less than a second ago may be the old server's."""
    return town.peek(lambda work: work.connection.scalar(select(func.count()).select_from(tables.cases)) or 0)
