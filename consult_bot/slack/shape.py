"""Whether a payload has the shape that Slack gives it, looked at before anything is done: at the door, in one place.

Only what we read is looked at, under the names of docs.slack.dev/reference/interaction-payloads and /reference/events. A
person's id begins with U or W: nobody becomes `system` or `patient` by a payload, whoever signed it.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError, model_validator
from slack_bolt import App, BoltRequest, BoltResponse

from consult_bot.slack.parse import Payload

PersonId = Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{1,30}$")]
Named = Annotated[str, Field(min_length=1)]
Ts = Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+$")]
"""The name of a message in its channel."""


class Person(BaseModel):
    id: PersonId


class Somewhere(BaseModel):
    id: Named


class Option(BaseModel):
    value: str


class Action(BaseModel):
    action_id: Named
    action_ts: Named
    value: str | None = None
    selected_option: Option | None = None


class Element(BaseModel):
    action_id: Named


class Block(BaseModel):
    type: str
    block_id: str = ""
    element: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Block:
        if self.type == "input":
            Element.model_validate(self.element)
        return self


class Answer(BaseModel):
    value: str | None = None
    selected_option: Option | None = None
    selected_date: str | None = None
    selected_date_time: int | None = None


class State(BaseModel):
    values: dict[str, dict[str, Answer]] = {}


class View(BaseModel):
    id: Named
    type: str
    callback_id: str = ""
    private_metadata: str = ""
    blocks: list[Block] = []
    state: State | None = None


class OwnView(View):
    """A modal of ours, which carries what it is about."""

    private_metadata: str


class SentView(OwnView):
    state: State


class Authorization(BaseModel):
    user_id: str | None = None
    is_bot: bool | None = None


class Edit(BaseModel):
    ts: Ts


class Told(BaseModel):
    """The metadata of a message."""

    event_type: str | None = None
    event_payload: dict[str, Any] | None = None


class Said(BaseModel):
    user: PersonId | None = None
    text: str | None = None
    subtype: str | None = None
    thread_ts: Ts | None = None
    parent_user_id: str | None = None
    bot_id: str | None = None
    edited: Edit | None = None
    files: list[Any] | None = None
    blocks: list[Block] | None = None
    metadata: Told | None = None


class Message(Said):
    """One that somebody wrote, one that tells of another, or one in a message's menu."""

    ts: Ts


class EarlierMessage(Said):
    """What a message was before it was changed or deleted: told of a part, or not at all."""

    ts: Ts | None = None


class MessageEvent(Message):
    channel: Named
    deleted_ts: Ts | None = None
    message: Message | None = None
    previous_message: EarlierMessage | None = None


class HomeOpened(BaseModel):
    user: PersonId
    tab: str | None = None


class UserChange(BaseModel):
    user: Person


class Membership(BaseModel):
    user: PersonId
    channel: Named


class InChannel(BaseModel):
    channel: Named


class Kind(BaseModel):
    type: str = ""


class Envelope(BaseModel):
    event: Kind
    authorizations: list[Authorization] | None = None


class Command(BaseModel):
    user_id: PersonId
    trigger_id: Named
    text: str = ""


class Press(BaseModel):
    user: Person
    trigger_id: Named
    actions: Annotated[list[Action], Field(min_length=1)]
    view: View | None = None


class Submission(BaseModel):
    user: Person
    view: SentView
    response_urls: list[dict[str, Any]] | None = None


class MessageAction(BaseModel):
    user: Person
    trigger_id: Named
    callback_id: str
    action_ts: Named
    channel: Somewhere
    message: Message


class Asking(BaseModel):
    """A menu asks for its options."""

    user: Person
    action_id: Named
    value: str | None = None
    view: OwnView | None = None


INTERACTIONS: dict[str, type[BaseModel]] = {
    "block_actions": Press,
    "view_submission": Submission,
    "message_action": MessageAction,
    "block_suggestion": Asking,
}
EVENTS: dict[str, type[BaseModel]] = {
    "message": MessageEvent,
    "app_home_opened": HomeOpened,
    "user_change": UserChange,
    "member_joined_channel": Membership,
    "member_left_channel": Membership,
    "channel_unarchive": InChannel,
    "group_unarchive": InChannel,
}


def is_well_formed(body: Payload) -> bool:
    """Whether the parts of a payload that we read are what they should be. What we do not listen to always is."""
    try:
        _check(body)
    except ValidationError:
        return False
    return True


def _check(body: Payload) -> None:
    if "command" in body:
        Command.model_validate(body)
    elif "event" in body:
        Envelope.model_validate(body)
        expected = EVENTS.get(body["event"]["type"])
        if expected:
            expected.model_validate(body["event"])
    else:
        expected = INTERACTIONS.get(Kind.model_validate(body).type)
        if expected:
            expected.model_validate(body)


def dispatched(app: App, asked: BoltRequest) -> BoltResponse:
    """Return the app's answer, 400 to what is malformed: Bolt itself reads it before it calls anything of ours."""
    return app.dispatch(asked) if is_well_formed(asked.body) else BoltResponse(status=400, body="")
