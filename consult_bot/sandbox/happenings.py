"""Slack's `message` events and their kin, from what has just happened in the workspace."""

from typing import Any

from consult_bot.sandbox import people
from consult_bot.sandbox.store import Record

Event = dict[str, Any]


def channel_type(channel_id: str) -> str:
    return "im" if channel_id.startswith("D") else "channel"


def posted(message: Record) -> list[Event]:
    """Returns the events of a new message: a mention of the app is sent twice, as in Slack."""
    event = {**message, "event_ts": message["ts"], "channel_type": channel_type(message["channel"])}
    mentions = f"<@{people.BOT_USER_ID}>" in message["text"] and message.get("bot_id") is None
    if not mentions:
        return [event]
    return [event, {**event, "type": "app_mention"}]


def changed(before: Record, after: Record, ts: str) -> Event:
    return _about(before, ts) | {"subtype": "message_changed", "message": after, "previous_message": before}


def deleted(before: Record, ts: str) -> Event:
    return _about(before, ts) | {
        "subtype": "message_deleted",
        "deleted_ts": before["ts"],
        "previous_message": before,
    }


def _about(message: Record, ts: str) -> Event:
    channel = message["channel"]
    where = {"channel": channel, "channel_type": channel_type(channel)}
    return {"type": "message", "hidden": True, **where, "ts": ts, "event_ts": ts}


def home_opened(user_id: str, ts: str, view: Record | None) -> Event:
    event = {"type": "app_home_opened", "user": user_id, "channel": "D" + user_id[1:], "tab": "home"}
    return {**event, "event_ts": ts, **({"view": view} if view else {})}


def joined(user_id: str, channel_id: str, ts: str) -> Event:
    event = {"type": "member_joined_channel", "user": user_id, "channel": channel_id}
    return {**event, "channel_type": "C", "team": people.TEAM_ID, "event_ts": ts}
