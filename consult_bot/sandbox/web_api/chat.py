"""Messages that the app posts, changes and takes back."""

from typing import Any

from consult_bot.sandbox import happenings, people
from consult_bot.sandbox.contents import checked_attachments, checked_blocks, checked_metadata, said
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.people import Channel
from consult_bot.sandbox.store import Record
from consult_bot.sandbox.web_api.arguments import Arguments
from consult_bot.sandbox.web_api.places import channel_by_id, root_to_answer, to_post_in
from consult_bot.sandbox.workspace import is_root, is_tombstone, posted_by_app

UPDATE_CHARACTERS = 4_000
BY_APP = {
    "user": people.BOT_USER_ID,
    "bot_id": people.BOT_ID,
    "app_id": people.APP_ID,
    "team": people.TEAM_ID,
}
LOOKS = ("username", "icon_emoji", "icon_url")


def post_message(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    channel = to_post_in(slack, arguments.required("channel"))
    slack.limits.post(channel.id)
    message = slack.workspace.post(channel.id, written(slack, channel, arguments))
    slack.tell(*happenings.posted(message))
    shown = slack.workspace.shown(message, with_metadata=True)
    return {"channel": channel.id, "ts": message["ts"], "message": shown}


def update(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    workspace = slack.workspace
    channel = _where_to_change(slack, arguments)
    before = _own(slack, channel.id, arguments.required("ts"), "cant_update_message")
    edited = {"user": people.BOT_USER_ID, "ts": workspace.clock.stamp()}
    changed = _rewritten(before, arguments) | _broadcast(arguments) | {"edited": edited}
    after = workspace.update(channel.id, before["ts"], changed)
    slack.tell(happenings.changed(before, after, edited["ts"]))
    shown = workspace.shown(after, with_metadata=True)
    return {"channel": channel.id, "ts": after["ts"], "text": after["text"], "message": shown}


def delete(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    _refuse_as_user(arguments)
    channel = channel_by_id(slack, arguments)
    before = _own(slack, channel.id, arguments.required("ts"), "cant_delete_message")
    tombstone = slack.workspace.delete(channel.id, before["ts"])
    slack.tell(happenings.deleted(before, slack.workspace.clock.stamp(), tombstone))
    return {"channel": channel.id, "ts": before["ts"]}


def post_ephemeral(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    channel = to_post_in(slack, arguments.required("channel"))
    user_id = arguments.required("user")
    if user_id not in channel.members:
        raise SlackError("user_not_in_channel")
    message = written(slack, channel, arguments)
    return {"message_ts": slack.workspace.whisper(channel.id, user_id, message)["ts"]}


def permalink(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """Only of a message that is there: a tombstone has none. That of a reply names its thread."""
    channel = channel_by_id(slack, arguments)
    message = slack.workspace.message(channel.id, arguments.required("message_ts"))
    if is_tombstone(message):
        raise SlackError("message_not_found")
    address = f"{slack.url}/archives/{channel.id}/p{message['ts'].replace('.', '')}"
    thread = "" if is_root(message) else f"?thread_ts={message['thread_ts']}&cid={channel.id}"
    return {"channel": channel.id, "permalink": address + thread}


def written(slack: LocalSlack, channel: Channel, arguments: Arguments) -> Record:
    """Returns the message that a call would write into a channel. Raises SlackError by Slack's names."""
    _refuse_as_user(arguments)
    looks = {name: arguments.text(name) for name in LOOKS if arguments.text(name)}
    if looks:
        slack.installation.check_scope("chat:write.customize")
    words = said(
        arguments.text("text") or "",
        arguments.json("blocks"),
        arguments.json("attachments"),
        arguments.json("metadata"),
        arguments.text("markdown_text") or "",
    )
    return {**BY_APP, **looks, **words, **_thread(slack, channel, arguments)}


def _rewritten(before: Record, arguments: Arguments) -> Record:
    """Text without blocks takes the blocks away; blocks without text leave the text."""
    text = arguments.text("text") or arguments.text("markdown_text")
    if arguments.text("text") and arguments.text("markdown_text"):
        raise SlackError("markdown_text_conflict")
    if text is not None and len(text) > UPDATE_CHARACTERS:
        raise SlackError("msg_too_long")
    drawn = {
        "blocks": checked_blocks(arguments.json("blocks")),
        "attachments": checked_attachments(arguments.json("attachments")),
    }
    if not text and not any(drawn.values()):
        raise SlackError("no_text")
    taken_away = {name: part or None for name, part in drawn.items()}
    return {"text": text or before["text"], **taken_away, **checked_metadata(arguments.json("metadata"))}


def _where_to_change(slack: LocalSlack, arguments: Arguments) -> Channel:
    _refuse_as_user(arguments)
    channel = channel_by_id(slack, arguments)
    if channel.is_archived:
        raise SlackError("is_inactive")
    if people.BOT_USER_ID not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _refuse_as_user(arguments: Arguments) -> None:
    if arguments.flag("as_user"):
        raise SlackError("as_user_not_supported")


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
