"""advise: guidance to the patient, with its disposition and safety net."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from commands.case.calls import call
from commands.case.crossing import crossing, required_words
from consult_bot.case.errors import BadField
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import (
    NEEDS_A_CALL,
    Case,
    Disposition,
    Message,
    MessageKind,
    State,
    Task,
)
from consult_bot.case.verb import Change, Field, FieldKind, Option, Request, Verb
from consult_bot.roster.facts import Facts

DISPOSITIONS = (
    Option(Disposition.HOME, "Care at home"),
    Option(Disposition.VISIT_BY, "See somebody by a date"),
    Option(Disposition.IN_PERSON_TODAY, "Be seen in person today (opens a call)"),
    Option(Disposition.EMERGENCY_NOW, "Emergency now (opens a call)"),
)


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with its guidance; the two urgent dispositions open a call task as well."""
    message = guidance_message(case, request, facts, MessageKind.GUIDANCE)
    advised = replace(case, state=State.ADVISED, lease_until=None)
    advised = advised.with_message(message).without_drafts("advise")
    events = [Event(Happened.ADVISED, message=message.id)]
    if message.disposition in NEEDS_A_CALL:
        opened = call_for(case, message, facts)
        advised = advised.with_task(opened)
        events.append(Event(Happened.TASK_OPENED, message=message.id, task=opened.id))
    return Change(advised, tuple(events))


def guidance_message(case: Case, request: Request, facts: Facts, kind: MessageKind) -> Message:
    """Return the shaped words of this kind: what to do, the guidance, the safety net. Raises BadField."""
    disposition = _disposition(request)
    return replace(
        crossing(case, request, facts, kind, required_words(request, "guidance")),
        disposition=disposition,
        safety_net=required_words(request, "safety_net"),
        visit_by=_visit_by(request, disposition, facts),
    )


def _disposition(request: Request) -> Disposition:
    try:
        return Disposition(request.text("disposition"))
    except ValueError:
        raise BadField("Choose what the patient should do.", field="disposition") from None


def _visit_by(request: Request, disposition: Disposition, facts: Facts) -> date | None:
    if disposition is not Disposition.VISIT_BY:
        if request.text("visit_by"):
            raise BadField(
                "You chose a date but not “See somebody by a date”. Choose that, or clear the date.",
                field="visit_by",
            )
        return None
    try:
        day = date.fromisoformat(request.text("visit_by"))
    except ValueError:
        raise BadField("Choose the date by which the patient should be seen.", field="visit_by") from None
    if day < facts.now.astimezone(ZoneInfo(facts.practice.zone)).date():
        raise BadField("That date has passed. Choose today or later.", field="visit_by")
    return day


def call_for(case: Case, message: Message, facts: Facts) -> Task:
    """Return the call that urgent guidance opens, for its author; it stays until the patient has understood."""
    why = "make sure that the guidance is understood and acted on."
    return call(case, facts, facts.ids[1], why, by=message.author, owner=message.author, about=message.id)


ADVISE = Verb(
    name="advise",
    label="Send guidance",
    help="send guidance to the patient",
    perform=perform,
    fields=(
        Field("disposition", "What should the patient do?", kind=FieldKind.CHOICE, options=DISPOSITIONS),
        Field(
            "visit_by",
            "Be seen by (only with “by a date”)",
            kind=FieldKind.DATE,
            required_when=("disposition", Disposition.VISIT_BY),
            required=False,
        ),
        Field("guidance", "Your guidance", multiline=True),
        Field(
            "safety_net",
            "Safety net: if what happens, do what, by when?",
            multiline=True,
            hint="For example: if the fever lasts beyond Thursday, call us the same day.",
        ),
    ),
    crosses=True,
    style="primary",
)
