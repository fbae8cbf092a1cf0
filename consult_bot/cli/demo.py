"""demo: play the stories through the sandbox, over real HTTP."""

from __future__ import annotations

import tempfile
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from consult_bot.cli.local import LocalPractice
from consult_bot.cli.stories.players import StoryBroken, Workspace
from consult_bot.cli.stories.rash import RashStory
from consult_bot.logs import configure_logs

CHANNEL = "C0CONSULT"
DIFFERED = 1


def demo() -> None:
    """Play the stories and print the transcript. Exits 1 where anything differs from what it should be."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log.jsonl").open("w") as stream:
        configure_logs(stream)
        practice = LocalPractice(Path(folder), 0, 0)
        practice.start()
        transcript = Table(title="Story 1: a rash", show_header=False, box=None, padding=(0, 1))
        transcript.add_column(style="bold", no_wrap=True)
        transcript.add_column()
        fault: StoryBroken | None = None
        try:
            RashStory(practice.url, Workspace(practice.slack_url, CHANNEL), transcript.add_row).play()
        except StoryBroken as error:
            fault = error
        finally:
            practice.stop()
    console = Console()
    console.print(transcript)
    if fault:
        console.print(f"[red]The story went differently: {fault}[/red]")
        raise typer.Exit(DIFFERED)
    console.print("[green]The story went as it should.[/green]")
