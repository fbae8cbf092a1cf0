"""verify-history: prove that nobody changed the record."""

from __future__ import annotations

import typer

from consult_bot.cli.settings import store_to_look_at
from storage.history import verify

BROKEN = 1


def verify_history() -> None:
    """Check every chain of the history and name the first broken row. Exits 1 where one is broken, or nothing is there."""
    store = store_to_look_at()
    with store.reading() as work:
        verdict = verify(work.connection)
    if verdict.broken:
        typer.secho(f"Broken: {verdict.broken}.", err=True, fg="red")
        raise typer.Exit(BROKEN)
    typer.echo(
        f"Every row holds: {verdict.rows} rows in their cases' chains, {verdict.sealed} of them sealed."
    )
