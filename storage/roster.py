"""The roster as it stands in the database."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import Connection, bindparam, delete, select, update

from consult_bot.case.verb import Role
from consult_bot.roster.people import Person
from storage import tables

PEOPLE = tables.people

EVERYBODY = select(PEOPLE).order_by(PEOPLE.c.name, PEOPLE.c.id)
ONE_AT_A_TIME = select(tables.clock.c.id).with_for_update()
"""Processes that start together all write the roster: on an empty table, both insert what neither found. SQLite's writers
wait for each other anyway."""

SOMEBODY = select(PEOPLE).where(PEOPLE.c.id == bindparam("sought"))


class People:
    """The people as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> dict[str, Person]:
        """Return everyone who works or worked here, by Slack id."""
        return {row.id: _person(*row) for row in self._connection.execute(EVERYBODY)}

    def active(self, slack_id: str) -> Person | None:
        """Return somebody who works here now, None for anyone else."""
        row = self._connection.execute(SOMEBODY, {"sought": slack_id}).first()
        return _person(*row) if row and row.active else None

    def put(self, people: Iterable[Person]) -> None:
        """Add these people, or replace what is known of them."""
        self._connection.execute(ONE_AT_A_TIME)
        for person in people:
            self._connection.execute(delete(PEOPLE).where(PEOPLE.c.id == person.id))
            self._connection.execute(PEOPLE.insert().values(**_columns(person)))

    def replace_all(self, people: Iterable[Person]) -> None:
        """Make these the people who work here; everyone else stays by name and becomes inactive."""
        self._connection.execute(ONE_AT_A_TIME)
        self._connection.execute(update(PEOPLE).values(active=False))
        self.put(people)


def _columns(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "role": person.role.value,
        "credentials": person.credentials,
        "states": None if person.states is None else ";".join(person.states),
        "queues": ";".join(person.queues),
        "active": person.active,
    }


@lru_cache(maxsize=1000)
def _person(
    id: str, name: str, role: str, credentials: str, states: str | None, queues: str, active: bool
) -> Person:
    """The person of a row, in the table's order: every verb reads everybody, and few of them ever change."""
    return Person(
        id=id,
        name=name,
        role=Role(role),
        credentials=credentials,
        states=None if states is None else tuple(filter(None, states.split(";"))),
        queues=tuple(filter(None, queues.split(";"))),
        active=active,
    )
