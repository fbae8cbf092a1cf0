"""People of the practice, and the CSV that lists them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from consult_bot.case.verb import Role


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the workspace who works here.

    `states` are the two-letter codes of the licences; None means that nobody listed them, so they show
    as unchecked. `queues` empty means every queue. Inactive people keep their history and take nothing.
    """

    id: str
    name: str
    role: Role = Role.CLINICIAN
    credentials: str = ""
    states: tuple[str, ...] | None = None
    queues: tuple[str, ...] = ()
    active: bool = True

    @property
    def is_lead(self) -> bool:
        return self.role is Role.LEAD

    @property
    def signature(self) -> str:
        """The name as the patient reads it: `Ana Ruiz, MD`."""
        return f"{self.name}, {self.credentials}" if self.credentials else self.name


def signatures(people: Iterable[Person]) -> dict[str, str]:
    """Return the names as patients read them, by Slack id."""
    return {person.id: person.signature for person in people}


class BadRoster(ValueError):
    """The roster file cannot be used; each line of the message names a row and what to write there."""


COLUMNS = ("slack_id", "name", "credentials", "role", "states", "queues")


def parse_roster(text: str) -> tuple[Person, ...]:
    """Return the people of a roster CSV, in its order.

    Columns: `slack_id,name,credentials,role,states,queues`; lists inside a cell separated by `;`. An empty `states`
    says that nobody listed the licences, an empty `queues` every queue, an empty `role` a clinician.
    Raises BadRoster naming every faulty row at once, so that one look mends the file.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise BadRoster(f"The roster's first line lacks the columns {', '.join(missing)}.")
    people: dict[str, Person] = {}
    faults: list[str] = []
    for line, row in enumerate(rows, start=2):
        cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
        fault = _fault(cells, people)
        if fault:
            faults.append(f"Line {line}: {fault}")
            continue
        people[cells["slack_id"]] = Person(
            id=cells["slack_id"],
            name=cells["name"],
            role=Role(cells["role"].lower() or Role.CLINICIAN),
            credentials=cells["credentials"],
            states=_listed(cells["states"].upper()) or None,
            queues=_listed(cells["queues"]),
        )
    if faults:
        raise BadRoster("\n".join(faults))
    return tuple(people.values())


def _fault(cells: dict[str, str], people: dict[str, Person]) -> str | None:
    if cells["slack_id"][:1] not in {"U", "W"}:
        return "slack_id must be a member id such as U012AB3CD (in Slack: profile, More, Copy member ID)."
    if cells["slack_id"] in people:
        return f"{cells['slack_id']} stands there twice; keep one line."
    if not cells["name"]:
        return "name is empty; write the name patients should read."
    if cells["role"].lower() not in {"", *Role}:
        return f"role must be one of {', '.join(Role)}."
    return None


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())
