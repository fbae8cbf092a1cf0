"""The card."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consult_bot.case.model import SYSTEM, CloseReason, MessageKind, State, TaskKind
from consult_bot.slack.card import card
from tests.builders import ANA, BEN, ZONE, submission
from tests.slack.cases import (
    NASTY,
    NOW,
    case,
    check_message,
    claimed,
    guidance,
    question,
    read,
    reply,
    task,
    words_that_work,
)


def pressed(view) -> dict:
    return next(block for block in view.blocks if block["type"] == "actions")


def test_it_says_on_a_lock_screen_only_the_number_the_urgency_and_the_state() -> None:
    assert card(case(urgent=True), NOW, ZONE).text == "C-1042 · urgent · new"
    assert card(claimed(state=State.AWAITING_PATIENT), NOW, ZONE).text == "C-1042 · awaiting patient"


def test_it_reads_in_the_order_a_clinician_needs() -> None:
    made = claimed(urgent=True, tasks=(task(),), messages=(question(), reply()))
    told = read(card(made, NOW, ZONE).blocks)
    order = [
        "*URGENT*",
        "*C-1042*",
        "*Open: phone call*",
        "2 years · female · pregnant: does not apply · Morwen Zarbex (mother) writes for them",
        "A red rash on both arms",
        "Sunday",
        "Penicillin",
        "*Next:* <@U0ANA>",
        "It itches more at night.",
        "in WA · 0 photos",
        "Not asked: better or worse, anticoagulants, immune suppression, language",
    ]
    places = [told.index(piece) for piece in order]
    assert places == sorted(places)


def test_it_tells_a_question_left_open_from_one_never_asked() -> None:
    made = replace(submission(), left_open=("allergies", "anticoagulants", "language"))
    told = " ".join(read(card(case(submission=made), NOW, ZONE).blocks).split())
    assert "Allergies: asked, not answered Anticoagulants: asked, not answered" in told
    assert "language: asked, not answered" in told and "Medicines: not asked" in told
    assert "Not asked: better or worse, immune suppression" in told


def test_it_keeps_what_was_answered_in_its_place() -> None:
    seldom = {"course": "Worse", "anticoagulants": "None", "immune_suppression": "No", "language": "Spanish"}
    told = " ".join(read(card(case(submission=submission(**seldom)), NOW, ZONE).blocks).split())
    for piece in ("Better or worse: Worse", "Anticoagulants: None", "language: Spanish"):
        assert piece in told
    assert "Not asked" not in told


@pytest.mark.parametrize(
    ("sex", "pregnant", "told"),
    [
        ("male", "", "2 years · male · Morwen"),
        ("male", "not_applicable", "2 years · male · Morwen"),
        ("male", "yes", "2 years · male · pregnant: yes · Morwen"),
        ("female", "", "2 years · female · pregnant: not asked · Morwen"),
        ("unknown", "no", "2 years · sex: not said · pregnant: no · Morwen"),
        ("Another answer", "no", "2 years · sex: Another answer · pregnant: no · Morwen"),
    ],
)
def test_it_says_of_sex_and_pregnancy_what_helps(sex: str, pregnant: str, told: str) -> None:
    given = {"pregnant": pregnant} if pregnant else {}
    made = case(submission=submission(sex=sex, **given))
    assert told in read(card(made, NOW, ZONE).blocks)


def test_it_begins_with_a_capital_letter() -> None:
    assert read(card(case(), NOW, ZONE).blocks).startswith("Due <!date^")
    assert "UTC>" in read(card(case(), NOW, ZONE).blocks)
    ended = case(state=State.CLOSED, close_reason=CloseReason.ANSWERED)
    assert read(card(ended, NOW, ZONE).blocks).startswith("Closed: answered")
    assert read(card(case(urgent=True), NOW, ZONE).blocks).startswith("*URGENT* · due")


def test_it_lets_guidance_stand_out_only_while_we_owe_an_answer() -> None:
    def looks(state: State) -> dict[str, str | None]:
        buttons = pressed(card(claimed(state=state, messages=(question(),)), NOW, ZONE))["elements"]
        return {button["action_id"]: button.get("style") for button in buttons}

    assert looks(State.CLAIMED)["verb:advise"] == "primary"
    assert looks(State.AWAITING_PATIENT)["verb:advise"] is None
    assert looks(State.ADVISED)["verb:advise"] is None


@pytest.mark.parametrize("urgent", [False, True])
@pytest.mark.parametrize(
    ("state", "stands"), [(State.AWAITING_PATIENT, "awaiting patient"), (State.ADVISED, "advised")]
)
def test_it_gives_no_due_time_where_the_promise_is_kept(state: State, stands: str, urgent: bool) -> None:
    sent = guidance() if state is State.ADVISED else question()
    told = read(card(claimed(state=state, urgent=urgent, messages=(sent,)), NOW, ZONE).blocks)
    begins = f"*URGENT* · {stands}" if urgent else stands.capitalize()
    assert told.startswith(f"{begins} · *C-1042* · general")
    assert "due <!date^" not in told.lower()


def test_it_names_nobody_twice_on_a_line() -> None:
    told = read(card(claimed(), NOW, ZONE).blocks)
    assert "*Next:* <@U0ANA> (owner), to ask or to send guidance" in told and told.count("<@U0ANA>") == 1
    assert "*Next:* somebody to claim it · *Owner:* nobody" in read(card(case(), NOW, ZONE).blocks)


def test_it_reads_not_asked_where_nothing_is_known() -> None:
    empty = submission(
        concern="", birth_date="", sex="", state="", writing_for="", writer_name="", relationship=""
    )
    told = read(card(case(submission=empty), NOW, ZONE).blocks)
    for piece in (
        "age not asked",
        "sex not asked",
        "pregnant: not asked",
        "who writes: not asked",
        "state not asked",
    ):
        assert piece in told
    assert "None" not in told


def test_it_has_three_buttons_and_a_select_with_the_rest() -> None:
    block = pressed(card(claimed(), NOW, ZONE))
    assert block["block_id"] == "card/C-1042/7"
    assert [(e["action_id"], e.get("value")) for e in block["elements"]] == [
        ("verb:ask", "C-1042"),
        ("verb:advise", "C-1042"),
        ("verb:note", "C-1042"),
        ("verb:more", None),
    ]
    offered = [option["value"] for option in block["elements"][3]["options"]]
    assert "release C-1042" in offered and "close C-1042" in offered
    assert not {"claim C-1042", "reply C-1042", "draft C-1042", "opened C-1042"} & set(offered)


def test_it_offers_a_new_case_for_claiming_and_never_for_sending() -> None:
    block = pressed(card(case(), NOW, ZONE))
    assert block["elements"][0]["action_id"] == "verb:claim"
    assert block["elements"][0]["style"] == "primary"
    assert "verb:ask" not in str(block)


def test_it_says_how_far_an_email_has_come_that_nobody_has_read() -> None:
    def told(**receipts: datetime) -> str:
        return read(card(claimed(state=State.ADVISED, messages=(guidance(**receipts),)), NOW, ZONE).blocks)

    assert "Email arrived <!date^" in told(delivered_at=NOW) and "not read yet" in told(delivered_at=NOW)
    lost = told(delivered_at=NOW, bounced_at=NOW)
    assert "*Not reached: the email did not arrive*" in lost and "Email arrived" not in lost
    assert "Not reached" not in told(bounced_at=NOW, opened_at=NOW)


def test_it_shows_receipts_on_one_line() -> None:
    later = NOW + timedelta(minutes=1)
    sent = card(claimed(state=State.ADVISED, messages=(guidance(),)), later, ZONE)
    assert "Guidance sent" in read(sent.blocks) and "Not read yet" in read(sent.blocks)
    understood = guidance(opened_at=NOW, acknowledged_at=NOW)
    told = read(card(claimed(state=State.ADVISED, messages=(understood,)), later, ZONE).blocks)
    assert "Read <!date^" in told and "Understood <!date^" in told
    waiting = guidance(visible_at=later)
    assert "Guidance goes out <!date^" in read(card(claimed(messages=(waiting,)), NOW, ZONE).blocks)


def test_it_counts_ages_by_the_practices_day() -> None:
    evening = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)
    made = case(submission=submission(birth_date="2024-05-01"))
    assert "23 months" in read(card(made, evening, "America/Los_Angeles").blocks)
    assert "2 years" in read(card(made, evening, "Europe/Berlin").blocks)


@pytest.mark.parametrize(
    ("receipts", "step"),
    [
        ({}, "the patient, to read the guidance · *Owner:* <@U0ANA>"),
        ({"opened_at": NOW}, "the patient, to say that they understand · *Owner:* <@U0ANA>"),
        ({"opened_at": NOW, "acknowledged_at": NOW}, "<@U0ANA> (owner), to close it"),
    ],
)
def test_it_says_who_must_act_after_guidance(receipts: dict, step: str) -> None:
    made = claimed(state=State.ADVISED, messages=(guidance(**receipts),))
    assert f"*Next:* {step}\n" in read(card(made, NOW, ZONE).blocks)


@pytest.mark.parametrize(
    ("seen_at", "what"),
    [(NOW, "correction"), (None, "guidance")],
    ids=["the wrong text was seen", "nobody had seen the wrong text"],
)
def test_it_says_as_what_the_patient_meets_a_correction(seen_at: datetime | None, what: str) -> None:
    right = guidance(message_id="g2", kind=MessageKind.CORRECTION, corrects="g1")
    made = claimed(state=State.ADVISED, messages=(guidance(opened_at=seen_at), right))
    assert f"*Next:* the patient, to read the {what} · " in read(card(made, NOW, ZONE).blocks)


def test_it_names_what_is_to_be_done_before_the_owner_can_close() -> None:
    understood = guidance(opened_at=NOW, acknowledged_at=NOW)
    kinds = [TaskKind.LAB, TaskKind.CALL, TaskKind.LAB]
    made = claimed(
        state=State.ADVISED,
        messages=(understood,),
        tasks=tuple(task(id=f"t{n}", kind=kind, owner=BEN.id) for n, kind in enumerate(kinds)),
    )
    told = read(card(made, NOW, ZONE).blocks)
    assert "*Next:* <@U0ANA> (owner), to see these tasks done: phone call, 2 × lab test\n" in told
    assert "to close it" not in told, "it would be refused"


def test_it_waits_for_the_patient_while_emergency_advice_is_unread_though_its_call_is_done() -> None:
    understood = guidance(opened_at=NOW, acknowledged_at=NOW)
    advice = guidance(id="m9", kind=MessageKind.EMERGENCY, disposition=None, safety_net=None)
    made = claimed(state=State.ADVISED, messages=(understood, advice), tasks=(task(outcome="reached"),))
    told = read(card(made, NOW + timedelta(minutes=1), ZONE).blocks)
    assert "*Next:* the patient, to read the emergency advice · *Owner:* <@U0ANA>\n" in told
    assert "to close it" not in told, "it would be refused"
    seen = made.with_message(replace(advice, opened_at=NOW))
    assert "to close it" in read(card(seen, NOW + timedelta(minutes=1), ZONE).blocks)


def test_it_names_whom_an_emergency_waits_for_before_what_the_patient_is_to_do() -> None:
    read_only = guidance(opened_at=NOW - timedelta(days=1), written_at=NOW - timedelta(days=1))
    advice = guidance(id="m9", kind=MessageKind.EMERGENCY, disposition=None, safety_net=None, author=BEN.id)
    called = task(opened_by=BEN.id, opened_at=advice.written_at)
    made = claimed(state=State.ADVISED, messages=(read_only, advice), tasks=(called,))
    for later in (timedelta(minutes=1), timedelta(days=1)):
        told = read(card(made, NOW + later, ZONE).blocks)
        assert "*Next:* <@U0ANA> (owner), to call the patient now\n" in told
        assert "to say that they understand" not in told and "to read the" not in told
    over = made.with_task(replace(called, outcome="reached"))
    assert "to call the patient" not in read(card(over, NOW, ZONE).blocks)


@pytest.mark.parametrize(
    "opened",
    [{"opened_by": SYSTEM}, {"for_message": "g1"}, {"due_at": NOW}],
    ids=["an email that never arrived", "urgent guidance", "an overdue call"],
)
@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (BEN.id, "<@U0BEN>, to call the patient now · *Owner:* <@U0ANA>\n"),
        (None, "whoever reads this first, to call the patient now · *Owner:* <@U0ANA>\n"),
    ],
)
def test_it_puts_a_call_that_presses_first(opened: dict, owner: str | None, step: str) -> None:
    made = claimed(
        state=State.ADVISED, messages=(guidance(opened_at=NOW),), tasks=(task(owner=owner, **opened),)
    )
    told = read(card(made, NOW, ZONE).blocks)
    assert f"*Next:* {step}" in told and "the patient, to" not in told


def test_it_lets_the_patient_go_first_before_a_call_that_somebody_planned() -> None:
    made = claimed(state=State.ADVISED, messages=(guidance(opened_at=NOW),), tasks=(task(),))
    told = read(card(made, NOW, ZONE).blocks)
    assert "*Next:* the patient, to say that they understand" in told and "to call the patient" not in told


def test_it_says_who_is_to_answer_after_a_call_that_presses() -> None:
    new = case(tasks=(task(opened_by=SYSTEM, owner=None),))
    told = read(card(new, NOW, ZONE).blocks)
    assert (
        "*Next:* whoever reads this first, to call the patient now; then somebody to claim it · *Owner:* nobody"
        in told
    )
    closed = claimed(state=State.CLOSED, close_reason=CloseReason.EMERGENCY, tasks=(task(due_at=NOW),))
    assert "*Next:* <@U0ANA> (owner), to call the patient now" in read(card(closed, NOW, ZONE).blocks)


@pytest.mark.parametrize("state", list(State))
def test_it_is_overdue_only_while_we_owe_an_answer(state: State) -> None:
    closed = CloseReason.ANSWERED if state is State.CLOSED else None
    made = case(state=state, owner=ANA.id, close_reason=closed, urgent=True)
    at_last, just_before = made.due_at, made.due_at - timedelta(seconds=1)
    ours = state in {State.NEW, State.CLAIMED}
    assert ("*URGENT* · *OVERDUE* · due" in read(card(made, at_last, ZONE).blocks)) is ours
    assert "OVERDUE" not in read(card(made, just_before, ZONE).blocks)


def test_it_marks_a_task_whose_time_has_passed_whatever_the_state() -> None:
    made = case(state=State.CLOSED, owner=ANA.id, close_reason=CloseReason.EMERGENCY, tasks=(task(),))
    due_at = made.tasks[0].due_at
    assert "*OVERDUE* · *Open: phone call* · due <!date^" in read(card(made, due_at, ZONE).blocks)
    assert "OVERDUE" not in read(card(made, due_at - timedelta(seconds=1), ZONE).blocks)


def test_it_shows_no_words_of_guidance_or_notes() -> None:
    told = read(card(claimed(state=State.ADVISED, messages=(guidance(),)), NOW, ZONE).blocks)
    assert "Keep it cool" not in told and "fever" not in told


def test_it_shows_what_patients_wrote_and_lets_none_of_it_work() -> None:
    nasty = submission(
        concern=NASTY,
        onset=NASTY,
        allergies=NASTY,
        medicines=NASTY,
        sex=NASTY,
        pregnant=NASTY,
        relationship=NASTY,
        writer_name=NASTY,
        state=NASTY,
        language=NASTY,
    )
    view = card(claimed(submission=nasty, messages=(reply(NASTY),)), NOW, ZONE)
    check_message(view.blocks)
    assert "<!channel> <@U0BEN>" in read(view.blocks)
    assert "[U+202E]gnp.exe [U+0000]" in read(view.blocks)
    working = words_that_work(view.blocks)
    for trap in ("<!channel>", "<@U0BEN>", "evil.example", "*bold*", "tada"):
        assert trap not in working and trap not in view.text
    assert "\u202e" not in str(view.blocks)


@pytest.mark.parametrize("state", list(State))
def test_it_is_taken_by_slack_in_every_state_whatever_was_written(state: State) -> None:
    long = submission(
        **dict.fromkeys(("concern", "onset", "allergies", "medicines", "language"), "word " * 20_000)
    )
    made = case(
        submission=long,
        state=state,
        owner=ANA.id,
        messages=(reply("x" * 100_000),),
        tasks=tuple(task(id=f"t{n}") for n in range(30)),
        close_reason=CloseReason.ANSWERED if state is State.CLOSED else None,
    )
    check_message(card(made, NOW, ZONE).blocks)
