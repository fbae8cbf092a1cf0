"""What can be wrong with a call to Slack, sorted by what to do about it. No message here quotes what was sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError

RETRY_AFTER_SECONDS = 30


class SlackTrouble(Exception):
    """A call to Slack did not do what it should. `error` is Slack's name for it, or ours."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class RateLimited(SlackTrouble):
    """Slack wants no more calls of this method for `retry_after_seconds`; everything that shares the limit waits."""

    def __init__(self, retry_after_seconds: int, method: str = "") -> None:
        super().__init__("ratelimited")
        self.retry_after_seconds = retry_after_seconds
        self.method = method


class TemporarilyDown(SlackTrouble):
    """Slack did not answer, or said that it is in trouble. Whether the call took effect is unknown: look first."""


class CannotLook(TemporarilyDown):
    """Not even looking works: it is Slack that is down, not what we send."""


class WorkspaceBroken(SlackTrouble):
    """Somebody must mend the workspace or the settings; `remedy` says how. The same call works afterwards.

    `channel` is the one that was called and that is at fault; None where it is not a channel's.
    """

    def __init__(self, error: str, remedy: str, channel: str | None = None) -> None:
        super().__init__(error)
        self.remedy = remedy
        self.channel = channel


class RefusedForGood(SlackTrouble):
    """Slack refuses this very call; trying again changes nothing."""


REMEDIES = {
    "channel_not_found": "Check SLACK_CHANNEL: it must be the channel's ID, and the app must be invited to it.",
    "is_archived": "The channel is archived: unarchive it in Slack, or set SLACK_CHANNEL to another one.",
    # The names that changing a message and sharing a file have for an archived channel.
    "is_inactive": "The channel is archived: unarchive it in Slack, or set SLACK_CHANNEL to another one.",
    "posting_to_channel_denied": "The channel is archived or closed to the app: let the app post there.",
    "not_in_channel": "Invite the app into the channel: type /invite and the app's name there.",
    "invalid_auth": "Check SLACK_BOT_TOKEN: copy it again from the app's OAuth page.",
    "not_authed": "Set SLACK_BOT_TOKEN: copy it from the app's OAuth page.",
    "token_revoked": "The token was revoked: reinstall the app and set SLACK_BOT_TOKEN to the new token.",
    "token_expired": "The token has expired: reinstall the app and set SLACK_BOT_TOKEN to the new token.",
    "account_inactive": "The app was removed from the workspace: reinstall it and set SLACK_BOT_TOKEN.",
    "missing_scope": "The app lacks a permission: update it from app_manifest.yml and reinstall it.",
    "no_permission": "The app lacks a permission: update it from app_manifest.yml and reinstall it.",
    "not_allowed_token_type": "SLACK_BOT_TOKEN must be the bot token, which starts with xoxb-.",
    "restricted_action": "The workspace does not let the app post: ask a Slack administrator to allow it.",
    "restricted_action_read_only_channel": "Only some may post in the channel: let the app post there.",
    "restricted_action_thread_only_channel": "The channel takes only replies: let the app post there.",
    "restricted_action_non_threadable_channel": "The channel takes no threads: choose another channel.",
    "access_denied": "Slack denies the app access: ask a Slack administrator to approve it.",
    "app_access_restricted": "The workspace restricts the app: ask a Slack administrator to approve it.",
    "ekm_access_denied": "The organisation's key management blocks messages: ask its administrator.",
    "team_access_not_granted": "The app is not installed in this workspace: ask an organisation administrator.",
    "org_login_required": "The workspace is moving to another organisation: try again when it has.",
    "not_enabled": "Turn on the app's Home tab: update it from app_manifest.yml.",
    "messages_tab_disabled": "Turn on the app's Messages tab: update it from app_manifest.yml.",
}

WHOLE_WORKSPACE = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "token_revoked",
        "token_expired",
        "account_inactive",
        "not_allowed_token_type",
        "access_denied",
        "app_access_restricted",
        "ekm_access_denied",
        "team_access_not_granted",
        "org_login_required",
    }
)
"""What is wrong with the whole workspace, not with one channel or one permission."""

OF_ONE_CHANNEL = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "is_inactive",
        "posting_to_channel_denied",
        "not_in_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_non_threadable_channel",
    }
)
"""What is wrong with the channel that was called: the same call may work in another one."""

PASSING = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "accesslimited",
    }
)
"""Errors that pass by themselves."""

NAME = re.compile(r"[a-z0-9_]+")
HTTP = "http_"
"""Begins our name of an answer that has none of Slack's."""

LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})

FAILURES = (SlackClientError, HTTPException, OSError)
"""All that a call of slack_sdk raises: refusals, broken answers, and no connection."""


def trouble_of(failure: Exception, method: str = "") -> SlackTrouble:
    """Return what a failed call of this method means. Raise it `from None`: the failure itself may quote the call."""
    if not isinstance(failure, SlackApiError):
        return TemporarilyDown(type(failure).__name__)
    response = failure.response
    error = _named(response.data)
    if response.status_code == 429 or error in LIMITED:
        return RateLimited(retry_after_seconds(response.headers), method)
    if response.status_code >= 500 or error in PASSING or not error:
        return TemporarilyDown(error or f"{HTTP}{response.status_code}")
    if error in REMEDIES:
        channel = _channel_called(response.req_args) if error in OF_ONE_CHANNEL else None
        return WorkspaceBroken(error, REMEDIES[error], channel)
    return RefusedForGood(error)


def is_refusal(error: str) -> bool:
    """Whether what is kept of a trouble is Slack's name of a refusal that neither time nor a setting mends."""
    passes = error in PASSING | LIMITED or error.startswith(HTTP)
    return NAME.fullmatch(error) is not None and error not in REMEDIES and not passes


def _named(body: object) -> str:
    """Slack's name of the error; empty where the answer is none of Slack's, for example a proxy's page."""
    error = str(body.get("error")) if isinstance(body, dict) else ""
    return error if NAME.fullmatch(error) else ""


def _channel_called(sent: Mapping[str, Any]) -> str | None:
    """The channel's id, whichever way slack_sdk sends the arguments of the method."""
    arguments = sent.get("json") or sent.get("params") or sent.get("data") or {}
    return arguments.get("channel") or arguments.get("channel_id")


def retry_after_seconds(headers: Mapping[str, str]) -> int:
    """Return for how long an answer asks us to wait, RETRY_AFTER_SECONDS where it does not say."""
    value = {name.casefold(): value for name, value in headers.items()}.get("retry-after", "")
    return int(value) if str(value).isdecimal() else RETRY_AFTER_SECONDS
