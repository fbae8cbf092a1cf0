"""The command line: `python -m consult_bot …`, also `consult-bot …`. One file for each command."""

from __future__ import annotations

import typer

from consult_bot.cli.demo import demo
from consult_bot.cli.diagram import diagram
from consult_bot.cli.doctor import doctor
from consult_bot.cli.migrate import migrate
from consult_bot.cli.roster import roster
from consult_bot.cli.run import run, web, worker
from consult_bot.cli.sandbox import sandbox
from consult_bot.cli.verify_history import verify_history

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for command in (run, web, worker, sandbox, demo, migrate, doctor, verify_history, roster, diagram):
    app.command()(command)


def main() -> None:
    """Run the command that was typed."""
    app()
