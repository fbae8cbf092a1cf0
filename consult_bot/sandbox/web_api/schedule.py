"""Messages to be posted later, on the sandbox's clock.

Up to 120 days ahead and at most 30 within five minutes of a channel: https://docs.slack.dev/reference/methods/chat.scheduleMessage
"""

from __future__ import annotations

import secrets
from typing import Any

from consult_bot.sandbox import happenings
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.store import Drop, Record
from consult_bot.sandbox.web_api.arguments import Arguments
from consult_bot.sandbox.web_api.chat import written
from consult_bot.sandbox.web_api.places import to_post_in

FURTHEST_SECONDS = 120 * 86_400
WINDOW_SECONDS = 300
MOST_IN_WINDOW = 30


def schedule(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    channel = to_post_in(slack, arguments.required("channel"))
    post_at = _post_at(slack, arguments)
    message = written(slack, channel, arguments)
    with slack.workspace.lock:
        if _scheduled_around(slack, channel.id, post_at) >= MOST_IN_WINDOW:
            raise SlackError("restricted_too_many")
        what = {"channel": channel.id, "message": message}
        slack.workspace.keep(slack.later.promise("scheduled", post_at, what))
    slack.later.wake()
    shown = {"type": "delayed_message", **message}
    name = "Q" + secrets.token_hex(5).upper()
    return {"channel": channel.id, "scheduled_message_id": name, "post_at": post_at, "message": shown}


def post_scheduled(slack: LocalSlack, what: Record, done: Drop) -> None:
    """Posts a message whose time has come, unless the channel no longer takes it: nobody is told then."""
    try:
        channel = to_post_in(slack, what["channel"])
    except SlackError:
        slack.workspace.keep(done)
        return
    message = slack.workspace.post(channel.id, what["message"], also=lambda _: [done])
    slack.tell(*happenings.posted(message))


def _post_at(slack: LocalSlack, arguments: Arguments) -> int:
    post_at = arguments.number("post_at", 0)
    ahead = post_at - slack.workspace.clock.now_seconds()
    if ahead <= 0:
        raise SlackError("time_in_past")
    if ahead > FURTHEST_SECONDS:
        raise SlackError("time_too_far")
    return post_at


def _scheduled_around(slack: LocalSlack, channel_id: str, post_at: int) -> int:
    rows = slack.workspace.store.all("later").values()
    waiting = [row for row in rows if row["kind"] == "scheduled" and row["what"]["channel"] == channel_id]
    return sum(abs(row["due"] - post_at) < WINDOW_SECONDS for row in waiting)
