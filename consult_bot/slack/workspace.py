"""Whose Slack this is: payloads of another workspace are answered without a look at any case."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, BoltResponse
from slack_sdk import WebClient

from consult_bot.slack.trouble import FAILURES, trouble_of

Body = dict[str, Any]

FIRST_PATIENCE_SECONDS = 0.5
"""How long the first payloads wait for a look-up that is under way; it takes a tenth of that."""

RETRY_SECONDS = 30.0

NOT_HERE = "This app belongs to another workspace and does nothing here. Please use it in the workspace of your practice."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Workspace:
    """What `auth.test` says of the bot token. `org_wide`: installed once for all workspaces of `enterprise_id`."""

    team_id: str
    enterprise_id: str | None
    org_wide: bool

    @classmethod
    def told_by(cls, answer: Body) -> Workspace:
        """Read an answer of `auth.test`."""
        return cls(
            team_id=str(answer.get("team_id") or ""),
            enterprise_id=answer.get("enterprise_id") or None,
            org_wide=bool(answer.get("is_enterprise_install")),
        )

    def sent(self, body: Body) -> bool:
        """Whether a payload comes from here. One that names no workspace at all does: its signature is ours.

        An installation for an organisation hears all its workspaces, so there the organisation decides. An event
        of a channel shared with others may name theirs: there the authorisation, which names ours, decides.
        """
        enterprises, teams = _named(body)
        if self.org_wide:
            return enterprises == {self.enterprise_id} if enterprises else teams <= {self.team_id}
        foreign = self.enterprise_id is not None and enterprises - {self.enterprise_id}
        return teams <= {self.team_id} and not foreign


class OwnWorkspace:
    """Knows the workspace of the bot token, asked of Slack once and then remembered. Safe for several threads.

    Until Slack has answered, every payload is taken. That is sound: its signature (or the socket it came by) says
    that it is of this very app, and the desk lets nobody act or look who is not on the roster. Refusing instead would
    shut out the clinicians for as long as Slack's Web API is away.
    """

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._known: Workspace | None = None
        self._answered = threading.Event()
        self._asked_at: float | None = None

    def look_up(self) -> None:
        """Ask Slack, in a thread of its own. Repeating is harmless: while it is not known, every half a minute."""
        with self._lock:
            now = time.monotonic()
            recently = self._asked_at is not None and now - self._asked_at < RETRY_SECONDS
            if self._known or recently:
                return
            self._asked_at = now
        threading.Thread(target=self._ask, name="own-workspace", daemon=True).start()

    def known(self) -> Workspace | None:
        """Return the workspace, None while Slack has not told it. Waits half a second at most, for the first answer."""
        if self._known is None:
            self.look_up()
            self._answered.wait(FIRST_PATIENCE_SECONDS)
        return self._known

    def team_id(self) -> str | None:
        """Return what methods such as `users.list` need as `team_id` with the token of an organisation."""
        known = self.known()
        return known.team_id if known else None

    def _ask(self) -> None:
        try:
            self._known = Workspace.told_by(dict(self._client.auth_test().data))
        except FAILURES as failure:
            error = trouble_of(failure).error
            log.warning(
                "Slack did not say whose token this is", extra={"method": "auth.test", "error": error}
            )
        finally:
            self._answered.set()


def only_from(own: OwnWorkspace) -> Callable[..., BoltResponse]:
    """Return Bolt middleware that lets only our own workspace in.

    Another one's payloads are acknowledged, so that Slack neither warns nor repeats them; a command is told why.
    """

    def let_in(body: Body, ack: Ack, next: Callable[[], BoltResponse]) -> BoltResponse:
        known = own.known()
        if known is None or known.sent(body):
            return next()
        kind = str(body.get("type") or "command")
        log.warning("a payload of another workspace was turned away", extra={"kind": kind})
        if "command" in body:
            return ack(response_type="ephemeral", text=NOT_HERE)
        return ack(options=[]) if kind == "block_suggestion" else ack()

    return let_in


def _named(body: Body) -> tuple[set[str], set[str]]:
    """Return the ids of all organisations and of all workspaces that a payload says it comes from.

    The person's own `user.team_id` says less: inside an organisation it may be any of its workspaces.
    """
    spoken_of = list(body.get("authorizations") or ())
    if not (spoken_of and body.get("is_ext_shared_channel")):
        spoken_of.append(body)
    enterprises = {_id(part, "enterprise") for part in spoken_of} | {_id(body.get("team"), "enterprise")}
    teams = {_id(part, "team") for part in spoken_of}
    return enterprises - {None}, teams - {None}


def _id(part: Any, kind: str) -> str | None:
    """Slack writes `team: {"id": …}` in interactions and `team_id` elsewhere; the same for `enterprise`."""
    if not isinstance(part, dict):
        return None
    whole = part.get(kind)
    found = (whole.get("id") if isinstance(whole, dict) else whole) or part.get(f"{kind}_id")
    return str(found) if found else None
