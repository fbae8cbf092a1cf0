"""One attempt at one request, inside one transaction: guard, perform, save, and what follows from it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from commands import VERB
from commands.case.draft import FOR, draft_for, joined, typed, whole
from consult_bot.case.delivery import Delivery, home
from consult_bot.case.lifecycle import check_led, guard
from consult_bot.case.model import Case, Draft, Message
from consult_bot.case.verb import (
    Actor,
    Change,
    Done,
    NeedsForm,
    Outcome,
    Preview,
    Request,
    Role,
    Verb,
)
from consult_bot.case.words import Words
from consult_bot.roster.eligibility import check_may_take, needs_eligibility
from consult_bot.roster.facts import Facts, Practice
from consult_bot.routes import routed
from storage.cases import Saved
from storage.journey import one_journey
from storage.store import Work

FRESH_IDS = 2


@dataclass(frozen=True, slots=True)
class Handling:
    """One attempt at one request, inside one transaction."""

    work: Work
    practice: Practice
    verb: Verb
    request: Request
    complete: Callable[[datetime], Request] | None = None

    def outcome(self) -> Outcome:
        now, number = self.work.now_and_seen(self.request.once_key or "")
        if self.request.once_key and number is not None:
            return self._repeated(number)
        if self.request.record is None:
            completed = replace(self, request=self.complete(now)) if self.complete else self
            return completed._submitted(now)
        case = self.work.cases.get(self.request.record)
        request = whole(self.request, self.verb, case)
        return replace(self, request=self._with_what_waits(request, case)).on(case, now)

    def _with_what_waits(self, request: Request, case: Case) -> Request:
        """Words to the patient that were typed outside a form come under the author's draft, and push nothing out."""
        waiting = case.draft(self.verb.name, request.actor.id) if self.verb.crosses else None
        in_a_form = request.seen_message is not None or request.keeps or request.for_later
        if waiting is None or in_a_form or not request.fields:
            return request
        return replace(request, fields=joined(dict(waiting.fields), request.fields))

    def on(self, case: Case, now: datetime) -> Outcome:
        """The outcome of a request that lacks nothing which the author's draft holds."""
        if self.verb.already and self.verb.already(case, self.request):
            return Done(self.verb, case, (), repeated=True)
        facts = replace(self._facts(now), goes_on_in=self._goes_on_in(case))
        self._guard(case, facts)
        if self.verb.check:
            self.verb.check(case, self.request)
        if self._adds_to_draft():
            return self._added(case, facts)
        form = self._form(case)
        if form:
            return form
        if self.verb.crosses and not self._confirmed(case):
            return self._draft(case, facts)
        return self._done(case, facts)

    def _repeated(self, number: int) -> Done:
        """The answer to a request whose once-key is known."""
        case = self.work.cases.get(number)
        reveal: Mapping[str, Words] = {}
        if self.verb.name == "submit" and not self.work.links.ever_unlocked(number):
            reveal = {"access_code": self.work.keys.access_code(case.id, case.nonce)}
        return Done(self.verb, case, (), reveal, repeated=True)

    def _submitted(self, now: datetime) -> Done:
        """A new case: its number, id and code are drawn here, so that the verb stays pure."""
        facts = self._facts(now)
        guard(self.verb.name, None, self.request.actor, _role(facts, self.request.actor), facts.now)
        if self.request.linked_to is not None:
            self.work.cases.hold_last(self.request.linked_to)
        case_id = secrets.token_hex(16)
        nonce = self.request.once_key or case_id
        facts = replace(
            facts,
            number=self.work.cases.draw_number(),
            case_id=case_id,
            code=self.work.keys.access_code(case_id, nonce),
        )
        change = self.verb.perform(None, self.request, facts)
        with one_journey(self.work.connection):
            saved = self.work.cases.add(change.record, change.events, self.request.actor, facts.now)
            self._follow(saved, change, facts)
        return self._finished(saved, change)

    def _guard(self, case: Case, facts: Facts) -> None:
        role = _role(facts, self.request.actor)
        guard(self.verb.name, case, self.request.actor, role, facts.now)
        if needs_eligibility(self.verb):
            check_may_take(facts.person(self.request.actor.id), case)

    def _adds_to_draft(self) -> bool:
        """Whether words were typed where no form can show them now, and a form is needed."""
        needs_form = self.verb.crosses or self.verb.missing(self.request)
        return self.request.for_later and bool(self.request.fields) and bool(needs_form)

    def _added(self, case: Case, facts: Facts) -> NeedsForm:
        """Keep the words under those that wait already, so that the form finds them whenever it opens."""
        waiting = case.draft(self.verb.name, self.request.actor.id)
        fields = joined(dict(waiting.fields) if waiting else {}, self.request.fields)
        kept, _ = self._kept(case, facts, replace(self.request, fields=fields))
        return NeedsForm(self.verb, kept, fields, about=self._about(case))

    def _about(self, case: Case) -> str | None:
        """What the form is about: what was asked for, else what the verb takes where nobody said."""
        return self.request.about or (self.verb.subject(case) if self.verb.subject else None)

    def _form(self, case: Case) -> NeedsForm | None:
        """The verb's form, where an input is missing or the patient wrote what the author has not seen."""
        newer = self._unseen(case)
        if not newer and not self.verb.missing(self.request):
            return None
        fields, draft_of = dict(self.request.fields), None
        draft = draft_for(self.verb, case, self.request.actor)
        if draft and not fields:
            fields = dict(draft.fields)
            draft_of = draft.author if draft.author != self.request.actor.id else None
        if not fields and self.verb.prefill:
            fields = dict(self.verb.prefill(case))
        return NeedsForm(self.verb, case, fields, newer=newer, about=self._about(case), draft_of=draft_of)

    def _unseen(self, case: Case) -> tuple[Message, ...]:
        seen = self.request.seen_message
        if not self.verb.crosses or self.verb.at_once or seen is None or seen == case.last_patient_message:
            return ()
        replies = [m for m in case.messages if m.from_patient]
        ids = [m.id for m in replies]
        return tuple(replies[ids.index(seen) + 1 :] if seen in ids else replies)

    def _confirmed(self, case: Case) -> bool:
        """Whether the author is sending just what was previewed."""
        kept = case.draft(self.verb.name, self.request.actor.id)
        return kept is not None and kept.id == self.request.confirms and kept.fields == typed(self.request)

    def _draft(self, case: Case, facts: Facts) -> Preview:
        """Keep the words, and answer with what the patient would read. Words that are kept already stay as they are."""
        at_once = replace(facts, practice=replace(self.practice, undo=timedelta(0)))
        as_if = self.verb.perform(case, self.request, at_once).record
        saved, draft = self._kept(case, facts, self.request)
        return Preview(self.verb, saved, draft, as_if)

    def _kept(self, case: Case, facts: Facts, request: Request) -> tuple[Case, Draft]:
        """The case with these words as the author's draft, saved unless they are that already.

        The guard of the verb they are for has let them in, so the row of `draft` itself is not asked: emergency advice
        and notes on a closed case have drafts as well.
        """
        known = case.draft(self.verb.name, request.actor.id)
        if known and known.fields == typed(request):
            return case, known
        drafting = replace(request, verb="draft", fields={**request.fields, FOR: Words(self.verb.name)})
        change = VERB["draft"].perform(case, drafting, facts)
        saved = self.work.cases.save(change.record, change.events, request.actor, facts.now)
        self._route(saved, change, facts)
        return saved.case, change.record.drafts[-1]

    def _done(self, case: Case, facts: Facts) -> Done:
        change = self.verb.perform(case, self.request, facts)
        if not change.events:
            return Done(self.verb, case, (), change.reveal, repeated=True)
        check_led(self.verb.name, case.state, change.record.state)
        if not self.verb.crosses:
            change = replace(
                change, record=change.record.without_draft(self.verb.name, self.request.actor.id)
            )
        saved = self.work.cases.save(change.record, change.events, self.request.actor, facts.now)
        with one_journey(self.work.connection):
            self._follow(saved, change, facts)
        return self._finished(saved, change)

    def _follow(self, saved: Saved, change: Change, facts: Facts) -> None:
        """What every change brings along: its deliveries, and that its request is done."""
        self._route(saved, change, facts)
        if self.request.once_key:
            made = self.request.record is None
            self.work.inbound.remember(self.request.once_key, saved.case.number, facts.now, lasts=made)

    def _finished(self, saved: Saved, change: Change) -> Done:
        self.work.attachments.give(self.request.attachments, saved.case.number)
        return Done(self.verb, saved.case, change.events, change.reveal)

    def _route(self, saved: Saved, change: Change, facts: Facts) -> None:
        deliveries, cancels = routed(saved.case, change.events, saved.first_place, facts)
        self.work.outbox.cancel(cancels)
        self.work.outbox.add([*deliveries, *self._home(saved.case, facts)])

    def _home(self, case: Case, facts: Facts) -> list[Delivery]:
        """The Home of whoever did it; the patient and the system have none."""
        actor = self.request.actor
        if actor.is_patient or actor.is_system:
            return []
        return [home(actor.id, facts.now, self.request.home, number=case.number)]

    def _goes_on_in(self, case: Case) -> int | None:
        """The case that goes on from this one. Only from a closed one can another go on."""
        newest = case.number if case.open else self.work.cases.goes_on_in(case.number)
        return newest if newest != case.number else None

    def _facts(self, now: datetime) -> Facts:
        """What the verb may look at. Nobody needs to be looked up for a patient's new case."""
        return Facts(
            now=now,
            practice=self.practice,
            people=self.work.people.all() if self.request.record or not self.request.actor.is_patient else {},
            ids=tuple(secrets.token_hex(8) for _ in range(FRESH_IDS)),
        )


def _role(facts: Facts, actor: Actor) -> Role | None:
    person = facts.person(actor.id)
    return person.role if person else None
