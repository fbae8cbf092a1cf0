"""Settings from the environment and `.env`: all read once, at the start, and never changed.

A frozen dataclass and python-dotenv, without pydantic-settings: importing that took 550 ms on two cores, a quarter of
the two seconds in which the app must be ready, and each of its messages would have been replaced.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from dotenv.parser import parse_stream

from consult_bot import config_values as read
from consult_bot.case.words import Words
from consult_bot.config_values import Reader, Secret
from consult_bot.deadlines.hours import PracticeHours
from consult_bot.roster.facts import Practice
from consult_bot.roster.people import Person

# Closer than this to a name of ours, another name in .env is taken for a slip of the pen.
TYPO_LIKENESS = 0.85


class Setting(NamedTuple):
    """How a setting is read, where its value comes from, and what stands for an empty one.

    `unless` names another setting that makes a required one superfluous.
    """

    read: Reader
    where: str
    default: str | None
    required: bool
    unless: str = ""


def required(reader: Reader, where: str) -> Any:
    """A setting without which nothing starts."""
    return field(metadata={"setting": Setting(reader, where, None, True)})


def required_unless(other: str, reader: Reader, where: str) -> Any:
    """A setting without which nothing starts, unless `other` is set; then it may be None."""
    return field(metadata={"setting": Setting(reader, where, None, True, other)})


def defaulted(reader: Reader, where: str, default: str, *, shown: bool = True) -> Any:
    """A setting that works unset; `shown` is whether its value may be printed."""
    return field(metadata={"setting": Setting(reader, where, default, False)}, repr=shown)


def optional(reader: Reader, where: str) -> Any:
    """A setting that is None when unset."""
    return field(metadata={"setting": Setting(reader, where, None, False)}, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """Where the data is: all that `migrate` and `verify-history` need."""

    database_url: str = defaulted(
        read.database,
        "sqlite:///<file> on one machine; postgresql+psycopg://user:password@host/database from your database's host",
        "sqlite:///var/consult.db",
        shown=False,
    )
    attachments: Path | str = defaulted(
        read.attachments,
        "a folder for patients' photos, on a disk that is backed up together with the database; or s3://bucket/prefix",
        "file:var/attachments",
    )
    keys: Path | str = defaulted(
        read.keys,
        "a folder for the key file, to back up apart from the database, because without it nothing can be read; "
        "or kms:alias/<name>, a symmetric key of AWS KMS",
        "file:var/keys",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(StorageSettings):
    """Everything an administrator decides. `.env.example` explains each one."""

    slack_bot_token: Secret = required(
        read.bot_token,
        "api.slack.com/apps, your app, OAuth & Permissions, Bot User OAuth Token; starts with xoxb-",
    )
    slack_signing_secret: Secret | None = required_unless(
        "SLACK_APP_TOKEN",
        read.signing_secret,
        "api.slack.com/apps, your app, Basic Information, App Credentials, Signing Secret",
    )
    slack_app_token: Secret | None = optional(
        read.app_token,
        "api.slack.com/apps, your app, Basic Information, App-Level Tokens, with connections:write; "
        "empty: Slack sends its requests to PUBLIC_URL/slack/events",
    )
    slack_api_url: str = defaulted(
        read.api,
        "leave it empty, except to use another server that speaks Slack's Web API",
        "https://slack.com/api/",
    )
    slack_channel: str = required(
        read.channel, "in Slack, the channel's name, About, Channel ID at the bottom; starts with C"
    )
    roster: tuple[Person, ...] | None = optional(
        read.roster,
        "a CSV file you write, columns slack_id,name,credentials,role,states,queues; empty: the channel's members",
    )
    leads: tuple[str, ...] = defaulted(
        read.members, "in Slack, a person's profile, More, Copy member ID; separate several by commas", ""
    )
    practice_name: str = required(read.line, "the name your patients know you by")
    practice_phone: str = required(read.phone, "the number on which patients reach a person")
    practice_zone: str = required(read.zone, "the practice's time zone, such as America/Los_Angeles")
    practice_hours: str = defaulted(
        read.hours, "when you answer, such as Mon-Fri 08:00-18:00; Sat 09:00-12:00", "Mon-Fri 08:00-18:00"
    )
    target_hours: int = defaulted(read.whole(1, 720), "within how many hours you promise an answer", "24")
    urgent_minutes: int = defaulted(
        read.whole(1, 1440), "within how many minutes an urgent case must be answered", "30"
    )
    reopen_days: int = defaulted(
        read.whole(0, 365), "for how many days a patient can reopen a closed case", "30"
    )
    undo_seconds: int = defaulted(
        read.whole(0, 600), "how long what you send to a patient can be taken back; 0 sends at once", "30"
    )
    claim_lease_minutes: int = defaulted(
        read.whole(1, 10_080), "after how many silent minutes a claimed case goes back to the queue", "120"
    )
    oncall: Secret | None = optional(
        read.oncall,
        "who is told, outside Slack, that an urgent case lies unclaimed: mailto:oncall@example.org, or a webhook's https:",
    )
    mail: str = defaulted(
        read.mail,
        "your mail provider's SMTP page, as smtp://user:password@host:587?starttls; or ses://<region>"
        "?configuration_set=<name>&feedback=<SQS queue>; file:<folder> only to try it out",
        "file:var/mail",
        shown=False,
    )
    mail_from: str = required(
        read.sender, "an address of your practice that your mail provider lets you send from"
    )
    admin_email: Words | None = optional(
        read.address,
        "who is mailed, once, when Slack takes nothing any more because the token or the channel needs mending; "
        "empty: the address of MAIL_FROM",
    )
    forms: Path | None = optional(read.folder, "a folder with Questionnaires of your own; empty: ours only")
    public_url: str = required(
        read.site, "the https address at which patients and Slack reach this server, without a path"
    )
    port: int = defaulted(read.whole(1, 65_534), "the port to listen on, behind your https proxy", "8000")
    intake_api_key: None = optional(
        read.unbuilt("leave INTAKE_API_KEY empty; patients fill in the form at PUBLIC_URL"),
        "leave it empty until the FHIR intake is built",
    )
    policy_unclear: str = defaulted(
        read.choice("warn", unbuilt=("hold",)),
        "leave it empty until the states' rules are built",
        "warn",
    )
    phi_in_slack: str = defaulted(
        read.choice("full", unbuilt=("messages", "none")),
        "how much health information Slack may hold, by your agreement with Slack: full",
        "full",
    )

    def administrator(self) -> Words:
        """Return whom to mail when only an administrator can help."""
        return self.admin_email or Words(parseaddr(self.mail_from)[1])

    def practice(self) -> Practice:
        """Return the practice's rules as the verbs see them."""
        return Practice(
            name=self.practice_name,
            phone=self.practice_phone,
            zone=self.practice_zone,
            hours=PracticeHours.parse(self.practice_hours, zone=self.practice_zone),
            channel=self.slack_channel,
            target=timedelta(hours=self.target_hours),
            urgent_target=timedelta(minutes=self.urgent_minutes),
            undo=timedelta(seconds=self.undo_seconds),
            claim_lease=timedelta(minutes=self.claim_lease_minutes),
            reopen_window=timedelta(days=self.reopen_days),
            oncall=self.oncall is not None,
        )


class Fault(NamedTuple):
    """A setting that cannot be used, what is the matter, and where its value comes from."""

    name: str
    problem: str
    where: str


class BadSettings(ValueError):
    """Settings are missing or wrong. The message names every one of them, never the value of any."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        count = "1 setting is" if len(faults) == 1 else f"{len(faults)} settings are"
        told = "\n\n".join(
            f"  {_indented(f'{name} {problem}.')}\n    -> {where}" for name, problem, where in faults
        )
        super().__init__(
            f"{count} missing or wrong. Write them into .env (.env.example explains each), then start again.\n\n{told}"
        )


def load_settings(env: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")) -> Settings:
    """Return all settings; `env` (unset: the process's environment) goes before the file, which need not exist.

    Raises BadSettings naming every missing or wrong one at once. An empty value counts as unset.
    """
    return _load(Settings, env, env_file)


def load_storage_settings(
    env: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")
) -> StorageSettings:
    """Return only where the data is, so that it can be reached before Slack and mail are set up. Raises BadSettings."""
    return _load(StorageSettings, env, env_file)


_SETTINGS: dict[str, Setting] = {each.name.upper(): each.metadata["setting"] for each in fields(Settings)}
NAMES = tuple(_SETTINGS)

_Some = TypeVar("_Some", bound=StorageSettings)


def _load(kind: type[_Some], env: Mapping[str, str] | None, env_file: Path | None) -> _Some:
    in_file, faults = _read_file(env_file) if env_file else ({}, [])
    written = {**in_file, **(os.environ if env is None else env)}
    values: dict[str, Any] = {}
    for each in fields(kind):
        name = each.name.upper()
        setting = _SETTINGS[name]
        try:
            superfluous = bool(written.get(setting.unless, "").strip())
            values[each.name] = _value(setting, written.get(name, "").strip(), superfluous)
        except read.BadValue as error:
            faults.append(Fault(name, str(error).rstrip("."), setting.where))
    if faults:
        raise BadSettings(tuple(faults))
    return kind(**values)


def _value(setting: Setting, written: str, superfluous: bool) -> Any:
    if not written and setting.required and not superfluous:
        raise read.BadValue("is missing")
    chosen = written or setting.default
    return None if chosen is None else setting.read(chosen)


def _read_file(path: Path) -> tuple[dict[str, str], list[Fault]]:
    """Return what the file sets, and its lines that mean nothing."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            bindings = list(parse_stream(file))
    except FileNotFoundError:
        return {}, []
    except (OSError, UnicodeError):
        return {}, [
            Fault(path.name, "cannot be read", "it must be a text file in UTF-8 that this account may read")
        ]
    unread = [
        Fault(f"{path.name} line {each.original.line}", "cannot be read", "write it as NAME=value")
        for each in bindings
        if each.error or (each.key and each.value is None)
    ]
    set_here = {each.key: each.value for each in bindings if each.key and each.value is not None}
    return set_here, [*unread, *_slips(path, set_here)]


def _slips(path: Path, names: Mapping[str, str]) -> Iterator[Fault]:
    for name in names:
        near = difflib.get_close_matches(name.upper(), NAMES, n=1, cutoff=TYPO_LIKENESS)
        if name not in _SETTINGS and near:
            yield Fault(name, f"in {path.name} is not a setting", f"did you mean {near[0]}?")


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")
