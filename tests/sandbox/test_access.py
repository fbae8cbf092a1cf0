"""Who may call: tokens that stop working, scopes that were not granted."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from consult_bot.sandbox.installation import MANIFEST_SCOPES

CHANNEL = "C0CONSULT"
MANIFEST = Path(__file__).parents[2] / "app_manifest.yml"


def test_it_grants_what_the_manifest_asks_for():
    asked = yaml.safe_load(MANIFEST.read_text())["oauth_config"]["scopes"]["bot"]
    assert sorted(MANIFEST_SCOPES) == sorted(asked)


@pytest.mark.parametrize(
    ("method", "arguments", "needed"),
    [
        ("reactions.add", {"channel": CHANNEL, "timestamp": "1.1", "name": "eyes"}, "reactions:write"),
        ("conversations.join", {"channel": "C0GENERAL"}, "channels:join"),
        ("conversations.history", {"channel": "D0ANA"}, "im:history"),
        ("conversations.info", {"channel": "D0ANA"}, "im:read"),
        ("users.lookupByEmail", {"email": "ana@prairie-telehealth.example"}, "users:read.email"),
        ("usergroups.users.list", {"usergroup": "S0ONCALL"}, "usergroups:read"),
        ("team.info", {}, "team:read"),
    ],
)
def test_it_says_which_scope_is_missing(stage, refused, method, arguments, needed):
    refusal = refused(stage.client.api_call, api_method=method, params=arguments)
    assert refusal["error"] == "missing_scope"
    assert refusal["needed"] == needed
    assert refusal["provided"] == ",".join(stage.look("state")["scopes"])


def test_it_grants_and_takes_scopes_when_the_app_is_installed_again(stage, refused):
    stage.do("app", scopes=["chat:write", "reactions:write"])
    answer = stage.client.reactions_add(channel=CHANNEL, timestamp=stage.post(), name="eyes")
    assert answer.headers["x-oauth-scopes"] == "chat:write,reactions:write"
    assert answer.headers["x-accepted-oauth-scopes"] == "reactions:write"
    history = refused(stage.client.conversations_history, channel=CHANNEL)
    assert history["error"] == "missing_scope"
    assert history["needed"] == "channels:history"


def test_it_tells_no_email_without_the_scope_for_it(stage):
    assert "email" not in stage.client.users_info(user="U0ANA")["user"]["profile"]
    assert all("email" not in user["profile"] for user in stage.client.users_list()["members"])
    stage.grant("users:read.email")
    assert stage.client.users_info(user="U0ANA")["user"]["profile"]["email"].startswith("ana@")


def test_it_lets_the_app_post_anywhere_public_with_the_scope_for_it(stage, refused):
    post = stage.client.chat_postMessage
    assert refused(post, channel="C0GENERAL", text="x")["error"] == "not_in_channel"
    stage.grant("chat:write.public")
    assert post(channel="C0GENERAL", text="x")["ok"]


@pytest.mark.parametrize(
    ("state", "error"), [("revoked", "token_revoked"), ("uninstalled", "account_inactive")]
)
def test_it_refuses_a_token_that_was_taken_away_until_it_is_back(stage, refused, state, error):
    events = []
    stage.app.event("tokens_revoked")(lambda body: events.append(body["event"]["type"]))
    stage.app.event("app_uninstalled")(lambda body: events.append(body["event"]["type"]))
    stage.do("app", token=state)
    assert refused(stage.client.chat_postMessage, channel=CHANNEL, text="x")["error"] == error
    stage.do("app", token="active")
    stage.post("through")
    stage.do("message", channel=CHANNEL, user="U0ANA", text="x")  # events keep their order
    expected = {"revoked": ["tokens_revoked"], "uninstalled": ["app_uninstalled", "tokens_revoked"]}
    assert events == expected[state]
    stage.do("app", token="lost", expect=400)
