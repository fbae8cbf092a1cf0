"""What a person does in Slack besides clicking: commands, messages, shortcuts, opening App Home.

Every act returns what a `/_control/` call answers: `ok`, the HTTP `status` of the app's answer and its
`ack`, and what the person then sees. They raise CannotDo when the person could not have done it.
"""

from typing import Any

from consult_bot.sandbox import happenings, people
from consult_bot.sandbox.answers import Answer
from consult_bot.sandbox.errors import CannotDo, SlackError
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.mentions import sent_text
from consult_bot.sandbox.payloads import (
    at_channel,
    base,
    channel_named,
    message_at,
    person_playing,
    response_url,
)
from consult_bot.sandbox.response_urls import deliver
from consult_bot.sandbox.store import Record
from consult_bot.sandbox.workspace import is_root

Told = dict[str, Any]


def run_command(slack: LocalSlack, channel_id: str, user_id: str, command: str, text: str) -> Told:
    """Sends a slash command and shows its answer. `ephemeral` holds what only this person sees."""
    person, channel = person_playing(slack, user_id), channel_named(slack, channel_id)
    organisation = {"enterprise_id": slack.enterprise_id} if slack.enterprise_id else {}
    answer = slack.callbacks.command(
        {
            "token": slack.workspace.secrets["verification"],
            "team_id": people.TEAM_ID,
            "team_domain": people.TEAM_DOMAIN,
            **organisation,
            "channel_id": channel.id,
            "channel_name": channel.name,
            "user_id": person.id,
            "user_name": person.handle,
            "command": command if command.startswith("/") else f"/{command}",
            "text": sent_text(text, with_handles=True),
            "api_app_id": people.APP_ID,
            "is_enterprise_install": "true" if slack.enterprise_id else "false",
            "response_url": response_url(slack, channel, person),
            "trigger_id": slack.modals.trigger(person.id),
        }
    )
    told = answer.told() | {"ephemeral": None, "message": None}
    content = _command_content(answer, command)
    if content is not None:
        in_channel = content.get("response_type") == "in_channel"
        try:
            shown = deliver(slack.workspace, channel.id, person.id, content)
        except SlackError as refusal:
            return told | {"ok": False, "error": refusal.code, "messages": list(refusal.messages)}
        told["message" if in_channel else "ephemeral"] = shown
    return told | top_view(slack, person.id)


def _command_content(answer: Answer, command: str) -> Record | None:
    if not answer.accepted:
        return {"text": f'{command} failed with the error "{answer.problem}"'}
    body = answer.body
    if isinstance(body, dict):
        return body if body.get("text") or body.get("blocks") else None
    return {"text": answer.text} if answer.text else None


def say(slack: LocalSlack, channel_id: str, user_id: str, text: str, thread_ts: str | None = None) -> Told:
    """Posts a person's message and waits until the app has answered its events. `ts` is the message's."""
    person, channel = person_playing(slack, user_id), channel_named(slack, channel_id)
    if person.id not in channel.members:
        raise CannotDo(f"{person.id} is no member of {channel.id}")
    if channel.is_archived:
        raise CannotDo(f"{channel.id} is archived")
    content: Record = {"user": person.id, "team": people.TEAM_ID, "text": sent_text(text, with_handles=False)}
    if thread_ts:
        root = message_at(slack, channel, thread_ts)
        if not is_root(root):
            raise CannotDo(f"{thread_ts} is itself a reply; name the thread's first message")
        content |= {"thread_ts": thread_ts, "parent_user_id": root["user"]}
    message = slack.workspace.post(channel.id, content)
    if people.BOT_USER_ID not in channel.members:
        return {"ok": True, "status": None, "ack": "", "ts": message["ts"]}
    answers = [slack.callbacks.event(event) for event in happenings.posted(message)]
    return answers[0].result().told() | {"ts": message["ts"]}


def open_home(slack: LocalSlack, user_id: str) -> Told:
    """Opens the app's Home tab. `view` is what the person sees once the app has answered, or None."""
    person = person_playing(slack, user_id)
    opened = happenings.home_opened(person.id, slack.workspace.clock.stamp(), slack.workspace.home(person.id))
    answer = slack.callbacks.event(opened).result()
    return answer.told() | {"view": slack.workspace.home(person.id)}


def use_shortcut(slack: LocalSlack, user_id: str, callback_id: str, channel_id: str, ts: str) -> Told:
    """Picks a message shortcut from a message's menu."""
    person, channel = person_playing(slack, user_id), channel_named(slack, channel_id)
    message = message_at(slack, channel, ts)
    payload = base(slack, "message_action", person) | at_channel(channel)
    answer = slack.callbacks.interaction(
        payload
        | {
            "callback_id": callback_id,
            "trigger_id": slack.modals.trigger(person.id),
            "action_ts": slack.workspace.clock.stamp(),
            "message_ts": ts,
            "message": slack.workspace.shown(message),
            "response_url": response_url(slack, channel, person, message),
        }
    )
    return answer.told() | top_view(slack, person.id)


def top_view(slack: LocalSlack, user_id: str) -> Told:
    """Returns the person's open modals and the topmost of them."""
    stack = slack.modals.stack(user_id)
    return {"view": stack[-1] if stack else None, "views": stack}
