"""The app's manifest: what Slack is asked for, and no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from slack_bolt import BoltRequest

from consult_bot.slack.bind import bind, build_app

MANIFEST = Path(__file__).parent.parent / "app_manifest.yml"
REQUESTS = "https://consult.example.org/slack/events"

# Each scope with what it is for: whoever adds one has to say why here as well.
SCOPES = {
    "commands": "/consult and shortcuts",
    "chat:write": "cards and thread replies",
    "channels:history": "notes, looking before sending again",
    "groups:history": "the same in private channels",
    "channels:read": "members of the channel, whether the bot is one",
    "groups:read": "the same in private channels",
    "users:read": "names, guests, who was deactivated",
    "files:write": "photos into the thread",
    "files:read": "whether a photo arrived",
}

# Which scopes Slack demands before it sends an event (api.slack.com/events); any one of them is enough.
EVENT_SCOPES: dict[str, set[str]] = {
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "app_home_opened": set(),
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "user_change": {"users:read"},
    "channel_unarchive": {"channels:read"},
    "group_unarchive": {"groups:read"},
}


def closed(required: str, **properties: Any) -> dict[str, Any]:
    """A JSON schema of an object with these properties only."""
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def short(most: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": most}


SHAPE = closed(
    "_metadata display_information features oauth_config settings",
    _metadata=closed("major_version", major_version={"const": 2}, minor_version={"type": "integer"}),
    display_information=closed(
        "name description",
        name=short(35),
        description=short(140),
        long_description={"type": "string", "minLength": 175, "maxLength": 4000},
        background_color={"type": "string", "pattern": "^#[0-9a-f]{6}$"},
    ),
    features=closed(
        "bot_user app_home slash_commands shortcuts",
        bot_user=closed("display_name", display_name=short(80), always_online={"type": "boolean"}),
        app_home=closed(
            "home_tab_enabled messages_tab_enabled messages_tab_read_only_enabled",
            home_tab_enabled={"const": True},
            messages_tab_enabled={"const": True},
            messages_tab_read_only_enabled={"const": True},
        ),
        slash_commands={
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": closed(
                "command description url should_escape",
                command=short(32),
                description=short(2000),
                usage_hint=short(1000),
                url={"const": REQUESTS},
                should_escape={"const": True},
            ),
        },
        shortcuts={
            "type": "array",
            "maxItems": 10,
            "items": closed(
                "name type callback_id description",
                name=short(24),
                type={"const": "message"},
                callback_id=short(255),
                description=short(150),
            ),
        },
    ),
    oauth_config=closed(
        "scopes",
        scopes=closed("bot", bot={"type": "array", "uniqueItems": True, "items": {"pattern": "^[a-z:]+$"}}),
    ),
    settings=closed(
        "event_subscriptions interactivity org_deploy_enabled socket_mode_enabled token_rotation_enabled",
        event_subscriptions=closed(
            "request_url bot_events",
            request_url={"const": REQUESTS},
            bot_events={"type": "array", "uniqueItems": True, "maxItems": 100, "items": short(50)},
        ),
        interactivity=closed(
            "is_enabled request_url message_menu_options_url",
            is_enabled={"const": True},
            request_url={"const": REQUESTS},
            message_menu_options_url={"const": REQUESTS},
        ),
        org_deploy_enabled={"const": True},
        socket_mode_enabled={"const": False},
        token_rotation_enabled={"const": False},
    ),
)


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))


def test_it_has_the_shape_that_slack_accepts(manifest):
    jsonschema.validate(manifest, SHAPE)


def test_it_offers_the_one_command(manifest):
    assert [each["command"] for each in manifest["features"]["slash_commands"]] == ["/consult"]


def test_it_offers_two_shortcuts_on_messages(manifest):
    shortcuts = manifest["features"]["shortcuts"]
    assert [each["callback_id"] for each in shortcuts] == ["verb:ask", "verb:advise"]


def test_it_asks_for_the_scopes_it_can_justify_and_no_other(manifest):
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set(SCOPES)


class ListeningApp:
    """Takes the place of Bolt's app, and remembers for which events somebody listens by name."""

    client = None

    def __init__(self) -> None:
        self.events: set[str] = set()

    def event(self, constraint: object) -> Callable[[object], object]:
        if isinstance(constraint, str):
            self.events.add(constraint)
        return lambda listener: listener

    def __getattr__(self, surface: str) -> Callable[..., object]:
        return lambda *_: lambda listener: listener


def test_it_subscribes_to_every_event_it_reads_and_to_those_it_can_justify(manifest):
    app, subscribed = ListeningApp(), manifest["settings"]["event_subscriptions"]["bot_events"]
    bind(app, desk=None)
    # Slack names what it sends after where it happened: message.channels arrives as a message.
    assert app.events <= {event.partition(".")[0] for event in subscribed}
    assert set(subscribed) == set(EVENT_SCOPES)


@pytest.mark.parametrize("event", EVENT_SCOPES)
def test_it_has_a_handler_for_every_event_it_subscribes_to(event, sqlite_world):
    app = build_app("xoxb-1", "secret", "http://127.0.0.1:9/api/")
    bind(app, sqlite_world.desk)
    told = {"type": event.partition(".")[0], "channel": "C1", "user": "U1", "ts": "1.1", "event_ts": "1.1"}
    body = {"type": "event_callback", "team_id": "T1", "event": told}
    assert app.dispatch(BoltRequest(mode="socket_mode", body=body)).status == 200


@pytest.mark.parametrize(("event", "scopes"), EVENT_SCOPES.items())
def test_it_holds_the_scopes_of_each_event(manifest, event, scopes):
    assert scopes <= set(manifest["oauth_config"]["scopes"]["bot"])


def test_it_says_beside_every_scope_and_event_what_it_is_for():
    lines = MANIFEST.read_text(encoding="utf-8").splitlines()
    asked = [
        line
        for line in lines
        if any(f"- {name}" in line.replace('"', "") for name in [*SCOPES, *EVENT_SCOPES])
    ]
    assert len(asked) == len(SCOPES) + len(EVENT_SCOPES)
    assert [line for line in asked if " # " not in line] == []
