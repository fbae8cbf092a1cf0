"""Members of the workspace."""

from typing import Any

from consult_bot.sandbox import people
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.people import channel_object, user_object
from consult_bot.sandbox.web_api.arguments import Arguments


def info(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    return {"user": user_object(slack.workspace.person(arguments.required("user")))}


def listed(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    members = [user_object(person) for person in slack.workspace.people()]
    page, cursor = arguments.page(members, 100, 1000)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def by_email(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    wanted = arguments.required("email")
    for person in slack.workspace.people():
        user = user_object(person)
        if user["profile"]["email"] == wanted:
            return {"user": user}
    raise SlackError("users_not_found")


def conversations(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """The channels in which a person, or without `user` the app, is a member."""
    member = arguments.text("user") or people.BOT_USER_ID
    found = [channel_object(channel) for channel in slack.workspace.channels() if member in channel.members]
    page, cursor = arguments.page(found, 100, 999)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def of_group(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    group = arguments.required("usergroup")
    if group not in people.USER_GROUPS:
        raise SlackError("no_such_subteam")
    return {"users": list(people.USER_GROUPS[group])}
