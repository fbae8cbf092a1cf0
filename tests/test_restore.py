"""A database that was restored as docs/operations.md says shows nothing twice in Slack, and takes nothing for something else."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from consult_bot.case.delivery import DeliveryKind
from consult_bot.cli.stories.players import words_in
from consult_bot.worker import Worker
from storage.store import Store, open_store
from tests.builders import ANA, Photo, World
from tests.clinic import Clinic

PAGE = Path(__file__).parent.parent / "docs" / "operations.md"
LOST = 6
"""So many cases came after the backup, which knows nothing of them."""


def statements(kind: str) -> list[str]:
    """What the page has an administrator run on this kind of database before a worker starts."""
    (block,) = re.findall(rf"```sql\n-- {kind}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [each.strip() for each in block.split(";") if each.strip()]


def do_as_the_page_says(store: Store) -> None:
    with store.writing() as work:
        kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[work.connection.dialect.name]
        for each in statements(kind):
            work.connection.execute(text(each))


def body(email: EmailMessage) -> str:
    plain = email.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content())


def words(message: dict[str, Any]) -> str:
    return words_in(message["blocks"])


@pytest.fixture
def restored(clinic: Clinic, tmp_path: Path) -> Iterator[Clinic]:
    """The same Slack and mail, and the database as it was while a case of two notes waited, none of which had gone out."""
    number = clinic.world.submit().number
    clinic.world.did("claim", ANA, number)
    clinic.world.did("note", ANA, number, note="first note")
    with sqlite3.connect(tmp_path / "consult.db") as now, sqlite3.connect(tmp_path / "restored.db") as backup:
        now.backup(backup)
    clinic.settle()
    for _ in range(LOST):
        clinic.world.submit()
    clinic.settle()
    store = open_store(f"sqlite:///{tmp_path}/restored.db", tmp_path / "keys", tmp_path / "copied")
    office = replace(clinic.office, store=store)
    world = World(store)
    yield Clinic(world, office, Worker(store, world.desk, office), clinic.slack, clinic.mail)
    store.close()


def test_it_shows_nothing_twice_that_went_out_after_the_backup(restored: Clinic) -> None:
    before = restored.messages()
    do_as_the_page_says(restored.world.store)
    restored.settle()
    assert [words(one) for one in restored.messages()] == [words(one) for one in before]
    replies = restored.card(1001)["replies"]
    assert sum("first note" in words_in(reply["blocks"]) for reply in replies) == 1
    assert restored.stuck() == []


def test_it_mails_again_what_was_mailed_after_the_backup_with_a_link_that_it_knows(
    restored: Clinic,
) -> None:
    def links() -> set[str]:
        return {link for email in restored.mailed() for link in re.findall(r"/p/(\S+)", body(email))}

    before = links()
    do_as_the_page_says(restored.world.store)
    restored.settle()
    assert restored.letters() == LOST + 2
    (again,) = links() - before
    with restored.world.store.writing() as work:
        found = work.links.find(again)
        assert found and found.case_number == 1001
        assert not any(work.links.find(lost) for lost in before)


def test_it_takes_nothing_new_for_what_went_out_after_the_backup(restored: Clinic) -> None:
    do_as_the_page_says(restored.world.store)
    restored.settle()
    for place in range(LOST):
        restored.fault("chat.postMessage", times=1, status=503)
        number = restored.world.submit(concern=f"new rash {place}").number
        assert number == 2078 + place
        restored.settle()
        assert f"new rash {place}" in words_in(restored.card(number)["replies"])


def test_it_looks_for_whatever_waited_on_each_kind_of_database(world: World) -> None:
    world.submit(attachments=(world.store.stage(Photo()),))
    do_as_the_page_says(world.store)
    with world.store.writing() as work:
        claimed = work.outbox.claim(*work.times(), list(DeliveryKind), 10)
    assert claimed and all(leased.has_to_look for leased in claimed)
    assert all(leased.id < 1_000_000 for leased in claimed)
    assert world.submit().number == 2078
    with world.store.reading() as work:
        newest = work.connection.execute(text("SELECT max(id) FROM deliveries")).scalar_one()
    assert newest > 1_000_000
