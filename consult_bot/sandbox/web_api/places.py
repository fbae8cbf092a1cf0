"""The channel a call names, as far as the app may go there."""

from __future__ import annotations

from consult_bot.sandbox import people
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.people import Channel
from consult_bot.sandbox.web_api.arguments import Arguments
from consult_bot.sandbox.workspace import is_root


def channel_by_id(slack: LocalSlack, arguments: Arguments, name: str = "channel") -> Channel:
    """Returns the channel. Names and people's ids work only where messages are posted, as in Slack.
    Raises SlackError `channel_not_found`."""
    channel_id = arguments.required(name)
    channel = slack.workspace.channel(channel_id)
    if channel.id != channel_id:
        raise SlackError("channel_not_found")
    return channel


def readable(slack: LocalSlack, arguments: Arguments) -> Channel:
    """Returns the channel if the app is in it. Raises SlackError `channel_not_found` or `not_in_channel`."""
    channel = channel_by_id(slack, arguments)
    if people.BOT_USER_ID not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def to_post_in(slack: LocalSlack, name_or_id: str) -> Channel:
    """Returns the channel, if the app may post there: as a member, or anywhere public with the scope for it.
    Raises SlackError by Slack's names."""
    channel = slack.workspace.channel(name_or_id)
    if channel.is_archived:
        raise SlackError("is_archived")
    outside = people.BOT_USER_ID not in channel.members
    if outside and "chat:write.public" not in slack.installation.scopes:
        raise SlackError("not_in_channel")
    return channel


def root_to_answer(slack: LocalSlack, channel_id: str, thread_ts: str) -> str:
    """Returns the stamp of the thread's root. A reply cannot be answered itself."""
    try:
        parent = slack.workspace.message(channel_id, thread_ts)
    except SlackError:
        raise SlackError("cannot_reply_to_message") from None
    if not is_root(parent):
        raise SlackError("cannot_reply_to_message")
    return parent["ts"]
