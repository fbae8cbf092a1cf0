"""sandbox: a whole practice on this machine, to try everything without an account."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from consult_bot.cli.ending import wait_for_the_end
from consult_bot.cli.local import LocalPractice
from consult_bot.cli.settings import UNUSABLE, cannot_start, port_in_use
from consult_bot.logs import configure_logs

DEFAULT_PORT = 8000


def sandbox(
    port: Annotated[
        int | None,
        typer.Option(help="The patient's page; the local Slack takes the next one. Default: PORT or 8000."),
    ] = None,
    folder: Annotated[
        Path, typer.Option(help="Where database, keys, mail and workspace live together.")
    ] = Path("var/sandbox"),
) -> None:
    """Start the app with a local Slack, a mailbox and made-up people. Open the address it prints."""
    chosen = port if port is not None else int(os.environ.get("PORT") or DEFAULT_PORT)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as stream:
        configure_logs(stream)
        try:
            practice = LocalPractice(folder.resolve(), chosen, chosen + 1 if chosen else 0)
        except OSError:
            raise cannot_start(port_in_use(chosen)) from None
        except UNUSABLE as error:
            raise cannot_start(error) from None
        practice.start()
        # Plain lines, each address whole: whoever reads them may be a terminal of any width, or a program.
        typer.echo(
            "Your sandbox practice is ready.\n\n"
            f"Open {practice.slack_url}/ and play everyone: patient, clinicians and lead.\n\n"
            f"The patient's own page is {practice.url}/\n"
            f"The mailbox is {practice.slack_url}/mail\n"
            f"Everything is kept in {folder}; delete it to begin anew.\n\n"
            "Ctrl-C ends it."
        )
        wait_for_the_end()
        practice.stop()
