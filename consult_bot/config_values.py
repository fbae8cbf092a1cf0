"""What an administrator may write for each setting: text in, value out.

Every reader raises BadValue completing the sentence "NAME ...". Only those for hours and roster repeat a part of what
was written: a token pasted into the wrong line must not end up on a screen or in a log.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from consult_bot.case.email_address import is_address
from consult_bot.case.words import Words
from consult_bot.deadlines.hours_text import HoursError, parse_week
from consult_bot.deadlines.zones import ZoneError, find_zone
from consult_bot.roster.people import BadRoster, Person, parse_roster

Reader = Callable[[str], Any]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,}")
_MEMBER_ID = re.compile(r"[UW][A-Z0-9]{2,}")
_PHONE = re.compile(r"\+?[0-9(][0-9 ().-]{5,}(?: ?(?:x|ext\.?) ?[0-9]{1,6})?")
_MAILBOX = r"[^\s<>@,;:\"()]+@[a-zA-Z0-9.-]+"
_SENDER = re.compile(rf"{_MAILBOX}|[^<>\"\\,;:@]+ <{_MAILBOX}>", re.ASCII)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[a-zA-Z0-9_-][a-zA-Z0-9!_.*'()-]*(?:/[a-zA-Z0-9_-][a-zA-Z0-9!_.*'()-]*)*")
_KEY_NAME = r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})"
_ALIAS = r"alias/[a-zA-Z0-9/_-]{1,250}"
_KMS_KEY = re.compile(
    rf"{_KEY_NAME}|{_ALIAS}|arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{{12}}:(?:key/{_KEY_NAME}|{_ALIAS})"
)
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}")
_AWS_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_LOOPBACK = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|::1")


class BadValue(ValueError):
    """A setting cannot be used as written; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A token, password or key: it can be used, but is never printed by accident."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value


def line(written: str) -> str:
    """One line of text."""
    if _CONTROL.search(written) or len(written) > 120:
        raise BadValue("must be one line of at most 120 characters")
    return written


def phone(written: str) -> str:
    """A telephone number as people dial it."""
    if not _PHONE.fullmatch(written):
        raise BadValue("must be a telephone number as patients dial it, such as +1 509 555 0142")
    return written


def bot_token(written: str) -> Secret:
    """Slack's token of the app's bot user."""
    if not re.fullmatch(r"xoxb-[!-~]+", written):
        raise BadValue("must start with xoxb-; other tokens cannot act as the app")
    return Secret(written)


def signing_secret(written: str) -> Secret:
    """What Slack signs its requests with."""
    if not re.fullmatch(r"[!-~]+", written) or written.startswith(("xox", "xapp-")):
        raise BadValue("must be the signing secret, letters and digits only; it is not one of the tokens")
    return Secret(written)


def app_token(written: str) -> Secret:
    """Slack's app-level token, for Socket Mode."""
    if not re.fullmatch(r"xapp-[!-~]+", written):
        raise BadValue("must start with xapp-; it is the app-level token, not the bot's")
    return Secret(written)


def unbuilt(remedy: str) -> Reader:
    """A reader for a setting that this version refuses."""

    def refuse(written: str) -> None:
        raise BadValue(f"is not built yet: {remedy}")

    return refuse


def choice(*allowed: str, unbuilt: tuple[str, ...] = ()) -> Reader:
    """One of a few words; those in `unbuilt` are refused by name."""

    def read(written: str) -> str:
        if written in unbuilt:
            raise BadValue(f"= {written} is not built yet; this version has only: {', '.join(allowed)}")
        if written not in allowed:
            raise BadValue(f"must be one of: {', '.join(allowed)}")
        return written

    return read


def whole(least: int, most: int) -> Reader:
    """A whole number within these bounds."""

    def read(written: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", written) or not least <= int(written) <= most:
            raise BadValue(f"must be a whole number from {least} to {most}")
        return int(written)

    return read


def channel(written: str) -> str:
    """The id of a channel."""
    if not _CHANNEL_ID.fullmatch(written):
        raise BadValue("must be a channel's id such as C012AB3CD, not its name")
    return written


def members(written: str) -> tuple[str, ...]:
    """Member ids, separated by commas."""
    ids = tuple(part.strip() for part in written.split(",") if part.strip())
    if not all(_MEMBER_ID.fullmatch(each) for each in ids):
        raise BadValue("must be member ids separated by commas, such as U012AB3CD,U045EF6GH")
    return ids


def roster(written: str) -> tuple[Person, ...]:
    """The people of the CSV file at this path."""
    try:
        return parse_roster(Path(written).read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeError):
        raise BadValue("must be the path of a readable CSV file in UTF-8") from None
    except BadRoster as error:
        raise BadValue(f"names a file that cannot be used:\n{error}") from None


def zone(written: str) -> str:
    """The name of a time zone."""
    try:
        return find_zone(written).key
    except ZoneError:
        raise BadValue(
            "must be a time zone's name, such as America/New_York, America/Chicago or America/Los_Angeles"
        ) from None


def hours(written: str) -> str:
    """Opening hours, in the words of `deadlines.hours_text`."""
    try:
        parse_week(written)
    except HoursError as error:
        raise BadValue(f"cannot be used. {error}") from None
    return written


def sender(written: str) -> str:
    """A mailbox, alone or after a name."""
    if not _SENDER.fullmatch(written):
        raise BadValue(
            "must be an address, such as care@practice.example or Riverside <care@practice.example>"
        )
    return written


def folder(written: str) -> Path:
    """A folder that exists."""
    if not Path(written).is_dir():
        raise BadValue("must be a folder that exists")
    return Path(written)


def file_url(example: str, otherwise: str = "") -> Reader:
    """A folder that is made when needed, written `file:path`; `otherwise` says what else may stand there."""

    def read(written: str) -> Path:
        place = re.sub(r"^//(?=/)", "", written.removeprefix("file:"))
        if not written.startswith("file:") or not place or place.startswith("//"):
            raise BadValue(f"must be file: and a folder, such as {example}{otherwise}")
        return Path(place)

    return read


def attachments(written: str) -> Path | str:
    """A folder, or a bucket of S3 and a prefix in it, which comes back without a slash at its end.

    Shapes: AWS's rules for names of buckets, and the characters that it calls safe in names of objects.
    """
    if not written.startswith("s3:"):
        return file_url("file:var/attachments", ", or s3://bucket/prefix")(written)
    bucket, _, prefix = written.removeprefix("s3://").rstrip("/").partition("/")
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise BadValue("must be s3:// and the name of a bucket, such as s3://riverside-consults/photos")
    if prefix and (not _PREFIX.fullmatch(prefix) or len(prefix) > 900):
        raise BadValue("must have a prefix of plain letters, digits and - _ . / after the bucket's name")
    return f"s3://{bucket}/{prefix}".rstrip("/")


def keys(written: str) -> Path | str:
    """A folder for a key file, or a key of AWS KMS: `kms:` and its id, ARN or alias."""
    if not written.startswith("kms:"):
        return file_url("file:var/keys", ", or kms: and a key")(written)
    if not _KMS_KEY.fullmatch(written.removeprefix("kms:")):
        raise BadValue("must be kms: and the id, ARN or alias of a KMS key, such as kms:alias/consult")
    return written


def mail(written: str) -> str:
    """Where letters go: a folder, a mail server or Amazon SES."""
    if written.startswith("ses:"):
        return _ses(written)
    if written.startswith("file:"):
        file_url("file:var/mail")(written)
        return written
    url = _split(written)
    if url.scheme not in {"smtp", "smtps"} or not url.hostname or url.query not in {"", "starttls"}:
        raise BadValue(
            "must be file:<folder>, smtp://host:port, smtp://host:587?starttls, smtps://host:465 or ses://<region>"
        )
    if url.password and url.scheme == "smtp" and not url.query and not is_loopback(url):
        raise BadValue("would send the password unencrypted; add ?starttls or use smtps://")
    return written


def _ses(written: str) -> str:
    """Amazon SES: a region, and behind the question mark `configuration_set` and the queue `feedback`, each once."""
    url = _split(written)
    if not _REGION.fullmatch(url.netloc) or url.path.strip("/") or url.fragment:
        raise BadValue("must be ses:// and a region of AWS, such as ses://us-west-2")
    options = parse_qsl(url.query, keep_blank_values=True)
    names = [name for name, _ in options]
    if len(set(names)) < len(names) or not set(names) <= {"configuration_set", "feedback"}:
        raise BadValue(
            "with ses:// knows only configuration_set= and feedback= behind the ?, each once, joined by &"
        )
    given = dict(options)
    if not _AWS_NAME.fullmatch(given.get("configuration_set", "any")):
        raise BadValue("names a configuration_set that can be none: letters, digits, - and _, at most 80")
    if not _is_queue(given.get("feedback", "any")):
        raise BadValue(
            "must name an SQS queue as feedback: its URL, or its name in the account and region of SES"
        )
    return written


def _is_queue(written: str) -> bool:
    if _AWS_NAME.fullmatch(written):
        return True
    url = _split(written)
    safe = url.scheme == "https" or (url.scheme == "http" and is_loopback(url))
    return safe and bool(url.hostname) and len(url.path.strip("/").split("/")) >= 2 and not url.username


def oncall(written: str) -> Secret:
    """Whom to page outside Slack: an email address, or a webhook, whose address is often a secret in itself."""
    if written.startswith("mailto:"):
        if not is_address(written.removeprefix("mailto:")):
            raise BadValue("must be mailto: and one plain email address, such as mailto:oncall@example.org")
        return Secret(written)
    url = _split(written)
    if not url.hostname or not (url.scheme == "https" or (url.scheme == "http" and is_loopback(url))):
        raise BadValue("must be mailto:oncall@example.org, or the https address of a webhook")
    return Secret(written)


def address(written: str) -> Words:
    """One email address."""
    if not is_address(written):
        raise BadValue("must be one plain email address, such as it@example.org")
    return Words(written)


def database(written: str) -> str:
    """SQLite in a file, or PostgreSQL through psycopg."""
    url = _split(written)
    if url.scheme == "sqlite" and url.path.removeprefix("/") not in {"", ":memory:"}:
        return written
    if url.scheme == "postgresql+psycopg" and url.path.strip("/"):
        return written
    raise BadValue("must be sqlite:///<file> or postgresql+psycopg://user:password@host/database")


def web_url(written: str) -> str:
    """An address of this or another server: https, or http on this machine only."""
    url = _split(written)
    if not url.hostname or url.scheme not in {"https", "http"} or url.query or url.fragment or url.username:
        raise BadValue("must be an address such as https://consult.practice.example")
    if url.scheme == "http" and not is_loopback(url):
        raise BadValue("must start with https://, because it carries health information")
    return written


def site(written: str) -> str:
    """The address that patients and Slack reach; comes back without a slash at its end."""
    if _split(web_url(written)).path not in {"", "/"}:
        raise BadValue("must be an address without a path, such as https://consult.practice.example")
    return written.rstrip("/")


def api(written: str) -> str:
    """The address of a Slack Web API; comes back with the slash at its end that slack-sdk needs."""
    return web_url(written).rstrip("/") + "/"


def is_loopback(url: SplitResult) -> bool:
    """Whether the host is this machine."""
    return _LOOPBACK.fullmatch(url.hostname or "") is not None


def _split(written: str) -> SplitResult:
    try:
        url = urlsplit(written)
        in_range = url.port != 0
    except ValueError:
        in_range = False
    if not in_range or re.search(r"\s", written):
        raise BadValue("is not an address that can be read; its port must be a number from 1 to 65535")
    return url
