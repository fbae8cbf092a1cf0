"""doctor: look at everything that has to be right, and say what to do about what is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import typer
from rich.console import Console

from consult_bot.case.delivery import NO_CASE, DeliveryKind, Way
from consult_bot.case.model import spoken
from consult_bot.cli.look_at_ses import looked_at_ses
from consult_bot.cli.settings import UNUSABLE, cannot_start
from consult_bot.config import BadSettings, Settings, load_settings
from consult_bot.notices.warning import OPEN_IT_AND_TELL
from consult_bot.slack.client import slack_client
from consult_bot.slack.socket_mode import APP_TOKEN_REMEDIES
from consult_bot.slack.trouble import FAILURES, REMEDIES, is_refusal, trouble_of
from consult_bot.worker import NEWER_REMEDY, UNKNOWN_VERB
from storage.errors import FilesAway
from storage.files import open_files
from storage.keys.opening import kms_key
from storage.looking import NothingThere, open_to_look
from storage.outbox.rows import DEAD, Standing
from storage.store import Store

UNWELL = 1
LATE_SECONDS = 600.0
"""Slack's pace of a message a second makes a busy hour wait, but not for so long."""

LEFT_LYING = timedelta(seconds=60)
"""A worker that runs tries again sooner what may be tried, and gives back what a dead one held."""

NOBODY_SENDS = "Look whether a worker runs (`run` has one, `web` has none), and at what it logs."
MEND_FIRST = "Mend first what else is named here; then it goes out by itself, as long as a worker runs."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `remedy` is None where it is well."""

    about: str
    remedy: str | None = None


def doctor() -> None:
    """Check settings, keys, database, Slack and what could not be sent. Exits 1 where something needs you."""
    try:
        settings = load_settings()
        findings = list(_findings(settings))
    except (BadSettings, *UNUSABLE) as error:
        raise cannot_start(error) from None
    console = Console(soft_wrap=True, highlight=False)
    for finding in findings:
        mark = "[green]ok[/green]  " if finding.remedy is None else "[red]look[/red]"
        console.print(f"{mark} {finding.about}" + (f"\n     -> {finding.remedy}" if finding.remedy else ""))
    if any(finding.remedy for finding in findings):
        raise typer.Exit(UNWELL)


def _findings(settings: Settings) -> Iterator[Finding]:
    store = None
    try:
        store = open_to_look(settings.database_url, settings.keys, settings.attachments)
    except NothingThere as nothing:
        yield Finding("There is no database to look at.", str(nothing))
    else:
        yield from _fitting(settings)
    yield from _files(settings)
    slack = list(_slack(settings))
    yield from slack
    yield from _socket_mode(settings)
    yield from _mail(settings)
    if store:
        yield from _sent(store, slack_is_well=all(finding.remedy is None for finding in slack))


def _fitting(settings: Settings) -> Iterator[Finding]:
    """What is known once the store is open."""
    yield Finding("Settings, database and keys fit together.")
    if isinstance(settings.keys, str):
        yield Finding("KMS opens the key.")


def _files(settings: Settings) -> Iterator[Finding]:
    try:
        open_files(settings.attachments, kms_key(settings.keys)).check()
    except FilesAway as away:
        yield Finding("The bucket of ATTACHMENTS cannot be used.", str(away))
    except OSError:
        yield Finding(
            "The folder of ATTACHMENTS cannot be used.",
            "Let this account write there, and look whether the disk is full.",
        )
    else:
        yield Finding("ATTACHMENTS takes, gives and removes files.")


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


def _socket_mode(settings: Settings) -> Iterator[Finding]:
    """Whether a socket may be opened; whether one is open, `/readyz` of the running process says."""
    if settings.slack_app_token is None:
        return
    client = slack_client(None, settings.slack_api_url, 10)
    try:
        client.apps_connections_open(app_token=settings.slack_app_token.reveal())
    except FAILURES as failure:
        error = trouble_of(failure).error
        remedy = APP_TOKEN_REMEDIES.get(error) or _remedy(error)
        yield Finding(f"Slack answers “{error}” about Socket Mode.", remedy)
        return
    yield Finding("Slack knows the app-level token: its requests come by Socket Mode.")


def _mail(settings: Settings) -> Iterator[Finding]:
    yield from (Finding(*found) for found in looked_at_ses(settings.mail, settings.mail_from))
    if settings.mail.startswith("file:") and settings.public_url.startswith("https://"):
        yield Finding(
            "Letters are written into a folder and reach nobody.", "Set MAIL to your mail server or to SES."
        )


def _sent(store: Store, *, slack_is_well: bool) -> Iterator[Finding]:
    with store.reading() as work:
        stuck, broken = work.outbox.stuck(), work.outbox.lanes.broken()
        now, real_now = work.times()
    late = [(way, left) for way, left in store.backlog().ways.items() if left.oldest_seconds >= LATE_SECONDS]
    tried = [one for one in stuck if one.status != DEAD and _is_tried(one, now, real_now)]
    amiss = _ways_of(tried) | ({Way.SLACK} if broken or not slack_is_well else set())
    for way, left in late:
        minutes = left.oldest_seconds / 60
        yield Finding(
            f"What is due does not go out ({way}: {left.due}, the oldest for {minutes:.0f} minutes).",
            MEND_FIRST if way in amiss else NOBODY_SENDS,
        )
    for lane, error, since in broken:
        yield Finding(f"Nothing passes {lane} since {since:%Y-%m-%d %H:%M} UTC: {error}.", _remedy(error))
    if not stuck and not broken and not late:
        yield Finding("Everything that was due has been sent.")
    for one in stuck:
        yield Finding(
            f"Delivery {one.id} ({_about(one)}) is {one.status} after {one.attempts} attempts: "
            f"{one.last_error}.",
            "It is tried no more by itself: in the channel, a team lead can press Retry or Give up."
            if one.status == DEAD
            else _remedy_for(one),
        )


def _is_tried(one: Standing, now: datetime, real_now: datetime) -> bool:
    """Whether a worker still tries this: an old failure tells nothing of the worker, which may be gone since."""
    if one.lease_until:
        return one.lease_until > real_now - LEFT_LYING
    return one.next_try_at > now - LEFT_LYING


def _ways_of(tried: list[Standing]) -> set[Way]:
    """The ways by which these are tried and do not get through."""
    kinds = {DeliveryKind(one.kind) for one in tried}
    return {way for way in Way if not way.kinds.isdisjoint(kinds)}


def _about(one: Standing) -> str:
    return f"{one.kind}, {spoken(one.number)}" if one.number != NO_CASE else one.kind


def _remedy_for(one: Standing) -> str:
    """What to do about what is tried still."""
    if one.kind == DeliveryKind.CARD.value and is_refusal(one.last_error):
        return OPEN_IT_AND_TELL
    return _remedy(one.last_error)


def _remedy(error: str) -> str:
    if error == UNKNOWN_VERB:
        return NEWER_REMEDY
    return REMEDIES.get(
        error, "It is tried again by itself. If this stays, check the network and SLACK_API_URL."
    )
