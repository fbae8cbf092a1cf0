"""The parts that Slack's interactive payloads share."""

from typing import Any

from consult_bot.sandbox import people
from consult_bot.sandbox.errors import CannotDo, SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.people import Channel, Person
from consult_bot.sandbox.store import Record

Payload = dict[str, Any]


def person_playing(slack: LocalSlack, user_id: str) -> Person:
    """Returns the person by id or handle. Raises CannotDo for strangers, the app itself and the deactivated."""
    person = person_named(slack, user_id)
    if person.deleted:
        raise CannotDo(f"{person.id} is deactivated and cannot do anything")
    return person


def person_named(slack: LocalSlack, user_id: str) -> Person:
    """Returns the person by id or handle. Raises CannotDo for strangers and for the app itself."""
    for person in slack.workspace.people():
        if user_id in (person.id, person.handle) and not person.is_bot:
            return person
    known = ", ".join(person.id for person in slack.workspace.people() if not person.is_bot)
    raise CannotDo(f"there is no person {user_id!r}; there are {known}")


def channel_named(slack: LocalSlack, name_or_id: str) -> Channel:
    try:
        return slack.workspace.channel(name_or_id)
    except SlackError:
        known = ", ".join(channel.id for channel in slack.workspace.channels())
        raise CannotDo(f"there is no channel {name_or_id!r}; there are {known}") from None


def message_at(slack: LocalSlack, channel: Channel, ts: str) -> Record:
    try:
        return slack.workspace.message(channel.id, ts)
    except SlackError:
        raise CannotDo(f"there is no message {ts!r} in {channel.id}") from None


def base(slack: LocalSlack, kind: str, person: Person) -> Payload:
    """Returns what every interactive payload begins with."""
    return {
        "type": kind,
        "team": {"id": people.TEAM_ID, "domain": people.TEAM_DOMAIN},
        "user": {
            "id": person.id,
            "username": person.handle,
            "name": person.handle,
            "team_id": people.TEAM_ID,
        },
        "api_app_id": people.APP_ID,
        "token": slack.workspace.secrets["verification"],
        "enterprise": {"id": slack.enterprise_id, "name": people.TEAM_NAME} if slack.enterprise_id else None,
        "is_enterprise_install": slack.enterprise_id is not None,
    }


def at_channel(channel: Channel) -> Payload:
    return {"channel": {"id": channel.id, "name": channel.name}}


def response_url(slack: LocalSlack, channel: Channel, person: Person, message: Record | None = None) -> str:
    """Returns a new address to which the app can answer this person later."""
    ts = message["ts"] if message else None
    ephemeral = bool(message and message.get("is_ephemeral"))
    return f"{slack.url}/response/{slack.response_urls.make(channel.id, person.id, ts, ephemeral)}"
