"""The life cycle as a state machine: 10,000 random steps through the desk, and rules that never break.

Each invariant is a rule of the life cycle in words. Whatever anybody writes carries a canary, so that it can be looked
for where it must not be.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select, text

from commands import VERB
from consult_bot.case.model import (
    NEEDS_A_CALL,
    TO_BE_UNDERSTOOD,
    WE_OWE_AN_ANSWER,
    CloseReason,
    MessageKind,
    State,
    TaskKind,
)
from consult_bot.case.not_reached import NotReached
from consult_bot.case.verb import THE_PATIENT, THE_SYSTEM, Actor, Done, Outcome, Refused, Request
from consult_bot.case.visibility import PatientView, patient_view
from consult_bot.case.words import Words
from consult_bot.roster.people import Person
from storage import history, tables
from storage.store import Store, open_store
from tests.builders import ANA, BEN, LENA, PRACTICE, STRANGER, World

STEPS = 10_000
STEPS_OF_A_CASE = 50
CASES_AT_A_TIME = 40

NOOR = Person("U0NOOR", "Noor Haddad", credentials="MD", states=("OR",))
"""She works here, and has no licence where the patient is."""

CLINICIANS = st.sampled_from([ANA, BEN, LENA, NOOR])
ANYONE: st.SearchStrategy[Person | Actor] = st.sampled_from(
    [ANA, BEN, LENA, NOOR, STRANGER, THE_PATIENT, THE_SYSTEM]
)
MOSTLY_ANA: st.SearchStrategy[Person | Actor] = st.one_of(st.just(ANA), ANYONE)
MESSAGES = st.sampled_from([f"1.{place}" for place in range(1, 9)])
DELIVERIES, TASKS = tables.deliveries, tables.tasks
GUIDANCE = {"guidance": "canary rest", "safety_net": "canary call if worse"}
CROSSING = frozenset({"ask", "advise", "correct", "update", "emergency"})


class LifeCycle(RuleBasedStateMachine):
    """One case, and whoever comes along."""

    store: Store
    steps: Counter[str]
    carried_out: Counter[str]

    @initialize()
    def submitted(self) -> None:
        self.world = World(self.store, replace(PRACTICE, oncall=True))
        with self.store.writing() as work:
            work.people.replace_all([ANA, BEN, LENA, NOOR])
        self.case = self.world.submit(concern="canary rash")
        self.number = self.case.number
        self.seen: set[str] = set()
        self.tasks_seen: set[str] = set()
        self.newest_edits: dict[str, str] = {}
        self.page_due: datetime | None = None
        self.version = 1
        self.look()

    def look(self) -> None:
        """Read once, for all the invariants of this step."""
        with self.store.reading() as work:
            self.case = work.cases.get(self.number)
            self.now = work.now()
            mine = DELIVERIES.c.number == self.number
            live = select(DELIVERIES.c.kind, DELIVERIES.c.about, DELIVERIES.c.due_at).where(
                mine, DELIVERIES.c.kind.in_(["letter", "timer"]), DELIVERIES.c.status != "cancelled"
            )
            deliveries = work.connection.execute(live).all()
            self.listed = set(
                work.connection.scalars(select(TASKS.c.id).where(TASKS.c.number == self.number))
            )
        self.pages = [each.due_at for each in deliveries if each.about == "timer:page"]
        self.timers = Counter(each.about for each in deliveries if each.kind == "timer")
        self.letters = Counter(each.about for each in deliveries if each.kind == "letter" and each.about)
        self.page: PatientView = patient_view(self.case, self.now, {})

    def step(self, verb: str, actor: Person | Actor, **fields: str) -> Outcome:
        before = self.case
        outcome = self.world.do(verb, actor, self.number, **fields)
        self.look()
        self.steps[verb] += 1
        self.carried_out[verb] += isinstance(outcome, Done) and bool(outcome.events)
        if verb not in CROSSING and not (isinstance(outcome, Done) and outcome.events):
            assert self.case == before, f"{verb} was refused or done before, and yet something changed"
        if isinstance(outcome, Refused):
            assert "canary" not in outcome.why.text, "a refusal quotes what somebody wrote"
        return outcome

    # What people do.

    @rule(actor=MOSTLY_ANA)
    def claim(self, actor: Person | Actor) -> None:
        held_before = self.case.owner if self.case.open else None
        outcome = self.step("claim", actor)
        if held_before == actor.id:
            assert isinstance(outcome, Done), "claiming what you hold succeeds quietly"

    @rule(actor=ANYONE)
    def release(self, actor: Person | Actor) -> None:
        self.step("release", actor)

    @rule(actor=st.one_of(st.sampled_from([BEN, LENA]), ANYONE))
    def cover(self, actor: Person | Actor) -> None:
        self.step("cover", actor)

    @rule(actor=MOSTLY_ANA)
    def undo(self, actor: Person | Actor) -> None:
        self.step("undo", actor)

    @rule(actor=ANYONE, to=CLINICIANS)
    def reassign(self, actor: Person | Actor, to: Person) -> None:
        self.step("reassign", actor, to=to.id)

    @rule(actor=MOSTLY_ANA)
    def ask(self, actor: Person | Actor) -> None:
        self.step("ask", actor, question="canary fever?")

    @rule(
        actor=MOSTLY_ANA,
        disposition=st.sampled_from(["home", "in_person_today", "emergency_now"]),
        goes_out=st.booleans(),
        mistaken=st.booleans(),
    )
    def advise(self, actor: Person | Actor, disposition: str, goes_out: bool, mistaken: bool) -> None:
        """Steered a little: left to chance alone, guidance that goes out is hardly ever corrected."""
        self.step("advise", actor, **GUIDANCE, disposition=disposition)
        if goes_out:
            self.time_passes(31)
        if goes_out and mistaken:
            self.correct(actor, "home")

    @rule(disposition=st.sampled_from(["home", "emergency_now"]))
    def the_owner_advises_and_it_goes_out(self, disposition: str) -> None:
        if self.case.owner:
            self.step("advise", Actor(self.case.owner), **GUIDANCE, disposition=disposition)
            self.time_passes(31)

    @rule(actor=MOSTLY_ANA, disposition=st.sampled_from(["home", "in_person_today"]))
    def correct(self, actor: Person | Actor, disposition: str) -> None:
        self.step("correct", actor, **GUIDANCE, disposition=disposition)

    @rule(actor=MOSTLY_ANA)
    def update(self, actor: Person | Actor) -> None:
        self.step("update", actor, update="canary soon")

    @rule(actor=ANYONE)
    def emergency(self, actor: Person | Actor) -> None:
        outcome = self.step("emergency", actor, advice="call_911", words="canary hurry")
        if isinstance(outcome, Done):
            assert self.case.urgent and self.page.entries[-1].kind is MessageKind.EMERGENCY

    @rule(verb=st.sampled_from(["ask", "advise", "correct", "update"]))
    def write_without_having_seen_what_the_patient_wrote(self, verb: str) -> None:
        if self.case.last_patient_message == "submission":
            return
        fields = {"question": "canary?", "update": "canary", **GUIDANCE, "disposition": "home"}
        crossed = len(self.case.messages)
        request = Request(
            verb,
            Actor(self.case.owner or ANA.id),
            self.number,
            {name: Words(value) for name, value in fields.items()},
            seen_message="submission",
        )
        draft = self.case.draft(verb, request.actor.id)
        outcome = self.world.desk.handle(replace(request, confirms=draft.id if draft else None))
        self.look()
        assert not isinstance(outcome, Done), "advice is bound to the last patient message its author saw"
        assert len(self.case.messages) == crossed

    @rule(actor=ANYONE, ts=MESSAGES, edit=st.sampled_from(["", "/5.1", "/5.2"]))
    def type_or_edit_in_the_thread(self, actor: Person | Actor, ts: str, edit: str) -> None:
        self.step("note", actor, about=f"{ts}{edit}", note=f"canary {edit}")
        note = self.case.note_typed_as(ts)
        self.newest_edits[ts] = max(self.newest_edits.get(ts, ""), note.edited if note else "")

    @rule(actor=st.one_of(st.just(THE_SYSTEM), ANYONE), ts=MESSAGES)
    def delete_in_the_thread(self, actor: Person | Actor, ts: str) -> None:
        self.step("retract", actor, about=ts)

    @invariant()
    def a_deleted_note_never_comes_back_and_an_old_edit_beats_no_newer_one(self) -> None:
        for message in self.case.messages:
            if message.source:
                assert message.source not in self.case.retracted
                assert message.edited >= self.newest_edits.get(message.source, "")

    @rule(actor=ANYONE, kind=st.sampled_from(["call", "lab"]))
    def task(self, actor: Person | Actor, kind: str) -> None:
        self.step("task", actor, kind=kind, words="canary task")

    @rule(actor=ANYONE, outcome=st.sampled_from(["reached", "completed"]))
    def done(self, actor: Person | Actor, outcome: str) -> None:
        about = self.case.open_tasks[0].id if self.case.open_tasks else None
        self.step("done", actor, about=about, outcome=outcome)

    @rule(actor=ANYONE, reason=st.sampled_from(["answered", "no_answer", "duplicate"]))
    def close(self, actor: Person | Actor, reason: str) -> None:
        self.step("close", actor, reason=reason)

    @rule(actor=ANYONE)
    def reopen(self, actor: Person | Actor) -> None:
        self.step("reopen", actor, reason="canary reason")

    # What the patient does.

    @rule()
    def open_the_page(self) -> None:
        self.step("opened", THE_PATIENT)
        self.seen |= {entry.id for entry in self.page.entries if entry.author is not None}

    @rule(actor=st.one_of(st.just(THE_PATIENT), ANYONE))
    def reply(self, actor: Person | Actor) -> None:
        before = self.case.state
        outcome = self.step("reply", actor, reply="canary no")
        if isinstance(outcome, Done):
            assert self.case.state in {State.NEW, State.CLAIMED}
            assert before is not State.NEW or self.case.state is State.NEW, "new stays new"
            self.nothing_is_on_its_way()

    @rule(actor=st.one_of(st.just(THE_PATIENT), ANYONE), how=st.sampled_from(["better", "same", "worse"]))
    def report(self, actor: Person | Actor, how: str) -> None:
        outcome = self.step("report", actor, report=how, words="canary how")
        if isinstance(outcome, Done):
            self.nothing_is_on_its_way()
            if how == "worse":
                assert self.case.urgent and self.case.state in WE_OWE_AN_ANSWER

    @rule(which=st.integers(0, 3))
    def acknowledge(self, which: int) -> None:
        open_texts = self.page.to_understand
        about = open_texts[which % len(open_texts)] if open_texts else "none"
        calls = {task.id for task in self.case.open_tasks if task.for_message is None}
        before = self.case
        self.step("acknowledge", THE_PATIENT, about=about)
        assert calls <= {task.id for task in self.case.open_tasks}, (
            "a call about an emergency is a human's to end"
        )
        confirmed = {m.id: m.kind for m in self.case.messages if m != before.message(m.id)}
        if open_texts:
            assert about in confirmed and about not in self.page.to_understand
        if len(confirmed) > 1:
            assert MessageKind.EMERGENCY not in confirmed.values(), "an emergency is confirmed alone"
        self.seen |= {entry.id for entry in self.page.entries if entry.understood}

    @rule()
    def acknowledge_what_is_not_on_the_page(self) -> None:
        hidden = [m for m in self.case.messages if m.kind in TO_BE_UNDERSTOOD and m.undoable_at(self.now)]
        before = self.case
        self.step("acknowledge", THE_PATIENT, about=hidden[-1].id if hidden else "none")
        assert self.case == before

    @rule(actor=ANYONE)
    def withdraw(self, actor: Person | Actor) -> None:
        calls = {task.id for task in self.case.open_tasks if task.kind is TaskKind.CALL}
        self.step("withdraw", actor, reason="canary gone")
        assert {task.id for task in self.case.open_tasks if task.kind is TaskKind.CALL} == calls

    # What happens by itself.

    @rule(
        verb=st.sampled_from(["release", "overdue", "uncalled", "page", "delivered", "bounced"]),
        reason=st.sampled_from(["", *NotReached]),
    )
    def a_timer_or_a_receipt(self, verb: str, reason: str) -> None:
        if verb not in {"delivered", "bounced"}:
            calls = [task.id for task in self.case.open_tasks if task.kind is TaskKind.CALL]
            about = calls[0] if calls and verb == "uncalled" else None
            before = self.case
            self.step(verb, THE_SYSTEM, about=about)
            assert self.case.tasks == before.tasks and self.case.messages == before.messages
            return
        out = [m for m in self.case.messages if not m.from_patient and m.reaches_patient_by(self.now)]
        before = self.case
        self.step(verb, THE_SYSTEM, about=out[-1].id if out else None, reason=reason)
        assert self.case.state is before.state and self.case.owner == before.owner
        after = self.case.message(out[-1].id) if out else None
        if after and after.bounced_at and not out[-1].bounced_at:
            assert any(task.kind is TaskKind.CALL for task in self.case.open_tasks), "nobody calls"

    @rule(seconds=st.sampled_from([1, 31, 31, 7300, 90_000, 3_000_000]))
    def time_passes(self, seconds: int) -> None:
        self.world.advance(seconds=seconds)
        self.look()

    @rule(person=st.sampled_from([ANA, BEN]), here=st.booleans())
    def somebody_leaves_or_comes_back(self, person: Person, here: bool) -> None:
        with self.store.writing() as work:
            work.people.put([replace(person, active=here)])
        self.look()

    # The rules.

    @invariant()
    def a_case_has_an_owner_exactly_while_somebody_holds_it(self) -> None:
        if self.case.state is State.NEW:
            assert self.case.owner is None
        elif self.case.open:
            assert self.case.owner is not None

    @invariant()
    def nobody_holds_a_case_without_the_licence_for_it(self) -> None:
        assert self.case.owner != NOOR.id

    @invariant()
    def nothing_is_advised_without_guidance_and_nothing_awaited_without_a_question(self) -> None:
        if self.case.state is State.ADVISED:
            assert self.case.last_of(MessageKind.GUIDANCE) is not None
        if self.case.state is State.AWAITING_PATIENT:
            assert self.case.last_of(MessageKind.QUESTION) is not None

    @invariant()
    def only_a_claimed_case_has_a_lease_and_one_timer_ends_it(self) -> None:
        assert (self.case.lease_until is not None) == (self.case.state is State.CLAIMED)
        assert self.timers["timer:release"] == (1 if self.case.lease_until else 0)

    @invariant()
    def while_we_owe_an_answer_one_timer_watches_the_promise(self) -> None:
        runs = self.case.state in WE_OWE_AN_ANSWER and self.case.due_at > self.now
        assert self.timers["timer:overdue"] <= 1
        assert self.timers["timer:overdue"] == 1 or not runs

    @invariant()
    def an_urgent_case_in_the_queue_is_about_to_page_somebody(self) -> None:
        if self.case.urgent and self.case.state is State.NEW:
            assert len(self.pages) == 1
            assert self.page_due is None or self.pages[0] <= self.page_due, "writing put the page off"
            self.page_due = self.pages[0]
        else:
            self.page_due = None

    @invariant()
    def the_patient_sees_no_note_no_draft_and_nothing_that_can_be_undone(self) -> None:
        shown = {entry.id for entry in self.page.entries}
        hidden = {m.id for m in self.case.messages if m.is_note or m.undoable_at(self.now)}
        assert not shown & (hidden | {draft.id for draft in self.case.drafts})

    @invariant()
    def what_the_patient_has_seen_stays_on_their_page(self) -> None:
        assert self.seen <= {entry.id for entry in self.page.entries}

    @invariant()
    def a_correction_that_is_out_leaves_no_wrong_text_unmarked(self) -> None:
        corrected = {m.corrects for m in self.case.messages if m.corrects and m.reaches_patient_by(self.now)}
        for entry in self.page.entries:
            assert entry.corrected == (entry.id in corrected)
            if entry.corrected:
                assert entry.id in self.seen and entry.id not in self.page.to_understand

    @invariant()
    def guidance_has_a_shape(self) -> None:
        for message in self.case.messages:
            if message.kind in {MessageKind.GUIDANCE, MessageKind.CORRECTION}:
                assert message.words and message.disposition and message.safety_net
            assert (message.kind is MessageKind.CORRECTION) == (message.corrects is not None)
            assert (message.kind is MessageKind.EMERGENCY) == (message.advice is not None)

    @invariant()
    def nothing_closed_has_a_loose_end(self) -> None:
        closed = self.case.closed_at
        if closed is None or self.case.close_reason is CloseReason.WITHDRAWN:
            return
        # What was written or opened on a closed case afterwards hangs on it until somebody ends it.
        before = [m for m in self.case.messages if m.written_at < closed]
        assert not [t for t in self.case.open_tasks if t.opened_at < closed]
        assert not [m for m in before if m.undoable_at(closed)]
        unread = [m for m in before if m.kind in TO_BE_UNDERSTOOD and m.opened_at is None]
        assert not [m for m in unread if self.case.correction_of(m, closed) is None], (
            "closed over unread guidance"
        )
        assert self.case.unanswered is None, "closed over an unanswered message"

    @invariant()
    def a_closed_case_says_when_and_why_and_an_open_one_does_not(self) -> None:
        assert (self.case.closed_at is not None) == (not self.case.open)
        assert (self.case.close_reason is not None) == (not self.case.open)

    @invariant()
    def urgent_guidance_has_its_call_until_it_is_understood_or_made(self) -> None:
        for message in self.case.messages:
            if message.disposition in NEEDS_A_CALL:
                assert [task for task in self.case.tasks if task.for_message == message.id]

    @invariant()
    def no_task_is_lost_but_by_undoing_its_message(self) -> None:
        kept = {task.id for task in self.case.tasks if task.for_message is None}
        assert self.tasks_seen <= kept
        self.tasks_seen = kept

    @invariant()
    def the_list_of_open_tasks_is_the_cases_own(self) -> None:
        assert self.listed == {task.id for task in self.case.open_tasks}

    @invariant()
    def every_message_that_crosses_has_its_letter_and_nothing_undone_has_one(self) -> None:
        crossing = Counter(m.id for m in self.case.messages if m.visible_at and not m.from_patient)
        assert self.letters == crossing

    @invariant()
    def the_version_never_falls(self) -> None:
        assert self.case.version >= self.version
        self.version = self.case.version

    def nothing_is_on_its_way(self) -> None:
        """A patient's message returns what could still be undone to its authors, as drafts."""
        assert self.case.unsent(self.now) == ()

    def teardown(self) -> None:
        """At the end of a case: what people wrote stands in no delivery, and its history is whole."""
        payloads = select(DELIVERIES.c.payload).where(DELIVERIES.c.number == self.number)
        rows = select(func.count()).where(tables.history.c.number == self.number)
        with self.store.writing() as work:
            assert not [each for each in work.connection.scalars(payloads) if "canary" in each]
            assert (work.connection.scalar(rows) or 0) >= self.version
            work.connection.execute(text("UPDATE clock SET offset_seconds = 0"))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_it_keeps_every_rule_whatever_people_do(
    database: str, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/consult.db"
        if database == "postgresql":
            url = request.getfixturevalue("postgres_url")

        opened = open_store(url, folder / "keys", folder / "attachments")
        tried: Counter[str] = Counter()
        succeeded: Counter[str] = Counter()

        class OnThisDatabase(LifeCycle):
            """One case after another in one database."""

            store = opened
            steps = tried
            carried_out = succeeded

        def some_verb_never_succeeded() -> bool:
            return any(not succeeded[verb] for verb in VERB if verb not in {"submit", "draft"})

        while tried.total() < STEPS or (some_verb_never_succeeded() and tried.total() < 3 * STEPS):
            run_state_machine_as_test(
                OnThisDatabase,
                settings=settings(
                    max_examples=CASES_AT_A_TIME,
                    stateful_step_count=STEPS_OF_A_CASE,
                    deadline=None,
                    database=None,
                    derandomize=False,  # in CI hypothesis would walk the same way again and again
                    print_blob=True,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        with opened.reading() as work:
            assert history.verify(work.connection).broken is None
        opened.close()
        record_property("steps", tried.total())
        record_property("carried out", dict(succeeded))
        assert not some_verb_never_succeeded(), f"a walk that never gets there proves nothing: {succeeded}"
