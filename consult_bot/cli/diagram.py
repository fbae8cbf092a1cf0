"""diagram: draw the life cycle from its table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from consult_bot.case.diagram import life_cycle_page


def diagram(
    to: Annotated[Path, typer.Argument(help="The file to write.")] = Path("docs/life-cycle.md"),
) -> None:
    """Draw the life cycle into docs/life-cycle.md, from the table that guards it."""
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(life_cycle_page(), encoding="utf-8")
    typer.echo(f"Wrote {to}.")
