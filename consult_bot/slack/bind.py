"""All of Slack's surfaces bound once, by pattern: parse, ask the desk, reply. No verb is named here."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import Ack, App, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from consult_bot.case.errors import Refusal
from consult_bot.case.model import Case
from consult_bot.case.verb import Actor, Done, Outcome, Refused, Request
from consult_bot.desk import Desk
from consult_bot.slack import lists, modal, parse, reply
from consult_bot.slack.blocks import Drawn
from consult_bot.slack.carried import Carried
from consult_bot.slack.client import slack_client
from consult_bot.slack.conversation import Conversation
from consult_bot.slack.dead_letter import GIVE_UP, RETRY
from consult_bot.slack.home import TURNS
from consult_bot.slack.reply import Answered
from consult_bot.slack.said import our_ids
from consult_bot.slack.takers import takers
from consult_bot.slack.trouble import FAILURES, trouble_of
from consult_bot.slack.workspace import OwnWorkspace, only_from

Body = dict[str, Any]

VIEWS_TIMEOUT_SECONDS = 2
"""A trigger lives for three seconds, and so does Slack's patience."""

NO_FORM = "Slack did not open the form. Please try again."
BROKEN = "That did not work, and it is not your fault. Look at the case's card to see where it stands, then try again."

ABOUT_PEOPLE = ("user_change", "member_joined_channel", "member_left_channel")
OPEN_AGAIN = ("channel_unarchive", "group_unarchive")

VERB = re.compile(r"^verb:")
ANYTHING = re.compile(r".*")

log = logging.getLogger(__name__)


def build_app(
    token: str, signing_secret: str | None, api_url: str, workspace: OwnWorkspace | None = None
) -> App:
    """Return a Bolt app that verifies every request, answers when the work is done, and calls Slack only for modals.

    Requests with a bad signature, or signed more than five minutes ago, are answered 401; what comes by a socket has
    no signature. Without a secret the app must not be reached over HTTP: Bolt would take anything for signed.
    Payloads of another workspace than `workspace` (unset: whose the token is) are acknowledged and do nothing.
    """

    def authorized(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        """One workspace, one token: nothing to look up, and no call to Slack before the first answer."""
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    client = slack_client(None, api_url, VIEWS_TIMEOUT_SECONDS)
    app = App(
        name="consult",
        client=client,
        signing_secret=signing_secret or "",
        authorize=authorized,
        process_before_response=True,
        token_verification_enabled=False,
    )
    # Given before, Bolt would warn that it does not look the token up by itself.
    client.token = token
    app.middleware(only_from(workspace or OwnWorkspace(client)))
    return app


def bind(
    app: App,
    desk: Desk,
    *,
    recognise: Callable[[str], None] = lambda slack_id: None,
    follow: Callable[[Mapping[str, Any]], None] = lambda event: None,
) -> None:
    """Bind every surface of the app to the desk. `recognise` is told who acts, before the desk is asked; `follow` is
    given every event about a person: changed, come into a channel, or left it."""
    surfaces = Surfaces(desk, app.client, recognise, follow)
    app.command("/consult")(surfaces.command)
    app.block_action(VERB)(surfaces.press)
    app.block_action("nav:show")(surfaces.show)
    app.block_action(TURNS)(surfaces.turn)
    app.block_action(RETRY)(surfaces.dead_letter)
    app.block_action(GIVE_UP)(surfaces.dead_letter)
    app.view_submission(VERB)(surfaces.submit)
    app.message_shortcut(VERB)(surfaces.shortcut)
    app.block_suggestion("to")(surfaces.people)
    app.event("message")(surfaces.message)
    app.event("app_home_opened")(surfaces.home_opened)
    for about_people in ABOUT_PEOPLE:
        app.event(about_people)(surfaces.person)
    for open_again in OPEN_AGAIN:
        app.event(open_again)(surfaces.open_again)
    app.error(surfaces.broken)
    for anything_else in (app.command, app.block_action, app.shortcut, app.view, app.view_closed, app.event):
        anything_else(ANYTHING)(surfaces.nothing)
    app.options(ANYTHING)(surfaces.no_options)


LONGEST_ID = 19
"""A row's id has fewer digits than 64 bits can hold."""


class Surfaces:
    """What happens on each surface."""

    def __init__(
        self,
        desk: Desk,
        client: WebClient,
        recognise: Callable[[str], None],
        follow: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._desk = desk
        self._follow = follow
        self._client = client
        self._recognise = recognise
        self._conversation = Conversation(desk, recognise)

    def command(self, ack: Ack, body: Body) -> None:
        """`/consult …`: the ack answers, or the form opens."""
        self._recognise(body["user_id"])
        answer = self._commanded(body)
        if answer.opens and not self._open(body["trigger_id"], answer.opens):
            answer = Answered(reply.only_you(NO_FORM))
        ack(**answer.ack)

    def press(self, ack: Ack, body: Body) -> None:
        """A verb's button or the More select, in a message or in a modal."""
        self._recognise(body["user"]["id"])
        view = body.get("view")
        if view and view["type"] == "modal":
            self._press_in_modal(body, view["id"])
        else:
            outcome = self._opened(body, lambda: parse.button(body))
            if view and _changed_nothing(outcome):
                # What Home offered was no longer so.
                self._turned(body, parse.home_page(body))
        ack()

    def shortcut(self, ack: Ack, body: Body) -> None:
        """A message's menu: the form opens."""
        self._recognise(body["user"]["id"])
        self._opened(body, lambda: parse.shortcut(body, self._desk.case_at))
        ack()

    def submit(self, ack: Ack, body: Body) -> None:
        """A modal is sent: the ack says what becomes of it."""
        self._recognise(body["user"]["id"])
        try:
            request = parse.submission(body)
        except Refusal as refusal:
            ack(**reply.refused_submission(refusal, body["view"], self._desk.facts_now()).ack)
            return
        outcome = self._desk.handle(request)
        answer = reply.to_submission(outcome, request, body["view"], self._desk.facts_now())
        ack(**reply.staying_on(answer, request.home).ack)

    def message(self, ack: Ack, body: Body) -> None:
        """Somebody says something, in a case's thread or to the app.

        Raises Busy where it could not be kept just now: not acknowledged, Slack sends it again.
        """
        self._conversation.hear(body)
        ack()

    def person(self, ack: Ack, body: Body) -> None:
        """Somebody changed, came into a channel or left it. Coming in ourselves, we need not wait to be let in."""
        event = body["event"]
        if event["type"] == "member_joined_channel" and event.get("user") in our_ids(body):
            self._desk.try_channel_again(event["channel"])
        else:
            self._follow(event)
        ack()

    def open_again(self, ack: Ack, body: Body) -> None:
        """A channel is no longer archived: what waits for it need not wait for its next try."""
        self._desk.try_channel_again(body["event"]["channel"])
        ack()

    def show(self, ack: Ack, body: Body) -> None:
        """The Show button of a list: the case opens for reading."""
        self._recognise(body["user"]["id"])
        case = self._case(body["user"]["id"], body["actions"][0].get("value") or "")
        if isinstance(case, Case):
            self._open(body["trigger_id"], modal.reading(case, self._desk.facts_now()))
        else:
            self._open(body["trigger_id"], reply.refused_view(case.why))
        ack()

    def home_opened(self, ack: Ack, body: Body) -> None:
        """Somebody opens their Home. Raises Busy: not acknowledged, Slack sends it again."""
        event = body["event"]
        if event.get("tab", "home") == "home":
            self._recognise(event["user"])
            self._desk.show_home(event["user"])
        ack()

    def turn(self, ack: Ack, body: Body) -> None:
        """A button of Home that leads to another page, or draws this one anew."""
        self._recognise(body["user"]["id"])
        self._turned(body, parse.turn(body))
        ack()

    def dead_letter(self, ack: Ack, body: Body) -> None:
        """A lead decides about what could not be sent."""
        self._recognise(body["user"]["id"])
        pressed = body["actions"][0]
        value = str(pressed.get("value") or "")
        refused = self._desk.decide(
            body["user"]["id"],
            int(value) if value.isdecimal() and len(value) < LONGEST_ID else 0,
            send=pressed["action_id"] == RETRY,
            channel=body["channel"]["id"],
            ts=body["message"]["ts"],
        )
        if refused:
            self._open(body["trigger_id"], reply.refused_view(refused.why))
        ack()

    def people(self, ack: Ack, body: Body) -> None:
        """The menu of people who may take the case of the open modal."""
        try:
            number = Carried.read((body.get("view") or {}).get("private_metadata", "")).case
        except ValueError:
            ack(options=[])
            return
        case = self._case(body["user"]["id"], str(number))
        people = self._desk.facts_now().people.values()
        ack(options=takers(case, people, body.get("value") or "") if isinstance(case, Case) else [])

    def nothing(self, ack: Ack) -> None:
        """What is not ours to answer is acknowledged, so that Slack neither warns nor repeats it."""
        ack()

    def no_options(self, ack: Ack) -> None:
        ack(options=[])

    def broken(self, error: Exception, body: Body) -> BoltResponse:
        """Something failed on our side. An event is answered 500, so that Slack sends it again."""
        log.error("a request of Slack failed", exc_info=error)
        if "command" in body:
            return BoltResponse(status=200, body=dict(reply.only_you(BROKEN)))
        return BoltResponse(status=500, body="")

    def _commanded(self, body: Body) -> Answered:
        try:
            asked = parse.command(body)
        except Refusal as refusal:
            return reply.to_command(Refused(refusal), self._desk.facts_now)
        if isinstance(asked, Request):
            return reply.to_command(self._desk.handle(asked), self._desk.facts_now)
        answer = self._desk.look(asked.query, asked.actor, asked.text)
        if isinstance(answer, Refused):
            return reply.to_command(answer, self._desk.facts_now)
        return reply.to_look(lists.drawn(asked.query, answer, self._desk.facts_now()))

    def _opened(self, body: Body, parsed: Callable[[], Request]) -> Outcome:
        """Ask the desk, and open what it has to say as a modal."""
        try:
            outcome = self._desk.handle(parsed())
        except Refusal as refusal:
            outcome = Refused(refusal)
        answer = reply.staying_on(reply.to_press(outcome, self._desk.facts_now), parse.home_page(body))
        if answer.opens:
            self._open(body["trigger_id"], answer.opens)
        return outcome

    def _turned(self, body: Body, page: str) -> None:
        """Have this page of the person's Home drawn. Where that cannot be now, it stays, and they press again."""
        try:
            self._desk.show_home(body["user"]["id"], page)
        except Refusal as refusal:
            log.warning("Home stays as it is", extra={"error": type(refusal).__name__})

    def _press_in_modal(self, body: Body, view_id: str) -> None:
        """A verb that is pressed in a modal: what the desk has to say takes the modal's place."""
        try:
            request = parse.button(body)
        except Refusal as refusal:
            view = reply.refused_view(refusal)
        else:
            view = reply.to_press_in_modal(self._desk.handle(request), request, self._desk.facts_now())
        self._called("views.update", lambda: self._client.views_update(view_id=view_id, view=view))

    def _case(self, slack_id: str, number: str) -> Case | Refused:
        found = self._desk.look("show", Actor(slack_id), number)
        if isinstance(found, Case | Refused):
            return found
        raise TypeError("the query “show” answers with a case")

    def _open(self, trigger_id: str, view: Drawn) -> bool:
        return self._called("views.open", lambda: self._client.views_open(trigger_id=trigger_id, view=view))

    def _called(self, method: str, call: Callable[[], object]) -> bool:
        """Whether the call went through. When it did not, the person sees nothing and presses again."""
        try:
            call()
        except FAILURES as failure:
            log.warning(
                "Slack did not show a modal", extra={"method": method, "error": trouble_of(failure).error}
            )
            return False
        return True


def _changed_nothing(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) or (isinstance(outcome, Done) and outcome.repeated)
