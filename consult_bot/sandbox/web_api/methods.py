"""Which Web API methods there are, who may call them and how often.

Scopes and tiers are those of each method's page under https://docs.slack.dev/reference/methods (2026).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.limits import SPECIAL, TIER_1, TIER_2, TIER_3, TIER_4
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.web_api import (
    apps,
    chat,
    conversations,
    files,
    reactions,
    schedule,
    sign_in,
    team,
    users,
    views,
)
from consult_bot.sandbox.web_api.arguments import Arguments
from consult_bot.sandbox.web_api.signatures import SIGNATURES

Run = Callable[[LocalSlack, Arguments], dict[str, Any]]

# A conversation's kind, by the first letter of its id, and the name of its scopes.
KINDS = {"C": "channels", "G": "groups", "D": "im"}
ALL_KINDS = ("channels", "groups", "im", "mpim")


@dataclass(frozen=True)
class Method:
    """`scopes`: one of these must be granted; `*:history` means that of the conversation's own kind.
    `bearer` is whose token it takes: the bot's, the app's, or nobody's."""

    run: Run
    per_minute: int
    scopes: tuple[str, ...] = ()
    bearer: str = "bot"

    def scopes_for(self, arguments: Arguments) -> tuple[str, ...]:
        named = arguments.text("channel") or ""
        kinds = [KINDS[named[0]]] if named[:1] in KINDS else ALL_KINDS
        spread = [
            scope.replace("*", kind) for scope in self.scopes for kind in (kinds if "*" in scope else [""])
        ]
        return tuple(spread)


WRITE = ("chat:write",)
OPEN = ("im:write", "mpim:write", "channels:manage", "groups:write")

METHODS: dict[str, Method] = {
    "apps.connections.open": Method(apps.connections_open, TIER_1, bearer="app"),
    "auth.test": Method(team.auth_test, SPECIAL),
    "bots.info": Method(team.bot_info, TIER_3, ("users:read",)),
    "chat.delete": Method(chat.delete, TIER_3, WRITE),
    "chat.getPermalink": Method(chat.permalink, SPECIAL),
    "chat.postEphemeral": Method(chat.post_ephemeral, TIER_4, WRITE),
    "chat.postMessage": Method(chat.post_message, SPECIAL, WRITE),
    "chat.scheduleMessage": Method(schedule.schedule, TIER_3, WRITE),
    "chat.unfurl": Method(sign_in.unfurl, TIER_3, ("links:write",)),
    "chat.update": Method(chat.update, TIER_3, WRITE),
    "conversations.history": Method(conversations.history, TIER_3, ("*:history",)),
    "conversations.info": Method(conversations.info, TIER_3, ("*:read",)),
    "conversations.join": Method(conversations.join, TIER_3, ("channels:join",)),
    "conversations.list": Method(conversations.listed, TIER_2, ("*:read",)),
    "conversations.members": Method(conversations.members, TIER_4, ("*:read",)),
    "conversations.open": Method(conversations.opened, TIER_3, OPEN),
    "conversations.replies": Method(conversations.replies, TIER_3, ("*:history",)),
    "files.completeUploadExternal": Method(files.complete_upload, TIER_4, ("files:write",)),
    "files.delete": Method(files.delete, TIER_3, ("files:write",)),
    "files.getUploadURLExternal": Method(files.upload_address, TIER_4, ("files:write",)),
    "files.info": Method(files.info, TIER_4, ("files:read",)),
    "oauth.v2.access": Method(sign_in.access, TIER_4, bearer=""),
    "openid.connect.token": Method(sign_in.token, TIER_4, bearer=""),
    "openid.connect.userInfo": Method(sign_in.user_info, TIER_4),
    "reactions.add": Method(reactions.add, TIER_3, ("reactions:write",)),
    "reactions.remove": Method(reactions.remove, TIER_2, ("reactions:write",)),
    "team.info": Method(team.info, TIER_3, ("team:read",)),
    "usergroups.users.list": Method(users.of_group, TIER_2, ("usergroups:read",)),
    "users.conversations": Method(users.conversations, TIER_3, ("*:read",)),
    "users.info": Method(users.info, TIER_4, ("users:read",)),
    "users.list": Method(users.listed, TIER_2, ("users:read",)),
    "users.lookupByEmail": Method(users.by_email, TIER_3, ("users:read.email",)),
    "views.open": Method(views.opened, TIER_4),
    "views.publish": Method(views.publish, TIER_4),
    "views.push": Method(views.push, TIER_4),
    "views.update": Method(views.update, TIER_4),
}


def call(slack: LocalSlack, name: str, arguments: Arguments, authorization: str) -> dict[str, Any]:
    """Returns the method's answer. Raises SlackError by Slack's names, Ratelimited for too many calls.

    What is looked at, in this order: the method, the token, how often, the scopes, the arguments.
    """
    if name not in METHODS:
        raise SlackError("unknown_method")
    method = METHODS[name]
    token = authorization.removeprefix("Bearer ").strip() or str(arguments.given.get("token", ""))
    if method.bearer == "app":
        slack.installation.check_app_token(token)
    elif method.bearer:
        slack.installation.check_bot_token(token)
    slack.limits.call(name, method.per_minute)
    slack.installation.check_scope(*method.scopes_for(arguments))
    SIGNATURES[name].check(arguments.given)
    return {"ok": True, **method.run(slack, arguments)}


def scope_headers(slack: LocalSlack, name: str) -> dict[str, str]:
    """Returns the headers by which Slack tells what the token may do and what the method accepts."""
    headers = {"x-oauth-scopes": ",".join(slack.installation.scopes)}
    if name in METHODS and METHODS[name].scopes:
        headers["x-accepted-oauth-scopes"] = ",".join(METHODS[name].scopes_for(Arguments({})))
    return headers


def refused(refusal: SlackError) -> dict[str, Any]:
    """Returns the body of a refusal."""
    told = {"response_metadata": {"messages": list(refusal.messages)}} if refusal.messages else {}
    return {"ok": False, "error": refusal.code, **refusal.details, **told}
