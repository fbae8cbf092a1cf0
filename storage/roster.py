"""The roster as it stands in the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from consult_bot.case.verb import Role
from consult_bot.roster.people import Person
from storage import tables

PEOPLE = tables.people


class People:
    """The people as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> dict[str, Person]:
        """Return everyone who works or worked here, by Slack id."""
        rows = self._connection.execute(select(PEOPLE).order_by(PEOPLE.c.name, PEOPLE.c.id))
        return {row.id: _person(row) for row in rows}

    def active(self, slack_id: str) -> Person | None:
        """Return somebody who works here now, None for anyone else."""
        row = self._connection.execute(select(PEOPLE).where(PEOPLE.c.id == slack_id)).first()
        return _person(row) if row and row.active else None

    def put(self, people: Iterable[Person]) -> None:
        """Add these people, or replace what is known of them."""
        for person in people:
            self._connection.execute(delete(PEOPLE).where(PEOPLE.c.id == person.id))
            self._connection.execute(PEOPLE.insert().values(**_columns(person)))

    def replace_all(self, people: Iterable[Person]) -> None:
        """Make these the people who work here; everyone else stays by name and becomes inactive."""
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


def _person(row: Row[Any]) -> Person:
    states = row.states
    return Person(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        credentials=row.credentials,
        states=None if states is None else tuple(filter(None, states.split(";"))),
        queues=tuple(filter(None, row.queues.split(";"))),
        active=row.active,
    )
