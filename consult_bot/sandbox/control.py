"""The `/_control/` endpoints: playing people, ordering faults, moving time, looking inside."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from consult_bot.sandbox import acts, circumstances, clicks, people, submissions
from consult_bot.sandbox.clicks import Click
from consult_bot.sandbox.faults import Fault
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.payloads import channel_named, person_playing
from consult_bot.sandbox.people import channel_object, user_object
from consult_bot.sandbox.workspace import is_root

Told = dict[str, Any]

FURTHEST_SECONDS = 10 * 365 * 86_400
"""How far the clock may be ahead: dates end with the year 9999, and what is stored cannot be brought back."""

TOO_FAR = (
    "The clock only goes forward, and stands at most ten years ahead of real time ({furthest:,} seconds); "
    "it is {ahead:,.0f} seconds ahead now."
)


class Order(BaseModel):
    """What a control call asks for; names are those of DESIGN section 5."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Command(Order):
    channel: str
    user: str
    command: str
    text: str = ""


class Interaction(Order):
    user: str
    action: dict[str, Any] | str
    channel: str | None = None
    message_ts: str | None = Field(default=None, alias="messageTs")
    view_id: str | None = None
    block_id: str | None = None
    value: Any = None
    values: dict[str, Any] | None = None


class Shortcut(Order):
    user: str
    callback_id: str
    channel: str
    message_ts: str = Field(alias="messageTs")


class Options(Order):
    user: str
    action_id: str
    value: str = ""


class Submission(Order):
    user: str
    values: dict[str, Any] = {}


class Closing(Order):
    user: str
    clear: bool = False


class Message(Order):
    channel: str
    user: str
    text: str
    thread_ts: str | None = None


class HomeOpening(Order):
    user: str


class Edit(Order):
    user: str
    channel: str
    message_ts: str = Field(alias="messageTs")
    text: str = Field(min_length=1)


class Deletion(Order):
    user: str
    channel: str
    message_ts: str = Field(alias="messageTs")


class ChannelChange(Order):
    channel: str
    name: str | None = Field(default=None, pattern=r"^[a-z0-9_-]{1,80}$")
    archived: bool | None = None
    bot_member: bool | None = None


class PersonChange(Order):
    user: str
    deleted: bool | None = None
    guest: bool | None = None
    member_of: list[str] | None = None


class AppChange(Order):
    token: str | None = None
    scopes: list[str] | None = None


class FaultOrder(Order):
    method: str
    error: str = ""
    status: int = 0
    lose_reply: bool = False
    retry_after_seconds: int = 0
    times: int = 1


class Advance(Order):
    advance_seconds: float


def routes(slack: LocalSlack) -> APIRouter:
    """Returns the control endpoints of one sandbox. An act that is impossible answers 400 and says why."""
    router = APIRouter(prefix="/_control")
    _acts(router, slack)
    _circumstances(router, slack)
    _looks(router, slack)
    return router


def _acts(router: APIRouter, slack: LocalSlack) -> None:
    @router.post("/command")
    def command(order: Annotated[Command, Body()]) -> Told:
        return acts.run_command(slack, order.channel, order.user, order.command, order.text)

    @router.post("/interact")
    def interact(order: Annotated[Interaction, Body()]) -> Told:
        click = Click.read(order.action, order.block_id, order.value)
        if order.message_ts and order.view_id is None:
            channel = order.channel or people.CONSULTS
            return clicks.press_in_message(slack, order.user, channel, order.message_ts, click)
        return clicks.press_in_view(slack, order.user, order.view_id, click, order.values)

    @router.post("/shortcut")
    def shortcut(order: Annotated[Shortcut, Body()]) -> Told:
        return acts.use_shortcut(slack, order.user, order.callback_id, order.channel, order.message_ts)

    @router.post("/options")
    def options(order: Annotated[Options, Body()]) -> Told:
        return clicks.ask_options(slack, order.user, order.action_id, order.value)

    @router.post("/view_submit")
    def view_submit(order: Annotated[Submission, Body()]) -> Told:
        return submissions.submit_view(slack, order.user, order.values)

    @router.post("/view_close")
    def view_close(order: Annotated[Closing, Body()]) -> Told:
        return submissions.close_view(slack, order.user, order.clear)

    @router.post("/message")
    def message(order: Annotated[Message, Body()]) -> Told:
        return acts.say(slack, order.channel, order.user, order.text, order.thread_ts)

    @router.post("/edit")
    def edit(order: Annotated[Edit, Body()]) -> Told:
        return circumstances.edit(slack, order.user, order.channel, order.message_ts, order.text)

    @router.post("/delete")
    def delete(order: Annotated[Deletion, Body()]) -> Told:
        return circumstances.delete(slack, order.user, order.channel, order.message_ts)

    @router.post("/open-home")
    def open_home(order: Annotated[HomeOpening, Body()]) -> Told:
        return acts.open_home(slack, order.user)


def _circumstances(router: APIRouter, slack: LocalSlack) -> None:
    @router.post("/channel")
    def channel(order: Annotated[ChannelChange, Body()]) -> Told:
        return circumstances.change_channel(
            slack, order.channel, order.name, order.archived, order.bot_member
        )

    @router.post("/person")
    def person(order: Annotated[PersonChange, Body()]) -> Told:
        return circumstances.change_person(slack, order.user, order.deleted, order.guest, order.member_of)

    @router.post("/app")
    def app(order: Annotated[AppChange, Body()]) -> Told:
        return circumstances.change_app(slack, order.token, order.scopes)

    @router.post("/fault")
    def fault(order: Annotated[FaultOrder, Body()]) -> Told:
        says_what = order.error or order.status or order.lose_reply or order.retry_after_seconds
        if order.times > 0 and not says_what and not order.method.startswith("socket."):
            raise HTTPException(400, "a fault needs error, status, lose_reply or retry_after_seconds")
        slack.faults.order(Fault(**order.model_dump()))
        slack.sockets.obey_faults()
        return {"ok": True}

    @router.post("/clock")
    def clock(order: Annotated[Advance, Body()]) -> Told:
        ahead_seconds = slack.workspace.clock.offset_seconds
        # Nothing compares with what is no number, so that is refused as well.
        if not 0 <= order.advance_seconds <= FURTHEST_SECONDS - ahead_seconds:
            raise HTTPException(422, TOO_FAR.format(ahead=ahead_seconds, furthest=FURTHEST_SECONDS))
        slack.advance(order.advance_seconds)
        return {"ok": True, "now_seconds": slack.workspace.clock.now_seconds()}


def _looks(router: APIRouter, slack: LocalSlack) -> None:
    @router.get("/messages/{channel}")
    def messages(channel: str) -> list[Told]:
        return thread_tree(slack, channel)

    @router.get("/view/{user}")
    def view(user: str) -> Told | None:
        stack = slack.modals.stack(person_playing(slack, user).id)
        return stack[-1] if stack else None

    @router.get("/home/{user}")
    def home(user: str) -> Told | None:
        return slack.workspace.home(person_playing(slack, user).id)

    @router.get("/ephemerals/{user}")
    def ephemerals(user: str) -> list[Told]:
        return slack.workspace.whispers(person_playing(slack, user).id)

    @router.get("/log")
    def log() -> Told:
        return slack.log.told()

    @router.get("/state")
    def state() -> Told:
        return told_state(slack)

    @router.get("/mail")
    def mail() -> list[Told]:
        return slack.mailbox.letters()


def thread_tree(slack: LocalSlack, channel: str, newest: int | None = None) -> list[Told]:
    """Returns a channel's messages, oldest first, metadata included, each root with its `replies`."""
    found = [message for message in slack.workspace.stream(channel_named(slack, channel).id)][:newest]
    tree = []
    for message in reversed(found):
        replies = slack.workspace.replies(message["channel"], message["ts"]) if is_root(message) else []
        shown = [slack.workspace.shown(reply, with_metadata=True) for reply in replies]
        tree.append(slack.workspace.shown(message, with_metadata=True) | {"replies": shown})
    return tree


def told_state(slack: LocalSlack) -> Told:
    """Returns tokens, ids, people and channels: all an app or a test needs to talk to this workspace."""
    workspace = slack.workspace
    channels = [
        channel_object(channel) | {"members": list(channel.members)} for channel in workspace.channels()
    ]
    return {
        "ok": True,
        "team": {"id": people.TEAM_ID, "name": people.TEAM_NAME, "domain": people.TEAM_DOMAIN},
        "app": {"id": people.APP_ID, "bot_id": people.BOT_ID, "bot_user_id": people.BOT_USER_ID},
        "scopes": list(slack.installation.scopes),
        "tokens": {name: workspace.secrets[name] for name in ("bot", "app", "signing_secret")},
        "people": [user_object(person) | {"role": person.role} for person in workspace.people()],
        "channels": channels,
        "user_groups": {name: list(members) for name, members in people.USER_GROUPS.items()},
        "leads": list(people.LEADS),
        "app_url": slack.app_url,
        "sockets": slack.sockets.open,
        "api_url": slack.url + "/api/",
        "now_seconds": workspace.clock.now_seconds(),
        "offset_seconds": workspace.clock.offset_seconds,
    }
