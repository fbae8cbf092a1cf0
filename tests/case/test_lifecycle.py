"""The life cycle as a whole table: every state, verb and part, written out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commands import VERBS
from consult_bot.case.diagram import life_cycle_page
from consult_bot.case.errors import NotAllowed, Taken
from consult_bot.case.lifecycle import LIFECYCLE, LifecycleBroken, check_led, guard
from consult_bot.case.model import Case, Message, MessageKind, State, Task, TaskKind
from consult_bot.case.verb import THE_PATIENT, THE_SYSTEM, Actor, Role
from consult_bot.case.words import Words
from tests.builders import submission

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
OWNER, OTHER, LEAD, STRANGER = Actor("U0OWNER"), Actor("U0OTHER"), Actor("U0LEAD"), Actor("U0STRANGER")
ROLES = {OWNER: Role.CLINICIAN, OTHER: Role.CLINICIAN, LEAD: Role.LEAD}
WHO = {
    "patient": THE_PATIENT,
    "owner": OWNER,
    "other": OTHER,
    "lead": LEAD,
    "system": THE_SYSTEM,
    "stranger": STRANGER,
}

# verb: state -> who may, by hand from the design; a state or person left out may not.
HELD_BY_OWNER = {"claimed": "owner", "awaiting_patient": "owner", "advised": "owner"}
CLINICIANS_ANY = dict.fromkeys(
    ["new", "claimed", "awaiting_patient", "advised", "closed"], "owner other lead"
)
PATIENT_ANY = dict.fromkeys(["new", "claimed", "awaiting_patient", "advised", "closed"], "patient")
SYSTEM_ANY = dict.fromkeys(["new", "claimed", "awaiting_patient", "advised", "closed"], "system")
MAY: dict[str, dict[str, str]] = {
    "claim": {"new": "owner other lead"},
    "release": dict.fromkeys(["claimed", "awaiting_patient", "advised"], "owner lead system"),
    "cover": dict.fromkeys(["claimed", "awaiting_patient", "advised"], "owner other lead"),
    "reassign": dict.fromkeys(["new", "claimed", "awaiting_patient", "advised"], "lead"),
    "ask": HELD_BY_OWNER,
    "draft": HELD_BY_OWNER,
    "advise": HELD_BY_OWNER,
    "reply": PATIENT_ANY,
    "note": CLINICIANS_ANY,
    "undo": dict.fromkeys(["new", "claimed", "awaiting_patient", "advised", "closed"], "owner lead"),
    "correct": dict.fromkeys(["new", "claimed", "awaiting_patient", "advised", "closed"], "owner lead"),
    "update": HELD_BY_OWNER,
    "emergency": CLINICIANS_ANY,
    "report": PATIENT_ANY,
    "retract": SYSTEM_ANY,
    "page": {"new": "system"},
    "reopen": {"closed": "lead patient"},
    "withdraw": dict.fromkeys(["new", "claimed", "awaiting_patient", "advised"], "patient"),
    "opened": PATIENT_ANY,
    "acknowledge": PATIENT_ANY,
    "delivered": SYSTEM_ANY,
    "bounced": SYSTEM_ANY,
    "uncalled": SYSTEM_ANY,
    "overdue": {"new": "system", "claimed": "system"},
    "task": CLINICIANS_ANY,
    "done": CLINICIANS_ANY,
    "close": {
        **dict.fromkeys(["claimed", "awaiting_patient", "advised"], "owner lead system"),
        "new": "lead system",
    },
}


# verb: state -> where it may lead, by hand from the design; every verb and state left out stays where it is.
HELD = "claimed awaiting_patient advised"
LEADS: dict[str, dict[str, str]] = {
    "claim": {"new": "claimed"},
    "release": dict.fromkeys(HELD.split(), "new"),
    "reassign": {"new": "claimed", "claimed": "claimed"},
    "ask": dict.fromkeys(HELD.split(), "awaiting_patient"),
    "advise": dict.fromkeys(HELD.split(), "advised"),
    "reply": {"new": "new", **dict.fromkeys([*HELD.split(), "closed"], "claimed new")},
    "undo": {"awaiting_patient": HELD, "advised": HELD},
    "report": {
        "new": "new claimed",
        "closed": "closed claimed new",
        **dict.fromkeys(HELD.split(), f"{HELD} new"),
    },
    "reopen": {"closed": "claimed new"},
    "withdraw": dict.fromkeys(["new", *HELD.split()], "closed"),
    "close": dict.fromkeys(["new", *HELD.split()], "closed"),
}


def case_in(state: State) -> Case:
    """A case with guidance seen, a message that can be undone (by its owner), and an open task."""
    seen = Message("m1", MessageKind.GUIDANCE, OWNER.id, Words("Rest."), NOW, NOW - timedelta(hours=1))
    unsent = Message(
        "m2",
        MessageKind.QUESTION,
        OWNER.id,
        Words("How?"),
        NOW,
        NOW + timedelta(seconds=30),
        before=State.CLAIMED,
    )
    return Case(
        id="case",
        number=1042,
        version=3,
        state=state,
        queue="general",
        submission=submission(),
        nonce="nonce",
        created_at=NOW,
        due_at=NOW,
        owner=None if state is State.NEW else OWNER.id,
        messages=(seen, unsent),
        tasks=(Task("t1", TaskKind.CALL, Words("Call."), OWNER.id, NOW, NOW),),
        reopen_until=NOW + timedelta(days=1),
    )


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("verb", MAY)
def test_it_lets_exactly_those_do_what_the_design_says(verb: str, state: State, who: str) -> None:
    actor = WHO[who]
    expected = who in MAY[verb].get(state.value, "").split()
    try:
        guard(verb, case_in(state), actor, ROLES.get(actor), NOW)
        allowed = True
    except (NotAllowed, Taken):
        allowed = False
    assert allowed is expected


@pytest.mark.parametrize("after", list(State))
@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("verb", MAY)
def test_it_leads_exactly_where_the_design_says(verb: str, before: State, after: State) -> None:
    allowed = LEADS.get(verb, {}).get(before.value, before.value).split() if before in MAY[verb] else []
    try:
        check_led(verb, before, after)
        leads = True
    except LifecycleBroken:
        leads = False
    assert leads is (after in allowed)


@pytest.mark.parametrize("who", WHO)
def test_it_lets_only_the_patient_submit(who: str) -> None:
    actor = WHO[who]
    if who == "patient":
        guard("submit", None, actor, None, NOW)
        return
    with pytest.raises(NotAllowed):
        guard("submit", None, actor, ROLES.get(actor), NOW)


def test_it_has_a_row_for_every_verb_and_a_verb_for_every_row() -> None:
    assert {row.verb for row in LIFECYCLE} == {verb.name for verb in VERBS}
    assert {row.verb for row in LIFECYCLE} == {*MAY, "submit"}


def test_it_refuses_with_what_is_allowed_instead() -> None:
    with pytest.raises(NotAllowed) as refusal:
        guard("ask", case_in(State.NEW), OTHER, Role.CLINICIAN, NOW)
    assert "C-1042 is new" in refusal.value.text
    assert "You can: claim, note, emergency, task, done." in refusal.value.text


def test_it_says_to_whom_a_claim_was_lost() -> None:
    with pytest.raises(Taken) as refusal:
        guard("claim", case_in(State.CLAIMED), OTHER, Role.CLINICIAN, NOW)
    assert refusal.value.who == OWNER.id
    assert "<@U0OWNER>" in refusal.value.told(lambda slack_id: f"<@{slack_id}>")


@pytest.mark.parametrize(
    ("verb", "who"),
    [
        ("advise", "Only <@U0OWNER>, who holds C-1042, can do that (“advise”). You can: note"),
        ("close", "Only <@U0OWNER>, who holds C-1042, or a team lead can do that (“close”)."),
        ("reassign", "Only a team lead can do that (“reassign”)."),
        ("undo", "Only its author or a team lead can do that (“undo”)."),
        ("reply", "Only the patient can do that (“reply”)."),
        ("overdue", "Only the service itself can do that (“overdue”)."),
    ],
)
def test_it_says_who_may_instead(verb: str, who: str) -> None:
    with pytest.raises(NotAllowed) as refusal:
        guard(verb, case_in(State.CLAIMED), OTHER, Role.CLINICIAN, NOW)
    assert who in refusal.value.told(lambda slack_id: f"<@{slack_id}>")


def test_it_says_that_nothing_waits_where_nothing_was_written() -> None:
    with pytest.raises(NotAllowed, match="Nothing waits to be sent"):
        guard("undo", replace(case_in(State.CLAIMED), messages=()), LEAD, Role.LEAD, NOW)


def test_it_needs_guidance_before_it_can_be_understood() -> None:
    bare = replace(case_in(State.CLAIMED), messages=())
    with pytest.raises(NotAllowed, match="There is no guidance yet"):
        guard("acknowledge", bare, THE_PATIENT, None, NOW)


def test_it_takes_no_reply_once_the_window_of_a_closed_case_has_passed() -> None:
    closed = case_in(State.CLOSED)
    guard("reply", closed, THE_PATIENT, None, NOW)
    with pytest.raises(NotAllowed, match="closed too long ago"):
        guard("reply", closed, THE_PATIENT, None, NOW + timedelta(days=2))


def test_it_lets_nothing_be_undone_once_the_patient_can_see_it() -> None:
    with pytest.raises(NotAllowed, match="It has been sent already: the patient can read it. Write again"):
        guard("undo", case_in(State.CLAIMED), OWNER, Role.CLINICIAN, NOW + timedelta(seconds=31))


def test_it_notices_a_verb_that_leads_where_the_table_does_not() -> None:
    check_led("ask", State.CLAIMED, State.AWAITING_PATIENT)
    with pytest.raises(LifecycleBroken):
        check_led("ask", State.CLAIMED, State.CLOSED)


def test_its_picture_in_the_docs_is_drawn_from_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "life-cycle.md"
    assert page.read_text(encoding="utf-8") == life_cycle_page(), "run: python -m consult_bot diagram"
