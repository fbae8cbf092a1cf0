"""Channels: what is in them and who."""

import base64
import binascii
from typing import Any

from consult_bot.sandbox import happenings, people
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.people import Channel, channel_object
from consult_bot.sandbox.store import Record
from consult_bot.sandbox.web_api.arguments import Arguments
from consult_bot.sandbox.web_api.places import channel_by_id, readable

# A kind of conversation, as `types` names it, and the scope to see it.
SCOPES = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "mpim": "mpim:read",
    "im": "im:read",
}
MOST_MESSAGES = 999
MOST_LISTED = 1000


def history(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """Newest first. Replies are left out unless they were broadcast; metadata comes only on request."""
    channel = readable(slack, arguments)
    oldest, latest = _bounds(arguments)
    found = [
        message
        for message in slack.workspace.stream(channel.id, oldest, latest)
        if _within(message, arguments)
    ]
    return _page(slack, arguments, found, 100, MOST_MESSAGES)


def replies(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """The root first, then its replies, oldest first."""
    channel, ts = readable(slack, arguments), arguments.required("ts")
    try:
        asked = slack.workspace.message(channel.id, ts)
    except SlackError:
        raise SlackError("thread_not_found") from None
    root = slack.workspace.message(channel.id, asked.get("thread_ts", asked["ts"]))
    answers = slack.workspace.replies(channel.id, root["ts"])
    found = [root, *(message for message in answers if _within(message, arguments))]
    return _page(slack, arguments, found, MOST_LISTED, MOST_LISTED)


def info(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    channel = channel_by_id(slack, arguments)
    counted = {"num_members": len(channel.members)} if arguments.flag("include_num_members") else {}
    return {"channel": _shown(channel) | counted}


def members(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    channel = channel_by_id(slack, arguments)
    page, cursor = arguments.page(list(channel.members), 100, MOST_LISTED)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def listed(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    found = [channel_object(channel) for channel in of_asked_kinds(slack, arguments)]
    page, cursor = arguments.page(found, 100, MOST_LISTED)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def of_asked_kinds(slack: LocalSlack, arguments: Arguments) -> list[Channel]:
    """Returns the channels of the kinds in `types`. Raises SlackError `invalid_types` or `missing_scope`."""
    wanted = (arguments.text("types") or "public_channel").replace(" ", "").split(",")
    if not set(wanted) <= set(SCOPES):
        raise SlackError("invalid_types")
    for kind in wanted:
        slack.installation.check_scope(SCOPES[kind])
    known = slack.workspace.channels() if "public_channel" in wanted else ()
    without_archived = arguments.flag("exclude_archived")
    return [channel for channel in known if not (without_archived and channel.is_archived)]


def opened(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """Direct messages between the app and one person. Several at once need scopes the sandbox has no use for."""
    if arguments.text("channel"):
        return {"channel": {"id": channel_by_id(slack, arguments).id}}
    users = [user for user in (arguments.text("users") or "").split(",") if user]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 1:
        slack.installation.check_scope("mpim:write")
        raise SlackError("too_many_users")
    person = slack.workspace.person(users[0])
    if person.deleted:
        raise SlackError("user_disabled")
    channel = slack.workspace.channel(person.id)
    shown = _shown(channel) if arguments.flag("return_im") else {"id": channel.id}
    return {"channel": shown}


def join(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    channel = channel_by_id(slack, arguments)
    if channel.id.startswith("D"):
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if slack.workspace.join(channel.id, people.BOT_USER_ID):
        slack.tell(happenings.joined(people.BOT_USER_ID, channel.id, slack.workspace.clock.stamp()))
        return {"channel": _shown(slack.workspace.channel(channel.id))}
    return {"channel": _shown(channel), "warning": "already_in_channel"}


def _shown(channel: Channel) -> dict[str, Any]:
    if not channel.id.startswith("D"):
        return channel_object(channel)
    return {"id": channel.id, "is_im": True, "is_archived": False, "user": channel.members[0]}


def _page(
    slack: LocalSlack, arguments: Arguments, found: list[Record], otherwise: int, most: int
) -> dict[str, Any]:
    limit = arguments.limit(otherwise, most)
    start = _start(found, arguments.text("cursor") or "")
    page, rest = found[start : start + limit], found[start + limit :]
    with_metadata = arguments.flag("include_all_metadata")
    cursor = base64.b64encode(f"next_ts:{rest[0]['ts']}".encode()).decode() if rest else ""
    return {
        "messages": [slack.workspace.shown(message, with_metadata) for message in page],
        "has_more": bool(rest),
        "pin_count": 0,
        **({"response_metadata": {"next_cursor": cursor}} if cursor else {}),
    }


def _start(found: list[Record], cursor: str) -> int:
    """Returns where the page begins: a cursor names a message, so that new ones do not shift the pages."""
    if not cursor:
        return 0
    try:
        next_ts = base64.b64decode(cursor).decode().removeprefix("next_ts:")
    except (binascii.Error, UnicodeDecodeError):
        raise SlackError("invalid_cursor") from None
    for index, message in enumerate(found):
        if message["ts"] == next_ts:
            return index
    raise SlackError("invalid_cursor")


def _within(message: Record, arguments: Arguments) -> bool:
    """Bounds are excluded unless `inclusive` is set."""
    oldest, latest = _bounds(arguments)
    if arguments.flag("inclusive"):
        return message["ts"] >= oldest and (not latest or message["ts"] <= latest)
    return message["ts"] > oldest and (not latest or message["ts"] < latest)


def _bounds(arguments: Arguments) -> tuple[str, str]:
    return _stamp(arguments, "oldest"), _stamp(arguments, "latest")


def _stamp(arguments: Arguments, name: str) -> str:
    """Returns a bound as a full stamp, so that stamps compare as text: `0` and `1700000000` are allowed."""
    given = arguments.text(name) or ""
    if given in ("", "0", "now"):
        return ""
    seconds, _, fraction = given.partition(".")
    if not (seconds + fraction).isdecimal():
        raise SlackError(f"invalid_ts_{name}")
    return f"{seconds.zfill(10)}.{fraction.ljust(6, '0')[:6]}"
