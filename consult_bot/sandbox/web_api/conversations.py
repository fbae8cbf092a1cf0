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

TYPES = {"public_channel", "private_channel", "mpim", "im"}


def history(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """Newest first. Replies are left out unless they were broadcast; metadata comes only on request."""
    channel = _readable(slack, arguments)
    oldest, latest = arguments.text("oldest") or "", arguments.text("latest") or ""
    found = [
        message
        for message in slack.workspace.stream(channel.id, _stamp(oldest), _stamp(latest))
        if _within(message, arguments)
    ]
    return _page(slack, arguments, found, otherwise=100)


def replies(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """The root first, then its replies, oldest first."""
    channel, ts = _readable(slack, arguments), arguments.required("ts")
    try:
        asked = slack.workspace.message(channel.id, ts)
    except SlackError:
        raise SlackError("thread_not_found") from None
    root = slack.workspace.message(channel.id, asked.get("thread_ts", asked["ts"]))
    answers = slack.workspace.replies(channel.id, root["ts"])
    found = [root, *(message for message in answers if _within(message, arguments))]
    return _page(slack, arguments, found, otherwise=1000)


def info(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    return {"channel": _shown(slack.workspace.channel(arguments.required("channel")))}


def members(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    channel = slack.workspace.channel(arguments.required("channel"))
    page, cursor = arguments.page(list(channel.members), 100, 1000)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def listed(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    wanted = set((arguments.text("types") or "public_channel").replace(" ", "").split(","))
    if not wanted <= TYPES:
        raise SlackError("invalid_types")
    known = slack.workspace.channels() if "public_channel" in wanted else ()
    found = [channel_object(channel) for channel in known]
    page, cursor = arguments.page(found, 100, 1000)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def opened(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """Direct messages between the app and one person."""
    if arguments.text("channel"):
        return {"channel": {"id": slack.workspace.channel(arguments.required("channel")).id}}
    users = [user for user in (arguments.text("users") or "").split(",") if user]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 1:
        raise SlackError("too_many_users")
    return {"channel": {"id": slack.workspace.channel(slack.workspace.person(users[0]).id).id}}


def join(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    channel = slack.workspace.channel(arguments.required("channel"))
    if channel.id.startswith("D"):
        raise SlackError("method_not_supported_for_channel_type")
    if slack.workspace.join(channel.id, people.BOT_USER_ID):
        slack.tell(happenings.joined(people.BOT_USER_ID, channel.id, slack.workspace.clock.stamp()))
        return {"channel": _shown(slack.workspace.channel(channel.id))}
    return {"channel": _shown(channel), "warning": "already_in_channel"}


def _shown(channel: Channel) -> dict[str, Any]:
    if not channel.id.startswith("D"):
        return channel_object(channel)
    return {"id": channel.id, "is_im": True, "is_archived": False, "user": channel.members[0]}


def _readable(slack: LocalSlack, arguments: Arguments) -> Channel:
    channel = slack.workspace.channel(arguments.required("channel"))
    if people.BOT_USER_ID not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _page(slack: LocalSlack, arguments: Arguments, found: list[Record], otherwise: int) -> dict[str, Any]:
    limit = min(arguments.number("limit", otherwise), max(otherwise, 999))
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
    oldest, latest = _stamp(arguments.text("oldest") or ""), _stamp(arguments.text("latest") or "")
    if arguments.flag("inclusive"):
        return message["ts"] >= oldest and (not latest or message["ts"] <= latest)
    return message["ts"] > oldest and (not latest or message["ts"] < latest)


def _stamp(given: str) -> str:
    """Returns a bound as a full stamp, so that stamps compare as text: `0` and `1700000000` are allowed."""
    if not given or given in ("0", "now"):
        return ""
    seconds, _, fraction = given.partition(".")
    if not (seconds + fraction).isdigit():
        raise SlackError("invalid_ts_oldest")
    return f"{seconds.zfill(10)}.{fraction.ljust(6, '0')[:6]}"
