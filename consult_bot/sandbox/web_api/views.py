"""Modals and App Homes."""

from typing import Any

from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.web_api.arguments import Arguments


def opened(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    trigger_id, view = _trigger_id(arguments), _view(slack, arguments, "modal")
    return {"view": slack.modals.open(slack.modals.exchange(trigger_id), view)}


def push(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    trigger_id, view = _trigger_id(arguments), _view(slack, arguments, "modal")
    return {"view": slack.modals.push(slack.modals.exchange(trigger_id), view)}


def update(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    view_id = _one_of(arguments, "view_id", "external_id")
    return {"view": slack.modals.update(view_id, arguments.json("view"), arguments.text("hash"))}


def publish(slack: LocalSlack, arguments: Arguments) -> dict[str, Any]:
    try:
        person = slack.workspace.person(arguments.required("user_id"))
    except SlackError:
        raise SlackError("invalid_arguments", ["invalid `user_id`"]) from None
    return {"view": slack.modals.publish(person.id, arguments.json("view"), arguments.text("hash"))}


def _view(slack: LocalSlack, arguments: Arguments, kind: str) -> Any:
    """Returns the view once Slack could draw it: a trigger is not used up by a view that is refused."""
    view = arguments.json("view")
    slack.modals.check(view, kind)
    return view


def _trigger_id(arguments: Arguments) -> str:
    return _one_of(arguments, "trigger_id", "interactivity_pointer")


def _one_of(arguments: Arguments, *names: str) -> str:
    given = [name for name in names if arguments.text(name)]
    if len(given) != 1:
        either = " or ".join(f"`{name}`" for name in names)
        raise SlackError("invalid_arguments", [f"exactly one of {either} is required"])
    return arguments.required(given[0])
