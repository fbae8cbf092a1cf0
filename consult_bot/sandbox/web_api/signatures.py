"""Which arguments each method takes, and of which kind.

The names are those of Slack's method reference (https://docs.slack.dev/reference/methods, August 2026), with
what slack_sdk sends besides. A signature reads `channel! ts! as_user:flag`: `!` is required, the kind is text
where none is named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from consult_bot.sandbox.errors import SlackError

# Every method takes these: the token, and on an organisation-wide install the workspace meant.
EVERYWHERE = frozenset({"token", "team_id"})
TRUTHS = ("true", "false", "1", "0")


@dataclass(frozen=True)
class Signature:
    """Argument name -> kind, and which are required."""

    kinds: Mapping[str, str]
    required: tuple[str, ...]

    @classmethod
    def read(cls, spelled: str) -> Signature:
        kinds, required = {}, []
        for word in spelled.split():
            name, _, kind = word.partition(":")
            kinds[name.rstrip("!")] = kind or "text"
            if name.endswith("!"):
                required.append(name.rstrip("!"))
        return cls(kinds, tuple(required))

    def check(self, given: Mapping[str, Any]) -> None:
        """Raises SlackError `invalid_arg_name`, `invalid_array_arg` or `invalid_arguments`, naming the argument.

        Slack itself passes over names it does not know; the sandbox refuses them by the name its reference
        has for it, because a misspelt argument does nothing there and nobody would notice.
        """
        unknown = sorted(set(given) - set(self.kinds) - EVERYWHERE)
        if unknown:
            raise SlackError("invalid_arg_name", [f"[ERROR] unknown argument: {name}" for name in unknown])
        missing = [name for name in self.required if given.get(name) in (None, "")]
        if missing:
            raise SlackError(
                "invalid_arguments", [f"[ERROR] missing required field: {name}" for name in missing]
            )
        for name, value in given.items():
            KINDS[self.kinds.get(name, "text")](name, value)


def _text(name: str, value: Any) -> None:
    if isinstance(value, list):
        raise SlackError("invalid_array_arg", [f"[ERROR] must be a string: {name}"])
    if not isinstance(value, str):
        raise _of_wrong_kind("a string", name)


def _flag(name: str, value: Any) -> None:
    if isinstance(value, list):
        raise SlackError("invalid_array_arg", [f"[ERROR] must be a boolean: {name}"])
    if not isinstance(value, bool) and str(value).lower() not in TRUTHS:
        raise _of_wrong_kind("a boolean", name)


def _number(name: str, value: Any) -> None:
    if isinstance(value, bool) or not str(value).removeprefix("-").isdecimal():
        if name == "limit":
            raise SlackError("invalid_limit", ["[ERROR] must be an integer: limit"])
        raise _of_wrong_kind("an integer", name)


def _structure(name: str, value: Any) -> None:
    if not isinstance(value, str | list | dict):
        raise _of_wrong_kind("a JSON object or array", name)


def _of_wrong_kind(kind: str, name: str) -> SlackError:
    return SlackError("invalid_arguments", [f"[ERROR] must be {kind} [json-pointer:/{name}]"])


KINDS: Mapping[str, Callable[[str, Any], None]] = {
    "text": _text,
    "flag": _flag,
    "number": _number,
    "json": _structure,
}

WORDS = "text markdown_text blocks:json attachments:json metadata:json"
LOOK = "username icon_emoji icon_url"
READING = "channel! cursor limit:number oldest latest inclusive:flag include_all_metadata:flag"
LISTING = "cursor limit:number types exclude_archived:flag"
UNFURLING = "unfurl_links:flag unfurl_media:flag"
CODE = "client_id client_secret code redirect_uri grant_type refresh_token code_verifier"

SIGNATURES = {
    method: Signature.read(spelled)
    for method, spelled in {
        "apps.connections.open": "",
        "auth.test": "",
        "bots.info": "bot",
        "chat.delete": "channel! ts! as_user:flag",
        "chat.getPermalink": "channel! message_ts!",
        "chat.postEphemeral": f"channel! user! {WORDS} {LOOK} thread_ts as_user:flag link_names:flag parse",
        "chat.postMessage": f"channel! {WORDS} {LOOK} {UNFURLING} thread_ts reply_broadcast:flag as_user:flag "
        "link_names:flag mrkdwn:flag parse current_draft_last_updated_ts container_id",
        "chat.scheduleMessage": f"channel! post_at!:number {WORDS} {UNFURLING} thread_ts reply_broadcast:flag "
        "as_user:flag link_names:flag parse",
        "chat.unfurl": "channel ts unfurls:json metadata:json unfurl_id source user_auth_message "
        "user_auth_required:flag user_auth_url user_auth_blocks:json",
        "chat.update": f"channel! ts! {WORDS} unfurled_attachments:json file_ids:json reply_broadcast:flag "
        "as_user:flag link_names:flag parse",
        "conversations.history": READING,
        "conversations.info": "channel! include_locale:flag include_num_members:flag",
        "conversations.join": "channel!",
        "conversations.list": LISTING,
        "conversations.members": "channel! cursor limit:number",
        "conversations.open": "channel users return_im:flag prevent_creation:flag",
        "conversations.replies": f"ts! {READING}",
        "files.completeUploadExternal": "files!:json channel_id channels thread_ts initial_comment blocks:json "
        f"{LOOK}",
        "files.delete": "file!",
        "files.getUploadURLExternal": "filename! length:number snippet_type alt_txt",
        "files.info": "file! cursor limit:number count:number page:number",
        "oauth.v2.access": f"{CODE} assertion",
        "openid.connect.token": CODE,
        "openid.connect.userInfo": "",
        "reactions.add": "name! channel timestamp",
        "reactions.remove": "name! channel timestamp file file_comment",
        "team.info": "team domain include_slackbot_availability:flag",
        "usergroups.users.list": "usergroup! include_disabled:flag",
        "users.conversations": f"{LISTING} exclude_muted:flag user",
        "users.info": "user! include_locale:flag",
        "users.list": "cursor limit:number include_locale:flag",
        "users.lookupByEmail": "email!",
        "views.open": "view!:json trigger_id interactivity_pointer",
        "views.publish": "view!:json user_id! hash interactivity_pointer",
        "views.push": "view!:json trigger_id interactivity_pointer",
        "views.update": "view!:json view_id external_id hash",
    }.items()
}
