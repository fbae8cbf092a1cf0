"""Slack's `message` events and their kin, from what has just happened in the workspace."""

from typing import Any

from consult_bot.sandbox import people
from consult_bot.sandbox.people import Channel
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
    # A mention says neither a subtype nor the kind of channel.
    mention = {key: value for key, value in event.items() if key not in ("channel_type", "subtype")}
    return [event, {**mention, "type": "app_mention"}]


def changed(before: Record, after: Record, ts: str) -> Event:
    return _about(before, ts) | {"subtype": "message_changed", "message": after, "previous_message": before}


def deleted(before: Record, ts: str, tombstone: Record | None = None) -> Event:
    """A message that had replies is not told of as deleted but as changed: into its tombstone."""
    if tombstone:
        return changed(before, tombstone, ts)
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


def left(user_id: str, channel_id: str, ts: str) -> Event:
    """The app itself hears of its own leaving under another name, and without more than the channel."""
    if user_id == people.BOT_USER_ID:
        return {"type": "channel_left", "channel": channel_id, "event_ts": ts}
    return joined(user_id, channel_id, ts) | {"type": "member_left_channel"}


def renamed(channel: Channel, ts: str) -> Event:
    told = {"id": channel.id, "name": channel.name, "name_normalized": channel.name}
    return {"type": "channel_rename", "channel": told, "event_ts": ts}


def archived(channel: Channel, user_id: str, ts: str) -> Event:
    kind = "channel_archive" if channel.is_archived else "channel_unarchive"
    return {"type": kind, "channel": channel.id, "user": user_id, "event_ts": ts}


def person_changed(user: dict[str, Any], ts: str) -> Event:
    return {"type": "user_change", "user": user, "cache_ts": int(float(ts)), "event_ts": ts}


def token_lost(uninstalled: bool) -> list[Event]:
    """The token stopped working: revoked alone, or with the whole app."""
    revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [people.BOT_USER_ID]}}
    return [{"type": "app_uninstalled"}, revoked] if uninstalled else [revoked]
