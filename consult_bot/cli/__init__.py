"""The command line: `python -m consult_bot …`, also `consult-bot …`. One file for each command."""

from __future__ import annotations

from importlib import import_module

import click
import typer
from typer.core import TyperGroup
from typer.main import get_command

MODULES = {
    "run": "run",
    "web": "run",
    "worker": "run",
    "sandbox": "sandbox",
    "demo": "demo",
    "migrate": "migrate",
    "doctor": "doctor",
    "verify-history": "verify_history",
    "roster": "roster",
    "diagram": "diagram",
}
"""Each command's module in this folder; its function has the command's name."""


class LoadedWhenTyped(TyperGroup):
    """Imports only the command that was typed, so that `run` does not wait for what `demo` needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in MODULES:
            return None
        module = import_module(f"consult_bot.cli.{MODULES[name]}")
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        single.command(name)(getattr(module, name.replace("-", "_")))
        return get_command(single)


app = typer.Typer(
    cls=LoadedWhenTyped, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)


@app.callback()
def main_options() -> None:
    """Asynchronous consults: patients write on a web form, clinicians answer in Slack."""


def main() -> None:
    """Run the command that was typed."""
    app()
