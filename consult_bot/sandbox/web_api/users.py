"""Members of the workspace."""

from typing import Any

from consult_bot.sandbox import people
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.people import Person, channel_object, user_object
from consult_bot.sandbox.web_api.arguments import Arguments
from consult_bot.sandbox.web_api.conversations import of_asked_kinds

MOST_LISTED = 1000
MOST_CONVERSATIONS = 999


def info(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    return {"user": _shown(slack, slack.workspace.person(arguments.required("user")))}


def listed(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """All of them at once unless a `limit` is given, deactivated ones included."""
    members = [_shown(slack, person) for person in slack.workspace.people()]
    page, cursor = arguments.page(members, MOST_LISTED, MOST_LISTED)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def by_email(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    wanted = arguments.required("email")
    for person in slack.workspace.people():
        user = user_object(person)
        if user["profile"]["email"] == wanted and not person.deleted:
            return {"user": user}
    raise SlackError("users_not_found")


def conversations(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """The channels in which a person, or without `user` the app, is a member."""
    member = arguments.text("user") or people.BOT_USER_ID
    known = of_asked_kinds(slack, arguments)
    found = [channel_object(channel) for channel in known if member in channel.members]
    page, cursor = arguments.page(found, 100, MOST_CONVERSATIONS)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def of_group(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    group = arguments.required("usergroup")
    if group not in people.USER_GROUPS:
        raise SlackError("no_such_subteam")
    return {"users": list(people.USER_GROUPS[group])}


def _shown(slack: LocalSlack, person: Person) -> dict[str, Any]:
    user = user_object(person)
    if "users:read.email" not in slack.installation.scopes:
        user["profile"].pop("email")
    return user
