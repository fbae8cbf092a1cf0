"""roster: who works here."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from consult_bot.cli.settings import store_to_look_at


def roster() -> None:
    """List the people who may take cases, as the database knows them."""
    store = store_to_look_at()
    with store.reading() as work:
        people = work.people.all().values()
    if not people:
        typer.echo(
            "Nobody yet. Set ROSTER, or start the app once so that it reads the members of SLACK_CHANNEL."
        )
        return
    table = Table("Slack id", "Name", "Role", "Licences", "Queues", "Works here")
    for person in people:
        licences = "unchecked" if person.states is None else ", ".join(person.states)
        queues = ", ".join(person.queues) or "all"
        table.add_row(
            person.id, person.signature, person.role, licences, queues, "yes" if person.active else "no"
        )
    Console().print(table)
