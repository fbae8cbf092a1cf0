"""The desk: the one door that every verb passes.

Request -> facts -> guard -> perform -> save, history and deliveries in one transaction -> Outcome.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches

from commands import QUERY, VERB
from commands.case.draft import FOR, typed
from commands.look.query import Answer
from consult_bot.case.errors import BadField, Busy, NotAllowed, Refusal, UnknownVerb
from consult_bot.case.lifecycle import check_led, guard
from consult_bot.case.model import Case, Message
from consult_bot.case.verb import (
    Actor,
    Change,
    Done,
    NeedsForm,
    Outcome,
    Preview,
    Refused,
    Request,
    Role,
    Verb,
)
from consult_bot.case.words import Words
from consult_bot.roster.eligibility import check_may_take
from consult_bot.roster.facts import Facts, Practice
from consult_bot.routes import routed
from storage.cases import Saved
from storage.errors import Conflict, Overloaded, UnknownAttachment
from storage.store import Store, Work

FRESH_IDS = 2


class Desk:
    """Performs requests and answers queries. Safe to share between threads and to run in many processes."""

    def __init__(self, store: Store, practice: Practice, nudge: Callable[[], None] = lambda: None) -> None:
        """`nudge` is called after each commit, so that a worker nearby need not poll."""
        self._store = store
        self._nudge = nudge
        self.practice = practice

    def handle(self, request: Request) -> Outcome:
        """Perform a request; what it did is committed before this returns.

        Every refusal is an Outcome. Repeating a request with its once-key changes nothing and answers Done again.
        """
        verb = VERB.get(request.verb)
        if verb is None:
            return Refused(unknown_verb(request.verb))
        try:
            outcome = self._store.commit(lambda work: _Handling(work, self.practice, verb, request).outcome())
        except (Conflict, Overloaded):
            return Refused(Busy("Many people are changing this case at the moment. Please try again."))
        except Refusal as refusal:
            return Refused(refusal, self._case_now(request))
        except UnknownAttachment as error:
            return Refused(BadField(str(error), field="photos"), self._case_now(request))
        self._nudge()
        return outcome

    def look(self, query: str, actor: Actor, text: str = "") -> Answer | Refused:
        """Answer a query of somebody on the roster. Nothing changes."""
        try:
            with self._store.reading() as work:
                if work.people.active(actor.id) is None:
                    raise NotAllowed("You are not on this practice's roster. Ask a team lead to add you.")
                return QUERY[query].answer(work.reads, actor.id, text)
        except Refusal as refusal:
            return Refused(refusal)

    def facts_now(self) -> Facts:
        """Return who works here and what time it is."""
        with self._store.reading() as work:
            return Facts(work.now(), self.practice, work.people.all())

    def case_at(self, channel: str, ts: str) -> int | None:
        """Return the number of the case whose card this message is, None for any other message."""
        with self._store.reading() as work:
            return work.cards.case_at(channel, ts)

    def _case_now(self, request: Request) -> Case | None:
        if request.record is None:
            return None
        try:
            with self._store.reading() as work:
                return work.cases.get(request.record)
        except Refusal:
            return None


def unknown_verb(name: str) -> UnknownVerb:
    """Return the refusal of a verb that does not exist, suggesting the nearest that people type."""
    known = [verb.name for verb in VERB.values() if verb.typed] + list(QUERY)
    near = get_close_matches(name.casefold(), known, n=1)
    hint = f"Did you mean “{near[0]}”? " if near else ""
    return UnknownVerb(f"There is no such command. {hint}“/consult help” lists what there is.")


@dataclass(frozen=True, slots=True)
class _Handling:
    """One attempt at one request, inside one transaction."""

    work: Work
    practice: Practice
    verb: Verb
    request: Request

    def outcome(self) -> Outcome:
        repeated = self._repeated()
        if repeated is not None:
            return repeated
        if self.request.record is None:
            return self._submitted()
        case = self.work.cases.get(self.request.record)
        if self.verb.already and self.verb.already(case, self.request):
            return Done(self.verb, case, (), repeated=True)
        facts = self._facts()
        self._guard(case, facts)
        form = self._form(case)
        if form:
            return form
        if self.verb.crosses and not self._confirmed(case):
            return self._draft(case, facts)
        return self._done(case, facts)

    def _repeated(self) -> Done | None:
        """The answer to a request whose once-key is known."""
        key = self.request.once_key
        number = self.work.inbound.seen(key) if key else None
        if number is None:
            return None
        case = self.work.cases.get(number)
        reveal: Mapping[str, Words] = {}
        if self.verb.name == "submit" and not self.work.links.ever_unlocked(number):
            reveal = {"access_code": self.work.keys.access_code(case.id, case.nonce)}
        return Done(self.verb, case, (), reveal, repeated=True)

    def _submitted(self) -> Done:
        """A new case: its number, id and code are drawn here, so that the verb stays pure."""
        facts = self._facts()
        guard(self.verb.name, None, self.request.actor, _role(facts, self.request.actor), facts.now)
        case_id = secrets.token_hex(16)
        nonce = self.request.once_key or case_id
        facts = replace(
            facts,
            number=self.work.cases.draw_number(),
            case_id=case_id,
            code=self.work.keys.access_code(case_id, nonce),
        )
        change = self.verb.perform(None, self.request, facts)
        saved = self.work.cases.add(change.record, change.events, self.request.actor, facts.now)
        return self._finished(saved, change, facts)

    def _guard(self, case: Case, facts: Facts) -> None:
        role = _role(facts, self.request.actor)
        guard(self.verb.name, case, self.request.actor, role, facts.now)
        if self.verb.takes or self.verb.crosses:
            check_may_take(facts.person(self.request.actor.id), case)

    def _form(self, case: Case) -> NeedsForm | None:
        """The verb's form, where an input is missing or the patient wrote what the author has not seen."""
        newer = self._unseen(case)
        if not newer and not self.verb.missing(self.request):
            return None
        fields, draft_of = dict(self.request.fields), None
        draft = case.draft(self.verb.name, self.request.actor.id) or case.newest_draft(self.verb.name)
        if draft and not fields:
            fields = dict(draft.fields)
            draft_of = draft.author if draft.author != self.request.actor.id else None
        return NeedsForm(self.verb, case, fields, newer=newer, about=self.request.about, draft_of=draft_of)

    def _unseen(self, case: Case) -> tuple[Message, ...]:
        seen = self.request.seen_message
        if not self.verb.crosses or seen is None or seen == case.last_patient_message:
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
        drafting = replace(
            self.request, verb="draft", fields={**self.request.fields, FOR: Words(self.verb.name)}
        )
        kept = case.draft(self.verb.name, self.request.actor.id)
        if kept and kept.fields == typed(self.request):
            return Preview(self.verb, case, kept, as_if)
        change = VERB["draft"].perform(case, drafting, facts)
        saved = self.work.cases.save(change.record, change.events, self.request.actor, facts.now)
        self._route(saved, change, facts)
        return Preview(self.verb, saved.case, change.record.drafts[-1], as_if)

    def _done(self, case: Case, facts: Facts) -> Done:
        change = self.verb.perform(case, self.request, facts)
        if not change.events:
            return Done(self.verb, case, (), change.reveal, repeated=True)
        check_led(self.verb.name, case.state, change.record.state)
        saved = self.work.cases.save(change.record, change.events, self.request.actor, facts.now)
        return self._finished(saved, change, facts)

    def _finished(self, saved: Saved, change: Change, facts: Facts) -> Done:
        self._route(saved, change, facts)
        self.work.attachments.give(self.request.attachments, saved.case.number)
        if self.request.once_key:
            self.work.inbound.remember(self.request.once_key, saved.case.number, facts.now)
        return Done(self.verb, saved.case, change.events, change.reveal)

    def _route(self, saved: Saved, change: Change, facts: Facts) -> None:
        deliveries, cancels = routed(saved.case, change.events, saved.first_place, facts)
        self.work.outbox.cancel(cancels)
        self.work.outbox.add(deliveries)

    def _facts(self) -> Facts:
        """What the verb may look at. Nobody needs to be looked up for a patient's new case."""
        return Facts(
            now=self.work.now(),
            practice=self.practice,
            people=self.work.people.all() if self.request.record or not self.request.actor.is_patient else {},
            ids=tuple(secrets.token_hex(8) for _ in range(FRESH_IDS)),
        )


def _role(facts: Facts, actor: Actor) -> Role | None:
    person = facts.person(actor.id)
    return person.role if person else None
