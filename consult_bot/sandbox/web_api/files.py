"""Files, in the second way of uploading. Sharing one happens a little after it was asked for, as in Slack."""

from typing import Any

from consult_bot.sandbox import happenings
from consult_bot.sandbox.contents import checked_blocks
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.store import Drop, Record
from consult_bot.sandbox.uploads import file_object
from consult_bot.sandbox.web_api.arguments import Arguments
from consult_bot.sandbox.web_api.chat import BY_APP, LOOKS
from consult_bot.sandbox.web_api.places import root_to_answer, to_post_in

SHARED_AFTER_SECONDS = 0.2
MOST_CHANNELS = 100
ALT_TEXT_CHARACTERS = 1000


def upload_address(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    name, length = arguments.required("filename"), arguments.number("length", 0)
    if not length:
        raise SlackError("missing_argument")
    alt_text = arguments.text("alt_txt")
    if len(alt_text or "") > ALT_TEXT_CHARACTERS:
        raise SlackError("alt_txt_too_large")
    file_id, ticket = slack.uploads.announce(name, length, alt_text)
    return {"upload_url": f"{slack.url}/upload/v1/{ticket}", "file_id": file_id}


def complete_upload(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """Completes uploads; with a channel they are shared there, a little later, as one message.

    `files.info` tells the share only then. Advancing the sandbox's clock brings it about at once.
    """
    wanted = arguments.json("files")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(each, dict) for each in wanted):
        raise SlackError("invalid_arguments", ["[ERROR] must be an array of files [json-pointer:/files]"])
    content, where = _content(slack, arguments), _where(slack, arguments)
    for each in wanted:
        slack.uploads.check_received(str(each.get("id")))
    kept = [slack.uploads.complete(str(each["id"]), each.get("title")) for each in wanted]
    for channel_id in where:
        _share_later(slack, channel_id, [each["id"] for each in kept], content)
    return {"files": [{"id": each["id"], "title": each["title"]} for each in kept]}


def info(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    kept = slack.uploads.file(arguments.required("file"))
    return {"file": file_object(kept, slack.url), "comments": [], "response_metadata": {"next_cursor": ""}}


def delete(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    slack.uploads.delete(arguments.required("file"))
    return {}


def share(slack: LocalSlack, what: Record, done: Drop) -> None:
    """Posts the message that shows the files, unless the channel no longer takes it: nobody is told then."""
    with slack.workspace.lock:  # no file is deleted between the look and the post
        file_ids = _still_to_share(slack, what)
        if not file_ids:
            slack.workspace.keep(done)
            return
        shown = [file_object(slack.uploads.file(file_id), slack.url) for file_id in file_ids]
        message = slack.workspace.post(
            what["channel"],
            {**what["content"], "files": shown},
            also=lambda message: [done, *(slack.uploads.shared(file_id, message) for file_id in file_ids)],
        )
    slack.tell(*({**event, "subtype": "file_share"} for event in happenings.posted(message)))


def _still_to_share(slack: LocalSlack, what: Record) -> list[str]:
    try:
        to_post_in(slack, what["channel"])
    except SlackError:
        return []
    return [file_id for file_id in what["files"] if slack.uploads.exists(file_id)]


def _share_later(slack: LocalSlack, channel_id: str, file_ids: list[str], content: Record) -> None:
    fault = slack.faults.take("files.share", exactly=True)
    if fault and not fault.retry_after_seconds:
        return
    lag_seconds = fault.retry_after_seconds if fault else SHARED_AFTER_SECONDS
    due = slack.workspace.clock.now_seconds() + lag_seconds
    what = {"channel": channel_id, "files": file_ids, "content": content}
    slack.workspace.keep(slack.later.promise("share", due, what))
    slack.later.wake()


def _content(slack: LocalSlack, arguments: Arguments) -> Record:
    looks = {name: arguments.text(name) for name in LOOKS if arguments.text(name)}
    if looks:
        slack.installation.check_scope("chat:write.customize")
    blocks = checked_blocks(arguments.json("blocks"))
    thread_ts = arguments.text("thread_ts")
    return {
        **BY_APP,
        **looks,
        "text": arguments.text("initial_comment") or "",
        "upload": True,
        **({"blocks": blocks} if blocks else {}),
        **({"thread_ts": thread_ts} if thread_ts else {}),
    }


def _where(slack: LocalSlack, arguments: Arguments) -> list[str]:
    named = (arguments.text("channel_id") or arguments.text("channels") or "").split(",")
    if len(named) > MOST_CHANNELS:
        raise SlackError("channels_limit_exceeded")
    channels = [_takes_files(slack, each.strip()) for each in named if each.strip()]
    thread_ts = arguments.text("thread_ts")
    if thread_ts:
        for channel_id in channels:
            root_to_answer(slack, channel_id, thread_ts)
    return channels


def _takes_files(slack: LocalSlack, channel_id: str) -> str:
    channel = slack.workspace.channel(channel_id)
    if channel.id != channel_id:
        raise SlackError("invalid_channel")
    if channel.is_archived:
        raise SlackError("posting_to_channel_denied")
    return to_post_in(slack, channel_id).id
