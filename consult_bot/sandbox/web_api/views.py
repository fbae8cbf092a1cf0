"""Modals and App Homes."""

from typing import Any

from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.web_api.arguments import Arguments


def opened(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    user_id = slack.modals.exchange(arguments.required("trigger_id"))
    return {"view": slack.modals.open(user_id, _view(arguments))}


def push(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    user_id = slack.modals.exchange(arguments.required("trigger_id"))
    return {"view": slack.modals.push(user_id, _view(arguments))}


def update(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    view_id = arguments.text("view_id") or arguments.required("external_id")
    return {"view": slack.modals.update(view_id, _view(arguments), arguments.text("hash"))}


def publish(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    person = slack.workspace.person(arguments.required("user_id"))
    return {"view": slack.modals.publish(person.id, _view(arguments), arguments.text("hash"))}


def _view(arguments: Arguments) -> Any:
    if not arguments.has("view"):
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: view"])
    return arguments.json("view")
