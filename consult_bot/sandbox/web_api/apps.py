"""The app's own connections."""

from typing import Any

from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.web_api.arguments import Arguments


def connections_open(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    """Returns the address of one socket: it works once, and for half a minute."""
    return {"url": slack.sockets.address()}
