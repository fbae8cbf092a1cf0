"""The app as installed in the workspace: what its tokens may do, and whether they still work."""

from __future__ import annotations

from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.store import Put
from consult_bot.sandbox.workspace import Workspace

# Those of app_manifest.yml, which an installed wheel does not carry; a test holds the two equal.
MANIFEST_SCOPES = (
    "commands",
    "chat:write",
    "channels:history",
    "groups:history",
    "channels:read",
    "groups:read",
    "users:read",
    "files:write",
    "files:read",
)

# What became of the token -> Slack's error for using it (the reference's words for the two).
TOKEN_STATES = {"active": "", "revoked": "token_revoked", "uninstalled": "account_inactive"}


class Installation:
    """Granted scopes and the state of the token, kept over a restart."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def scopes(self) -> tuple[str, ...]:
        kept = self._workspace.store.get("installation", "scopes")
        return tuple(kept["granted"]) if kept else MANIFEST_SCOPES

    def grant(self, scopes: list[str]) -> None:
        """Installs the app again with these scopes instead."""
        self._workspace.keep(Put("installation", "scopes", {"granted": scopes}))

    def set_token(self, state: str) -> None:
        self._workspace.keep(Put("installation", "token", {"state": state}))

    def check_bot_token(self, token: str) -> None:
        """Raises SlackError by Slack's names for no, a wrong, another and a revoked token."""
        if not token:
            raise SlackError("not_authed")
        if token == self._workspace.secrets["app"]:
            raise SlackError("not_allowed_token_type")
        if token != self._workspace.secrets["bot"]:
            raise SlackError("invalid_auth")
        state = (self._workspace.store.get("installation", "token") or {"state": "active"})["state"]
        if TOKEN_STATES[state]:
            raise SlackError(TOKEN_STATES[state])

    def check_app_token(self, token: str) -> None:
        """The same for the few methods that want the app-level token."""
        if token != self._workspace.secrets["app"]:
            self.check_bot_token(token)
            raise SlackError("not_allowed_token_type")

    def check_scope(self, *any_of: str) -> None:
        """Raises SlackError `missing_scope`, telling what is needed and what there is, unless one is granted."""
        if any_of and not set(any_of) & set(self.scopes):
            raise SlackError("missing_scope", needed=",".join(any_of), provided=",".join(self.scopes))
