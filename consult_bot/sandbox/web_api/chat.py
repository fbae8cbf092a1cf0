"""Messages that the app posts, changes and takes back."""

from typing import Any

from consult_bot.sandbox import happenings, people
from consult_bot.sandbox.block_rules import MESSAGE_BLOCK_CHARACTERS, characters, problems
from consult_bot.sandbox.elements import with_ids
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.people import Channel
from consult_bot.sandbox.store import Record
from consult_bot.sandbox.web_api.arguments import Arguments
from consult_bot.sandbox.workspace import is_root, posted_by_app

POST_CHARACTERS = 40_000
UPDATE_CHARACTERS = 4_000
BY_APP = {
    "user": people.BOT_USER_ID,
    "bot_id": people.BOT_ID,
    "app_id": people.APP_ID,
    "team": people.TEAM_ID,
}


def post_message(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    channel = channel_to_post_in(slack, arguments.required("channel"))
    message = slack.workspace.post(channel.id, _content(arguments) | _thread(slack, channel, arguments))
    slack.tell(*happenings.posted(message))
    shown = slack.workspace.shown(message, with_metadata=True)
    return {"channel": channel.id, "ts": message["ts"], "message": shown}


def update(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    workspace = slack.workspace
    channel = channel_to_post_in(slack, arguments.required("channel"))
    before = _own(slack, channel.id, arguments.required("ts"), "cant_update_message")
    text = arguments.text("text")
    if text is not None and len(text) > UPDATE_CHARACTERS:
        raise SlackError("msg_too_long")
    if text is None and not arguments.has("blocks"):
        raise SlackError("no_text")
    edited = {"user": people.BOT_USER_ID, "ts": workspace.clock.stamp()}
    # Text without blocks takes the blocks away; blocks without text leave the text.
    changed = {"text": before["text"] if text is None else text, "blocks": _blocks(arguments) or None}
    after = workspace.update(
        channel.id, before["ts"], changed | _metadata(arguments) | _broadcast(arguments) | {"edited": edited}
    )
    slack.tell(happenings.changed(before, after, edited["ts"]))
    shown = workspace.shown(after, with_metadata=True)
    return {"channel": channel.id, "ts": after["ts"], "text": after["text"], "message": shown}


def delete(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    channel = slack.workspace.channel(arguments.required("channel"))
    before = _own(slack, channel.id, arguments.required("ts"), "cant_delete_message")
    slack.workspace.delete(channel.id, before["ts"])
    slack.tell(happenings.deleted(before, slack.workspace.clock.stamp()))
    return {"channel": channel.id, "ts": before["ts"]}


def post_ephemeral(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    channel = channel_to_post_in(slack, arguments.required("channel"))
    user_id = arguments.required("user")
    if user_id not in channel.members:
        raise SlackError("user_not_in_channel")
    content = _content(arguments) | _thread(slack, channel, arguments)
    return {"message_ts": slack.workspace.whisper(channel.id, user_id, content)["ts"]}


def permalink(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    channel = slack.workspace.channel(arguments.required("channel"))
    ts = slack.workspace.message(channel.id, arguments.required("message_ts"))["ts"]
    address = f"{slack.url}/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": address}


def channel_to_post_in(slack: LocalSlack, name_or_id: str) -> Channel:
    """Returns the channel, if the app may post there. Raises SlackError by Slack's names."""
    channel = slack.workspace.channel(name_or_id)
    if channel.is_archived:
        raise SlackError("is_archived")
    if people.BOT_USER_ID not in channel.members:
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


def _content(arguments: Arguments) -> Record:
    text, blocks = arguments.text("text") or "", _blocks(arguments)
    if not text and not blocks:
        raise SlackError("no_text")
    drawn = {"blocks": blocks} if blocks else {}
    return {**BY_APP, "text": text[:POST_CHARACTERS], **drawn, **_metadata(arguments)}


def _blocks(arguments: Arguments) -> list[Record]:
    blocks = arguments.json("blocks")
    if blocks is None or blocks == []:
        return []
    wrong = problems(blocks, "message")
    if wrong:
        raise SlackError("invalid_blocks", wrong)
    if characters(blocks) > MESSAGE_BLOCK_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    return with_ids(blocks)


def _metadata(arguments: Arguments) -> Record:
    metadata = arguments.json("metadata")
    if metadata is None:
        return {}
    if metadata == {}:
        return {"metadata": None}
    sound = isinstance(metadata, dict) and isinstance(metadata.get("event_type"), str)
    if not sound or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    return {"metadata": {key: metadata[key] for key in ("event_type", "event_payload")}}


def _thread(slack: LocalSlack, channel: Channel, arguments: Arguments) -> Record:
    thread_ts = arguments.text("thread_ts")
    if not thread_ts:
        return {}
    return {"thread_ts": root_to_answer(slack, channel.id, thread_ts)} | _broadcast(arguments)


def _broadcast(arguments: Arguments) -> Record:
    return {"subtype": "thread_broadcast"} if arguments.flag("reply_broadcast") else {}


def _own(slack: LocalSlack, channel_id: str, ts: str, refusal: str) -> Record:
    message = slack.workspace.message(channel_id, ts)
    if not posted_by_app(message):
        raise SlackError(refusal)
    return message
