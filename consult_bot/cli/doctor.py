"""doctor: look at everything that has to be right, and say what to do about what is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import typer
from rich.console import Console

from consult_bot.cli.settings import UNUSABLE, cannot_start
from consult_bot.config import BadSettings, Settings, load_settings
from consult_bot.slack.client import slack_client
from consult_bot.slack.trouble import FAILURES, REMEDIES, trouble_of
from storage.store import Store, open_store

UNWELL = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `remedy` is None where it is well."""

    about: str
    remedy: str | None = None


def doctor() -> None:
    """Check settings, keys, database, Slack and what could not be sent. Exits 1 where something needs you."""
    try:
        settings = load_settings()
        store = open_store(settings.database_url, settings.keys, settings.attachments)
    except (BadSettings, *UNUSABLE) as error:
        raise cannot_start(error) from None
    findings = [
        Finding("Settings, database and keys fit together."),
        *_slack(settings),
        *_mail(settings),
        *_sent(store),
    ]
    console = Console(soft_wrap=True, highlight=False)
    for finding in findings:
        mark = "[green]ok[/green]  " if finding.remedy is None else "[red]look[/red]"
        console.print(f"{mark} {finding.about}" + (f"\n     -> {finding.remedy}" if finding.remedy else ""))
    if any(finding.remedy for finding in findings):
        raise typer.Exit(UNWELL)


def _slack(settings: Settings) -> Iterator[Finding]:
    client = slack_client(settings.slack_bot_token.reveal(), settings.slack_api_url, 10)
    try:
        client.auth_test()
        channel = client.conversations_info(channel=settings.slack_channel)["channel"]
    except FAILURES as failure:
        trouble = trouble_of(failure)
        yield Finding(f"Slack answers “{trouble.error}”.", _remedy(trouble.error))
        return
    yield Finding("Slack knows the bot token.")
    if channel.get("is_archived"):
        yield Finding("The channel is archived.", _remedy("is_archived"))
    elif not channel.get("is_member"):
        yield Finding("The bot is not in the channel.", _remedy("not_in_channel"))
    else:
        yield Finding("The bot is in the channel.")


def _mail(settings: Settings) -> Iterator[Finding]:
    if settings.mail.startswith("file:") and settings.public_url.startswith("https://"):
        yield Finding("Letters are written into a folder and reach nobody.", "Set MAIL to your SMTP server.")


def _sent(store: Store) -> Iterator[Finding]:
    with store.reading() as work:
        stuck = work.outbox.stuck()
    if not stuck:
        yield Finding("Everything that was due has been sent.")
    for one in stuck:
        yield Finding(
            f"Delivery {one.id} ({one.kind}, C-{one.number}) is {one.status} after {one.attempts} attempts: "
            f"{one.last_error}.",
            "It was given up: tell the patient or the channel by hand."
            if one.status == "dead"
            else _remedy(one.last_error),
        )


def _remedy(error: str) -> str:
    return REMEDIES.get(
        error, "It is tried again by itself. If this stays, check the network and SLACK_API_URL."
    )
