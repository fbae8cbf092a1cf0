"""Methods for apps that others install, and for signing in with Slack. The sandbox's app has no client id."""

from __future__ import annotations

from typing import Any

from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.web_api.arguments import Arguments


def access(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    raise SlackError("invalid_client_id")


def token(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    raise SlackError("invalid_client")


def user_info(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """Who signed in. A bot's token never tells that."""
    raise SlackError("not_allowed_token_type")


def unfurl(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """Draws links that people posted. The sandbox tells the app of none."""
    raise SlackError("cannot_unfurl_url")
