"""Which Web API methods there are, and who may call them."""

from collections.abc import Callable
from typing import Any

from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.web_api import chat, conversations, files, reactions, team, users, views
from consult_bot.sandbox.web_api.arguments import Arguments

Method = Callable[[LocalSlack, Arguments], dict[str, Any]]

METHODS: dict[str, Method] = {
    "auth.test": team.auth_test,
    "bots.info": team.bot_info,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.permalink,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "conversations.history": conversations.history,
    "conversations.info": conversations.info,
    "conversations.join": conversations.join,
    "conversations.list": conversations.listed,
    "conversations.members": conversations.members,
    "conversations.open": conversations.opened,
    "conversations.replies": conversations.replies,
    "files.completeUploadExternal": files.complete_upload,
    "files.delete": files.delete,
    "files.getUploadURLExternal": files.upload_address,
    "files.info": files.info,
    "reactions.add": reactions.add,
    "reactions.remove": reactions.remove,
    "team.info": team.info,
    "usergroups.users.list": users.of_group,
    "users.conversations": users.conversations,
    "users.info": users.info,
    "users.list": users.listed,
    "users.lookupByEmail": users.by_email,
    "views.open": views.opened,
    "views.publish": views.publish,
    "views.push": views.push,
    "views.update": views.update,
}


def call(slack: LocalSlack, method: str, arguments: Arguments, authorization: str) -> dict[str, Any]:
    """Returns the method's answer, or `ok: false` with Slack's name for what is wrong."""
    try:
        if method not in METHODS:
            raise SlackError("unknown_method")
        _check_token(slack, authorization, arguments)
        return {"ok": True, **METHODS[method](slack, arguments)}
    except SlackError as refusal:
        return refused(refusal)


def refused(refusal: SlackError) -> dict[str, Any]:
    """Returns the body of a refusal."""
    details = {"response_metadata": {"messages": list(refusal.messages)}} if refusal.messages else {}
    return {"ok": False, "error": refusal.code, **details}


def _check_token(slack: LocalSlack, authorization: str, arguments: Arguments) -> None:
    token = authorization.removeprefix("Bearer ").strip() or arguments.text("token") or ""
    if not token:
        raise SlackError("not_authed")
    if token == slack.workspace.secrets["app"]:
        raise SlackError("not_allowed_token_type")
    if token != slack.workspace.secrets["bot"]:
        raise SlackError("invalid_auth")
