"""What a person presses or chooses: `block_actions`, and the options a menu asks the app for."""

from dataclasses import dataclass
from typing import Any

from consult_bot.sandbox.acts import Told, top_view
from consult_bot.sandbox.block_rules import options_problems
from consult_bot.sandbox.elements import Found, matching
from consult_bot.sandbox.errors import CannotDo, SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.payloads import (
    Payload,
    at_channel,
    base,
    channel_named,
    message_at,
    person_playing,
    response_url,
)
from consult_bot.sandbox.people import Person
from consult_bot.sandbox.store import Record
from consult_bot.sandbox.view_state import ANSWERS, answer_key, as_answer, first_state, merged


@dataclass(frozen=True)
class Click:
    """What is pressed: an `action_id`, and which of several by `block_id` or by the button's `value`."""

    action_id: str
    block_id: str | None
    given: dict[str, Any]

    @classmethod
    def read(cls, action: Any, block_id: str | None, value: Any) -> "Click":
        """Returns the click of a control call: `action` is an action_id, or an object like those in
        Slack's own `actions`."""
        if isinstance(action, str):
            return cls(action, block_id, {} if value is None else {"value": value})
        if not isinstance(action, dict) or not isinstance(action.get("action_id"), str):
            raise CannotDo("`action` must be an action_id or an object with one")
        given = {key: each for key, each in action.items() if key not in ("action_id", "block_id", "type")}
        return cls(action["action_id"], action.get("block_id") or block_id, given)


def press_in_message(slack: LocalSlack, user_id: str, channel_id: str, ts: str, click: Click) -> Told:
    """Presses or chooses something in a message, also in one that only this person sees."""
    person, channel = person_playing(slack, user_id), channel_named(slack, channel_id)
    whisper = next((each for each in slack.workspace.whispers(person.id) if each["ts"] == ts), None)
    message = whisper or message_at(slack, channel, ts)
    # What was just redrawn may still be on this person's screen.
    earlier = [] if whisper else slack.workspace.earlier_versions(channel.id, ts)
    seen, found = _find([message, *earlier], click)
    container = {"type": "message", "message_ts": ts, "channel_id": channel.id}
    if "thread_ts" in message:
        container["thread_ts"] = message["thread_ts"]
    payload = base(slack, "block_actions", person) | at_channel(channel)
    payload |= {"container": container | {"is_ephemeral": whisper is not None}}
    if whisper is None:
        # Slack never sends back what an ephemeral message said.
        payload["message"] = slack.workspace.shown(message)
    action = _action(slack, found, click)
    state = first_state(seen["blocks"])
    if answer_key(found.element["type"]):
        state[found.block_id][found.action_id] = as_answer(found.element, _chosen(found, click))
    payload |= {
        "trigger_id": slack.modals.trigger(person.id),
        "response_url": response_url(slack, channel, person, message),
        "state": {"values": state},
        "actions": [action],
    }
    answer = slack.callbacks.interaction(payload)
    return answer.told() | {"stale": seen is not message} | top_view(slack, person.id)


def press_in_view(
    slack: LocalSlack, user_id: str, view_id: str | None, click: Click, values: dict[str, Any] | None = None
) -> Told:
    """Presses or chooses something in an open modal or on App Home; `values` is what is filled in so far."""
    person = person_playing(slack, user_id)
    view = _view(slack, person, view_id, click)
    _, found = _find([view], click)
    state = merged(view["blocks"], view["state"]["values"], values or {})
    if answer_key(found.element["type"]):
        state[found.block_id][found.action_id] = as_answer(found.element, _chosen(found, click))
    view = slack.modals.fill_in(view["id"], state)
    answer = slack.callbacks.interaction(
        base(slack, "block_actions", person)
        | {
            "container": {"type": "view", "view_id": view["id"]},
            "trigger_id": slack.modals.trigger(person.id),
            "view": view,
            "actions": [_action(slack, found, click)],
        }
    )
    return answer.told() | top_view(slack, person.id)


def ask_options(slack: LocalSlack, user_id: str, action_id: str, typed: str) -> Told:
    """Types into an external menu of the person's topmost view, App Home or newest message that has it.
    `ack` holds the app's options."""
    person = person_playing(slack, user_id)
    found, where = _menu(slack, person, action_id)
    payload = base(slack, "block_suggestion", person)
    answer = slack.callbacks.interaction(
        payload | where | {"action_id": action_id, "block_id": found.block_id, "value": typed}
    )
    wrong = options_problems(answer.body) if answer.accepted else []
    return answer.told() | ({"ok": False, "error": "invalid_options", "messages": wrong} if wrong else {})


def _find(drawings: list[Record], click: Click) -> tuple[Record, Found]:
    for drawn in drawings:
        for found in matching(drawn.get("blocks") or [], click.action_id, click.block_id):
            value = click.given.get("value")
            if found.element["type"] != "button" or value in (None, found.element.get("value")):
                return drawn, found
    wanted = f"{click.action_id!r}" + (f" in block {click.block_id!r}" if click.block_id else "")
    raise CannotDo(f"there is nothing like {wanted} to press there")


def _view(slack: LocalSlack, person: Person, view_id: str | None, click: Click) -> Record:
    if view_id:
        try:
            owner, view = slack.modals.find(view_id)
        except SlackError:
            raise CannotDo(f"there is no view {view_id!r}") from None
        if owner != person.id:
            raise CannotDo(f"{person.id} does not see the view {view_id!r}")
        return view
    stack, home = slack.modals.stack(person.id), slack.workspace.home(person.id)
    for view in [*reversed(stack[-1:]), *([home] if home else [])]:
        if matching(view["blocks"], click.action_id, click.block_id):
            return view
    raise CannotDo(f"{person.id} has no view open with {click.action_id!r}")


def _chosen(found: Found, click: Click) -> Any:
    key = ANSWERS[found.element["type"]][0]
    return click.given.get(key, click.given.get("value"))


def _action(slack: LocalSlack, found: Found, click: Click) -> Payload:
    element = found.element
    action = {"type": element["type"], "action_id": found.action_id, "block_id": found.block_id}
    action["action_ts"] = slack.workspace.clock.stamp()
    key = answer_key(element["type"])
    if key:
        return action | {key: as_answer(element, _chosen(found, click))[key]}
    shown = {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    return action | shown


def _menu(slack: LocalSlack, person: Person, action_id: str) -> tuple[Found, Payload]:
    stack, home = slack.modals.stack(person.id), slack.workspace.home(person.id)
    for view in [*stack[-1:], *([home] if home else [])]:
        for found in matching(view["blocks"], action_id):
            return found, {"container": {"type": "view", "view_id": view["id"]}, "view": view}
    for channel in slack.workspace.channels():
        for message in reversed(list(slack.workspace.store.all("messages").values())):
            in_channel = message["channel"] == channel.id
            for found in matching(message.get("blocks") or [], action_id) if in_channel else []:
                container = {"type": "message", "message_ts": message["ts"], "channel_id": channel.id}
                shown = slack.workspace.shown(message)
                return found, {"container": container, "message": shown} | at_channel(channel)
    raise CannotDo(f"{person.id} sees no menu {action_id!r}")
