"""Files, in the second way of uploading."""

from typing import Any

from consult_bot.sandbox import happenings
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.store import Record
from consult_bot.sandbox.uploads import file_object
from consult_bot.sandbox.web_api.arguments import Arguments
from consult_bot.sandbox.web_api.chat import BY_APP, channel_to_post_in, root_to_answer


def upload_address(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    name, length = arguments.required("filename"), arguments.number("length", 0)
    file_id, ticket = slack.uploads.announce(name, length, arguments.text("alt_txt"))
    return {"upload_url": f"{slack.url}/upload/v1/{ticket}", "file_id": file_id}


def complete_upload(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """Completes uploads; with a channel they are shared there as one message."""
    wanted = arguments.json("files")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(each, dict) for each in wanted):
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: files"])
    where = _where(slack, arguments)
    kept = [slack.uploads.complete(str(each.get("id")), each.get("title")) for each in wanted]
    for channel_id in where:
        _share(slack, channel_id, [each["id"] for each in kept], arguments)
    return {"files": [file_object(slack.uploads.file(each["id"]), slack.url) for each in kept]}


def info(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    kept = slack.uploads.file(arguments.required("file"))
    return {"file": file_object(kept, slack.url), "comments": [], "response_metadata": {"next_cursor": ""}}


def delete(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    slack.uploads.delete(arguments.required("file"))
    return {}


def _where(slack: LocalSlack, arguments: Arguments) -> list[str]:
    named = arguments.text("channel_id") or arguments.text("channels") or ""
    channels = [channel_to_post_in(slack, each.strip()).id for each in named.split(",") if each.strip()]
    thread_ts = arguments.text("thread_ts")
    if thread_ts:
        for channel_id in channels:
            root_to_answer(slack, channel_id, thread_ts)
    return channels


def _share(slack: LocalSlack, channel_id: str, file_ids: list[str], arguments: Arguments) -> None:
    content: Record = {**BY_APP, "text": arguments.text("initial_comment") or "", "upload": True}
    if arguments.text("thread_ts"):
        content["thread_ts"] = arguments.text("thread_ts")
    shown = [file_object(slack.uploads.file(file_id), slack.url) for file_id in file_ids]
    message = slack.workspace.post(
        channel_id,
        {**content, "files": shown},
        also=lambda message: [slack.uploads.shared(file_id, message) for file_id in file_ids],
    )
    slack.tell(*({**event, "subtype": "file_share"} for event in happenings.posted(message)))
