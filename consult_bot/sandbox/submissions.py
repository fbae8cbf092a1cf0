"""Sending and closing a modal, and doing what the app's answer says."""

from typing import Any

from consult_bot.sandbox.acts import Told, top_view
from consult_bot.sandbox.answers import Answer
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.payloads import base, person_playing
from consult_bot.sandbox.store import Record
from consult_bot.sandbox.view_state import merged, unfinished

TROUBLE = "We had some trouble connecting. Try again?"


def submit_view(slack: LocalSlack, user_id: str, values: dict[str, Any]) -> Told:
    """Sends the person's topmost modal, with `values` over what was filled in before.

    Returns `errors` by block_id: the app's, or those of Slack's own client, which sends nothing
    (`sent` is false) while a required field is empty or a text is too long.
    """
    person = person_playing(slack, user_id)
    view = slack.modals.top(person.id)
    state = merged(view["blocks"], view["state"]["values"], values)
    view = slack.modals.fill_in(view["id"], state)
    wrong = unfinished(view["blocks"], state)
    if wrong:
        told = {"ok": False, "sent": False, "status": None, "ack": "", "error": "unfinished"}
        return told | {"errors": wrong} | top_view(slack, person.id)
    answer = slack.callbacks.interaction(
        base(slack, "view_submission", person)
        | {"trigger_id": slack.modals.trigger(person.id), "view": view, "response_urls": []}
    )
    told = answer.told() | {"sent": True, "errors": {}} | _obey(slack, person.id, view, answer)
    return told | top_view(slack, person.id)


def close_view(slack: LocalSlack, user_id: str, clear: bool = False) -> Told:
    """Closes the topmost modal, or all with `clear`; the app hears of it if its view asked to."""
    person = person_playing(slack, user_id)
    view = slack.modals.top(person.id)
    if clear or view["clear_on_close"]:
        slack.modals.clear(person.id)
    else:
        slack.modals.close(person.id, view["id"])
    told: Told = {"ok": True, "status": None, "ack": ""}
    if view["notify_on_close"]:
        payload = base(slack, "view_closed", person) | {"view": view, "is_cleared": clear}
        told = slack.callbacks.interaction(payload).told()
    return told | top_view(slack, person.id)


def _obey(slack: LocalSlack, user_id: str, view: Record, answer: Answer) -> Told:
    if not answer.accepted:
        return {"trouble": TROUBLE}
    try:
        return _respond(slack, user_id, view, _sound(answer.body))
    except SlackError as refusal:
        messages = list(refusal.messages)
        return {"ok": False, "error": refusal.code, "messages": messages, "trouble": TROUBLE}


def _sound(body: Any) -> dict[str, Any]:
    """Returns what the app answered: nothing, or an object. Slack understands nothing else."""
    if body in ("", {}):
        return {}
    if not isinstance(body, dict) or "response_action" not in body:
        raise SlackError("invalid_response_action", ["the answer must be empty or hold `response_action`"])
    return body


def _respond(slack: LocalSlack, user_id: str, view: Record, body: dict[str, Any]) -> Told:
    action = body.get("response_action")
    if action is None:
        slack.modals.close(user_id, view["id"])
    elif action == "clear":
        slack.modals.clear(user_id)
    elif action == "update":
        slack.modals.update(view["id"], body.get("view"))
    elif action == "push":
        slack.modals.push(user_id, body.get("view"))
    elif action == "errors":
        return {"errors": _errors(view, body.get("errors"))}
    else:
        raise SlackError("invalid_response_action", [f"unknown response_action {action}"])
    return {}


def _errors(view: Record, errors: Any) -> dict[str, str]:
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise SlackError("invalid_errors", ["`errors` must map block ids to messages"])
    strangers = sorted(set(errors) - inputs)
    if strangers:
        raise SlackError("invalid_errors", [f"no input block {name}" for name in strangers])
    if not all(isinstance(words, str) and words for words in errors.values()):
        raise SlackError("invalid_errors", ["each message must be a string of at least one character"])
    return errors
