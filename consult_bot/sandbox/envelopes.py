"""Slack's envelope around an event, the same over HTTP and over a socket."""

import secrets
from typing import Any

from consult_bot.sandbox import people
from consult_bot.sandbox.happenings import Event
from consult_bot.sandbox.workspace import Workspace


def event_callback(workspace: Workspace, event: Event, enterprise_id: str | None) -> dict[str, Any]:
    """Returns the envelope of one event, with an event id of its own.

    Its parts are those of docs.slack.dev/apis/events-api, "Callback field overview".
    """
    org_wide = enterprise_id is not None
    return {
        "token": workspace.secrets["verification"],
        "team_id": people.TEAM_ID,
        "enterprise_id": enterprise_id,
        "context_team_id": people.TEAM_ID,
        "context_enterprise_id": enterprise_id,
        "api_app_id": people.APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev" + secrets.token_hex(5).upper(),
        "event_time": int(workspace.clock.now_seconds()),
        "authorizations": [
            {
                "enterprise_id": enterprise_id,
                # An installation for a whole organisation is that of no single workspace.
                "team_id": None if org_wide else people.TEAM_ID,
                "user_id": people.BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": org_wide,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{secrets.token_urlsafe(24)}",
    }
