"""Emoji under messages, by the app."""

import re
from typing import Any

from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.people import BOT_USER_ID
from consult_bot.sandbox.store import Record
from consult_bot.sandbox.web_api.arguments import Arguments
from consult_bot.sandbox.web_api.places import channel_by_id

NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def add(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    with slack.workspace.lock:
        name, message = _item(slack, arguments)
        users = _users_by_name(message)
        if BOT_USER_ID in users.get(name, []):
            raise SlackError("already_reacted")
        _keep(slack, message, users | {name: [*users.get(name, []), BOT_USER_ID]})
    return {}


def remove(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    with slack.workspace.lock:
        name, message = _item(slack, arguments)
        users = _users_by_name(message)
        if BOT_USER_ID not in users.get(name, []):
            raise SlackError("no_reaction")
        _keep(slack, message, users | {name: [user for user in users[name] if user != BOT_USER_ID]})
    return {}


def _item(slack: LocalSlack, arguments: Arguments) -> tuple[str, Record]:
    name = arguments.required("name").strip(":")
    if not NAME.fullmatch(name):
        raise SlackError("invalid_name")
    if not arguments.text("channel") or not arguments.text("timestamp"):
        raise SlackError("no_item_specified")
    channel = channel_by_id(slack, arguments)
    if channel.is_archived:
        raise SlackError("is_archived")
    return name, slack.workspace.message(channel.id, arguments.required("timestamp"))


def _users_by_name(message: Record) -> dict[str, list[str]]:
    return {reaction["name"]: reaction["users"] for reaction in message.get("reactions", [])}


def _keep(slack: LocalSlack, message: Record, users: dict[str, list[str]]) -> None:
    reactions = [
        {"name": name, "users": reacted, "count": len(reacted)} for name, reacted in users.items() if reacted
    ]
    slack.workspace.update(message["channel"], message["ts"], {"reactions": reactions or None})
