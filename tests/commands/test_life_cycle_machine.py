"""The life cycle as a state machine: random steps through the desk, and rules that never break."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from consult_bot.case.model import NEEDS_A_CALL, Case, MessageKind, State
from consult_bot.case.verb import THE_PATIENT, THE_SYSTEM, Actor, Done
from consult_bot.case.visibility import patient_view
from consult_bot.roster.people import Person
from storage import history
from storage.store import Store, open_store
from tests.builders import ANA, BEN, LENA, STRANGER, World

PEOPLE = st.sampled_from([ANA, BEN, LENA])
ANYONE: st.SearchStrategy[Person | Actor] = st.sampled_from(
    [ANA, BEN, LENA, STRANGER, THE_PATIENT, THE_SYSTEM]
)
STEPS = 40
EXAMPLES = 15


class LifeCycle(RuleBasedStateMachine):
    """One case, and whoever comes along."""

    store: Store

    @initialize()
    def submitted(self) -> None:
        self.world = World(self.store)
        self.number = self.world.submit().number
        self.history = 1
        self.tasks_seen: set[str] = set()

    def step(self, verb: str, actor: Person | Actor, **fields: str) -> None:
        before = self.world.case(self.number)
        outcome = self.world.do(verb, actor, self.number, **fields)
        after = self.world.case(self.number)
        if verb not in {"ask", "advise"} and not (isinstance(outcome, Done) and outcome.events):
            assert after == before, f"{verb} was refused or done before, and yet something changed"

    @rule(actor=ANYONE, verb=st.sampled_from(["claim", "release", "undo", "opened"]))
    def plain(self, verb: str, actor: Person | Actor) -> None:
        self.step(verb, actor)

    @rule(actor=ANYONE, to=PEOPLE)
    def reassign(self, actor: Person | Actor, to: Person) -> None:
        self.step("reassign", actor, to=to.id)

    @rule(actor=ANYONE)
    def ask(self, actor: Person | Actor) -> None:
        self.step("ask", actor, question="Any fever?")

    @rule(actor=ANYONE, disposition=st.sampled_from(["home", "in_person_today", "emergency_now"]))
    def advise(self, actor: Person | Actor, disposition: str) -> None:
        self.step("advise", actor, guidance="Rest.", safety_net="Call if worse.", disposition=disposition)

    @rule(actor=ANYONE)
    def reply(self, actor: Person | Actor) -> None:
        self.step("reply", actor, reply="No.")

    @rule(actor=ANYONE)
    def note(self, actor: Person | Actor) -> None:
        self.step("note", actor, note="Hm.")

    @rule(actor=ANYONE)
    def task(self, actor: Person | Actor) -> None:
        self.step("task", actor, kind="call", words="Call.")

    @rule(actor=ANYONE)
    def done(self, actor: Person | Actor) -> None:
        self.step("done", actor, outcome="reached")

    @rule(actor=ANYONE, reason=st.sampled_from(["answered", "no_answer", "duplicate"]))
    def close(self, actor: Person | Actor, reason: str) -> None:
        self.step("close", actor, reason=reason)

    @rule()
    def acknowledge(self) -> None:
        guidance = self.world.case(self.number).last_of(MessageKind.GUIDANCE)
        before = self.world.case(self.number)
        self.world.do("acknowledge", THE_PATIENT, self.number, about=guidance.id if guidance else None)
        if guidance and guidance.undoable_at(self.world.desk.facts_now().now):
            assert self.world.case(self.number) == before, "what the patient cannot see yet was confirmed"

    @rule(seconds=st.sampled_from([1, 31, 7300]))
    def time_passes(self, seconds: int) -> None:
        self.world.advance(seconds=seconds)

    @invariant()
    def a_case_has_an_owner_exactly_while_somebody_holds_it(self) -> None:
        case = self._case()
        if case.state is State.NEW:
            assert case.owner is None
        elif case.open:
            assert case.owner is not None

    @invariant()
    def nothing_is_advised_without_guidance(self) -> None:
        case = self._case()
        if case.state is State.ADVISED:
            assert case.last_of(MessageKind.GUIDANCE) is not None

    @invariant()
    def only_a_claimed_case_has_a_lease(self) -> None:
        case = self._case()
        assert (case.lease_until is not None) == (case.state is State.CLAIMED)

    @invariant()
    def the_patient_sees_no_note_and_nothing_that_can_be_undone(self) -> None:
        case, now = self._case(), self.world.desk.facts_now().now
        shown = {entry.id for entry in patient_view(case, now, {}).entries}
        hidden = {m.id for m in case.messages if m.kind is MessageKind.NOTE or m.undoable_at(now)}
        assert not shown & hidden

    @invariant()
    def nothing_closed_has_a_loose_end(self) -> None:
        case, now = self._case(), self.world.desk.facts_now().now
        if case.state is State.CLOSED:
            # A task may be opened on a closed case afterwards: a call still to be made.
            assert not [t for t in case.open_tasks if case.closed_at and t.opened_at < case.closed_at]
            assert not case.unsent(now)
            guidance = case.last_of(MessageKind.GUIDANCE)
            assert guidance is None or guidance.opened_at is not None, "closed over unread guidance"
            crossing = [m for m in case.messages if m.kind is not MessageKind.NOTE]
            assert not crossing or not crossing[-1].from_patient, "closed over an unanswered message"

    @invariant()
    def urgent_guidance_has_its_call_until_it_is_understood_or_made(self) -> None:
        case = self._case()
        for message in case.messages:
            if message.disposition in NEEDS_A_CALL:
                assert [task for task in case.tasks if task.for_message == message.id]

    @invariant()
    def no_task_is_lost_but_by_undoing_its_message(self) -> None:
        case = self._case()
        kept = {task.id for task in case.tasks if task.for_message is None}
        assert self.tasks_seen <= kept
        self.tasks_seen = kept

    @invariant()
    def the_history_only_grows_and_holds(self) -> None:
        with self.store.reading() as work:
            verdict = history.verify(work.connection)
        assert verdict.broken is None
        assert verdict.rows >= self.history
        self.history = verdict.rows

    def _case(self) -> Case:
        return self.world.case(self.number)

    def teardown(self) -> None:
        with self.store.writing() as work:
            work.connection.execute(text("UPDATE clock SET offset_seconds = 0"))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_it_keeps_every_rule_whatever_people_do(database: str, request: pytest.FixtureRequest) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/consult.db"
        if database == "postgresql":
            url = request.getfixturevalue("postgres_url")

        opened = open_store(url, folder / "keys", folder / "attachments")

        class OnThisDatabase(LifeCycle):
            """One case after another in one database."""

            store = opened

        run_state_machine_as_test(
            OnThisDatabase,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
        opened.close()
