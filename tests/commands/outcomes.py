"""What the tests of verbs look at again and again."""

from __future__ import annotations

import json

from sqlalchemy import select

from consult_bot.case.verb import Refused
from consult_bot.case.visibility import PatientView, patient_view
from storage import tables
from storage.store import Store
from tests.builders import World


def refused(outcome: object) -> Refused:
    """The refusal, which the outcome must be."""
    assert isinstance(outcome, Refused), outcome
    return outcome


def patients_page(world: World, number: int) -> PatientView:
    """The case as its patient sees it now."""
    return patient_view(world.case(number), world.desk.facts_now().now, {})


def seen_by_patient(world: World, number: int) -> str:
    """Every word on the patient's page."""
    return " ".join(entry.words.reveal() for entry in patients_page(world, number).entries)


def happened(world: World, number: int) -> list[str]:
    """The names of everything that happened to a case, oldest first."""
    rows = select(tables.history.c.event).where(tables.history.c.number == number)
    with world.store.reading() as work:
        return list(work.connection.scalars(rows.order_by(tables.history.c.place)))


def home_waits(store: Store) -> bool:
    """Whether anybody's Home waits to be drawn."""
    homes = select(tables.deliveries.c.id).where(
        tables.deliveries.c.kind == "home", tables.deliveries.c.status == "waiting"
    )
    with store.reading() as work:
        return work.connection.execute(homes).first() is not None


def waiting(world: World, number: int) -> list[tuple[str, str]]:
    """Of each delivery of a case that waits: its kind, and the verb of a timer or the name of a letter."""
    rows = select(tables.deliveries.c.kind, tables.deliveries.c.payload).where(
        tables.deliveries.c.number == number, tables.deliveries.c.status == "waiting"
    )
    with world.store.reading() as work:
        found = work.connection.execute(rows.order_by(tables.deliveries.c.id)).all()
    return [(row.kind, _name(json.loads(row.payload))) for row in found]


def _name(payload: dict[str, str]) -> str:
    return payload.get("verb") or payload.get("letter") or ""
