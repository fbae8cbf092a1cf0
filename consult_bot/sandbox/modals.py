"""The views a person has open: a stack of up to three modals, and the App Home."""

import json
import secrets
from typing import Any

from consult_bot.sandbox import people
from consult_bot.sandbox.block_rules import view_problems
from consult_bot.sandbox.elements import with_ids
from consult_bot.sandbox.errors import CannotDo, SlackError
from consult_bot.sandbox.store import Put, Record
from consult_bot.sandbox.view_state import Values, first_state
from consult_bot.sandbox.workspace import Workspace

TRIGGER_SECONDS = 3.0
DEEPEST_STACK = 3
VIEW_BYTES = 250_000
OWN_KEYS = ("type", "title", "submit", "close", "blocks", "private_metadata", "callback_id", "external_id")
FLAGS = ("clear_on_close", "notify_on_close")


class Modals:
    """Opens, pushes, updates and closes views. Safe to use from several threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._now_seconds = workspace.clock.now_seconds
        self._triggers: dict[str, tuple[str, float]] = {}
        self._used: set[str] = set()

    # Triggers

    def trigger(self, user_id: str) -> str:
        """Returns a trigger id for something this person just did: good once, for three seconds of the
        sandbox's clock."""
        trigger_id = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        with self._workspace.lock:
            self._triggers[trigger_id] = (user_id, self._now_seconds() + TRIGGER_SECONDS)
        return trigger_id

    def exchange(self, trigger_id: str) -> str:
        """Returns whose trigger it is, and uses it up. Raises SlackError by Slack's names."""
        with self._workspace.lock:
            if trigger_id in self._used:
                raise SlackError("exchanged_trigger_id")
            if trigger_id not in self._triggers:
                raise SlackError("invalid_trigger_id")
            user_id, until = self._triggers[trigger_id]
            if self._now_seconds() > until:
                raise SlackError("expired_trigger_id")
            self._used.add(trigger_id)
            return user_id

    def check(self, given: Any, kind: str) -> None:
        """Raises SlackError `invalid_arguments` or `view_too_large` for what Slack could not draw as a modal or
        as App Home."""
        wrong = view_problems(given)
        if not wrong and given["type"] != kind:
            wrong = [f"[ERROR] must be a {kind} [json-pointer:/view/type]"]
        if wrong:
            raise SlackError("invalid_arguments", wrong)
        if len(json.dumps(given).encode()) > VIEW_BYTES:
            raise SlackError("view_too_large")

    # The stack

    def stack(self, user_id: str) -> list[Record]:
        """Returns the person's open modals, the topmost last."""
        kept = self._workspace.store.get("stacks", user_id)
        return list(kept["views"]) if kept else []

    def top(self, user_id: str) -> Record:
        """Returns the topmost modal. Raises CannotDo when none is open."""
        stack = self.stack(user_id)
        if not stack:
            raise CannotDo(f"{user_id} has no modal open")
        return stack[-1]

    def open(self, user_id: str, given: Any) -> Record:
        """Opens a modal in place of whatever the person has open."""
        with self._workspace.lock:
            view = self._fresh(given, "modal")
            self._keep(user_id, [view])
            return view

    def push(self, user_id: str, given: Any) -> Record:
        with self._workspace.lock:
            stack = self.stack(user_id)
            if not stack:
                raise SlackError("not_found")
            if len(stack) >= DEEPEST_STACK:
                raise SlackError("push_limit_reached")
            above = {"previous_view_id": stack[-1]["id"], "root_view_id": stack[0]["id"]}
            view = {**self._fresh(given, "modal"), **above}
            self._keep(user_id, [*stack, view])
            return view

    def update(self, view_id: str, given: Any, expected_hash: str | None = None) -> Record:
        """Replaces a view where it is; what was filled in stays where block and action are the same.
        Raises SlackError `not_found` or `hash_conflict`."""
        with self._workspace.lock:
            user_id, before = self.find(view_id)
            if expected_hash and expected_hash != before["hash"]:
                raise SlackError("hash_conflict")
            fresh = self._fresh(given, before["type"], replacing=before)
            self._replace(user_id, fresh)
            return fresh

    def fill_in(self, view_id: str, values: Values) -> Record:
        """Keeps what the person has filled in so far and returns the view."""
        with self._workspace.lock:
            user_id, before = self.find(view_id)
            after = {**before, "state": {"values": values}}
            self._replace(user_id, after)
            return after

    def close(self, user_id: str, view_id: str) -> None:
        """Closes one view; the one below, if any, shows again. Repeating it is harmless."""
        with self._workspace.lock:
            self._keep(user_id, [view for view in self.stack(user_id) if view["id"] != view_id])

    def clear(self, user_id: str) -> None:
        with self._workspace.lock:
            self._keep(user_id, [])

    def find(self, view_id_or_external: str) -> tuple[str, Record]:
        """Returns whose view it is and the view, by id or external id. Raises SlackError `not_found`."""
        store = self._workspace.store
        homes = [(user_id, view) for user_id, view in store.all("homes").items()]
        modals = [(user_id, view) for user_id, kept in store.all("stacks").items() for view in kept["views"]]
        for user_id, view in modals + homes:
            if view_id_or_external and view_id_or_external in (view["id"], view["external_id"]):
                return user_id, view
        raise SlackError("not_found")

    # App Home

    def publish(self, user_id: str, given: Any, expected_hash: str | None = None) -> Record:
        with self._workspace.lock:
            before = self._workspace.home(user_id)
            if expected_hash and before and expected_hash != before["hash"]:
                raise SlackError("hash_conflict")
            view = self._fresh(given, "home", replacing=before)
            self._workspace.keep(Put("homes", user_id, view))
            return view

    def _keep(self, user_id: str, views: list[Record]) -> None:
        self._workspace.keep(Put("stacks", user_id, {"views": views}))

    def _replace(self, user_id: str, view: Record) -> None:
        if view["type"] == "home":
            self._workspace.keep(Put("homes", user_id, view))
        else:
            self._keep(user_id, [view if old["id"] == view["id"] else old for old in self.stack(user_id)])

    def _fresh(self, given: Any, kind: str, replacing: Record | None = None) -> Record:
        self.check(given, kind)
        self._check_external_id(given.get("external_id"), replacing)
        blocks = with_ids(given["blocks"])
        view_id = replacing["id"] if replacing else "V" + secrets.token_hex(5).upper()
        earlier = replacing["state"]["values"] if replacing else None
        return {
            "id": view_id,
            "team_id": people.TEAM_ID,
            "app_id": people.APP_ID,
            "app_installed_team_id": people.TEAM_ID,
            "bot_id": people.BOT_ID,
            **dict.fromkeys(("private_metadata", "callback_id", "external_id"), ""),
            **dict.fromkeys(("title", "submit", "close")),
            **{key: given[key] for key in OWN_KEYS if given.get(key) is not None},
            **{flag: bool(given.get(flag)) for flag in FLAGS},
            "blocks": blocks,
            "state": {"values": first_state(blocks, earlier)},
            "hash": f"{int(self._now_seconds())}.{secrets.token_hex(4)}",
            "previous_view_id": replacing["previous_view_id"] if replacing else None,
            "root_view_id": replacing["root_view_id"] if replacing else view_id,
        }

    def _check_external_id(self, external_id: str | None, replacing: Record | None) -> None:
        if not external_id or (replacing and replacing["external_id"] == external_id):
            return
        try:
            self.find(external_id)
        except SlackError:
            return
        raise SlackError("duplicate_external_id")
