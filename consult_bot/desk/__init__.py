"""The desk: the one door that every verb passes.

Request -> facts -> guard -> perform -> save, history and deliveries in one transaction -> Outcome.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from difflib import get_close_matches
from functools import partial

from commands import QUERY, VERB
from commands.look.query import Answer
from consult_bot.case.answer import ThreadAnswer
from consult_bot.case.delivery import NO_CASE, DeliveryKind, dead_letter, home_asked_for, to_slack
from consult_bot.case.errors import BadField, DoesNotOpen, NotAllowed, Refusal, UnknownVerb
from consult_bot.case.glance import Listing
from consult_bot.case.model import Case, heard
from consult_bot.case.verb import Actor, Outcome, Refused, Request, Role
from consult_bot.desk.away import busy
from consult_bot.desk.handling import Handling
from consult_bot.roster.facts import Facts, Practice
from storage.cards import Place
from storage.cases import RESTORE_IT
from storage.errors import Conflict, Overloaded, UnknownAttachment
from storage.store import Store, Work

log = logging.getLogger(__name__)

LONGEST_NAME = 40
"""No verb has a longer name; whatever else was typed there resembles none."""

Answering = Callable[[Outcome], ThreadAnswer | None]
"""What to tell somebody of an outcome, None where the case's thread tells it anyway."""


class Desk:
    """Performs requests and answers queries. Safe to share between threads and to run in many processes."""

    def __init__(self, store: Store, practice: Practice, nudge: Callable[[], None] = lambda: None) -> None:
        """`nudge` is called after each commit, so that a worker nearby need not poll."""
        self._store = store
        self._nudge = nudge
        self.practice = practice

    def handle(self, request: Request, complete: Callable[[datetime], Request] | None = None) -> Outcome:
        """Perform a request; what it did is committed before this returns.

        Every refusal is an Outcome; with Unsure it may be done, or not. Repeating a request with its once-key changes
        nothing and answers Done again.
        `complete` is asked for the whole request where a submit is new, with the time of its transaction, so that the
        time needs none of its own; what it raises leaves this, and nothing is changed.
        """
        verb = VERB.get(request.verb)
        if verb is None:
            return Refused(unknown_verb(request.verb))
        try:
            outcome = self._store.commit(
                lambda work: Handling(work, self.practice, verb, request, complete).outcome()
            )
        except (Conflict, Overloaded) as error:
            return Refused(busy(error))
        except Refusal as refusal:
            return Refused(refusal, self._case_now(request))
        except UnknownAttachment as error:
            return Refused(BadField(str(error), field="photos"), self._case_now(request))
        self._nudge()
        return outcome

    def handle_and_answer(self, request: Request, answering: Answering) -> None:
        """Perform a request and write its answer to the outbox in the same transaction; refused, only the answer.

        Once by its once-key, which it must have, whatever came of it. Raises Busy: it can be asked again.
        """
        if not request.once_key:
            raise ValueError("what is answered must be answered once")
        try:
            self._answer_once(request.once_key, lambda work: answering(self._handled(work, request)))
        except Refusal as refusal:
            if refusal.retry:
                raise
            refused = Refused(refusal, self._case_now(request))
            self._answer_once(request.once_key, lambda work: answering(refused))

    def _handled(self, work: Work, request: Request) -> Outcome:
        return Handling(work, self.practice, VERB[request.verb], request).outcome()

    def answer(self, answer: ThreadAnswer, once_key: str) -> None:
        """Write an answer to the outbox, once by its key. Raises Busy."""
        self._answer_once(once_key, lambda work: answer)

    def _answer_once(self, once_key: str, answering: Callable[[Work], ThreadAnswer | None]) -> None:
        try:
            self._store.commit(lambda work: _answered_once(work, once_key, answering))
        except (Conflict, Overloaded) as error:
            raise busy(error) from None
        self._nudge()

    def look(self, query: str, actor: Actor, text: str = "") -> Answer | Refused:
        """Answer a query of somebody on the roster; what does not open of a list is logged. Nothing changes."""
        try:
            with self._store.reading() as work:
                if work.people.active(actor.id) is None:
                    raise NotAllowed("You are not on this practice's roster. Ask a team lead to add you.")
                answer = QUERY[query].answer(work.reads, actor.id, text)
        except Overloaded as error:
            return Refused(busy(error))
        except Refusal as refusal:
            if isinstance(refusal, DoesNotOpen):
                _note_damaged(heard(text))
            return Refused(refusal)
        if isinstance(answer, Listing):
            _note_damaged(*answer.damaged)
        return answer

    def show_home(self, slack_id: str, page: str = "") -> None:
        """Have somebody's Home drawn at this page (`Page.written`) soon. Repeating is harmless. Raises Busy."""
        try:
            self._store.commit(lambda work: work.outbox.add([home_asked_for(slack_id, work.now(), page)]))
        except (Conflict, Overloaded) as error:
            raise busy(error) from None
        self._nudge()

    def facts_now(self) -> Facts:
        """Return who works here and what time it is."""
        with self._store.reading() as work:
            return Facts(work.now(), self.practice, work.people.all())

    def try_channel_again(self, channel: str) -> None:
        """Try at once what waits because the app could not post in this channel. Repeating is harmless. Raises Busy."""
        try:
            self._store.commit(lambda work: work.outbox.let_in(f"slack:{channel}", work.now()))
        except (Conflict, Overloaded) as error:
            raise busy(error) from None
        self._nudge()

    def decide(self, slack_id: str, delivery_id: int, *, send: bool, channel: str, ts: str) -> Refused | None:
        """Have a dead letter tried again, or give it up; the message about it at `ts` is drawn anew.

        Only a lead may. Repeating is harmless. Returns why not, None where it is decided.
        """
        try:
            self._store.commit(lambda work: _decided(work, slack_id, delivery_id, send, (channel, ts)))
        except (Conflict, Overloaded) as error:
            return Refused(busy(error))
        except Refusal as refusal:
            return Refused(refusal)
        self._nudge()
        return None

    def card_is_gone(self, channel: str, ts: str) -> None:
        """Somebody has deleted this message. Where it was the card of an open case, the card is drawn again, which
        posts it anew. Repeating is harmless. Raises Busy."""
        try:
            self._store.commit(lambda work: _draw_again(work, Place(channel, ts)))
        except (Conflict, Overloaded) as error:
            raise busy(error) from None
        self._nudge()

    def case_at(self, channel: str, ts: str) -> int | None:
        """Return the number of the case whose card this message is or was, None for any other message."""
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


def _note_damaged(*numbers: int | None) -> None:
    for number in numbers:
        log.error("a case does not open", extra={"case": number, "remedy": RESTORE_IT})


def _decided(work: Work, slack_id: str, delivery_id: int, send: bool, message: tuple[str, str]) -> None:
    person = work.people.active(slack_id)
    if person is None or person.role is not Role.LEAD:
        raise NotAllowed("Only a team lead can decide this. Ask one of them to look at it here.")
    dead, now = work.outbox.standing(delivery_id), work.now()
    if dead is None:
        raise NotAllowed("This was settled long ago. Nothing is left to do.")
    channel, ts = message
    redraw = partial(dead_letter, dead.number, delivery_id, channel, now, ts)
    if send:
        work.outbox.revive(delivery_id, now)
        work.outbox.add([redraw(), redraw(after=dead.sequence)])
    else:
        work.outbox.give_up(delivery_id, now)
        work.outbox.add([redraw()])


def _draw_again(work: Work, gone: Place) -> None:
    number = work.cards.case_at(gone.channel, gone.ts)
    if number is None or work.cards.place(number) != gone:
        return
    case = work.cases.get(number)
    if case.open:
        key = f"card:{case.spoken}"
        card = to_slack(DeliveryKind.CARD, number, gone.channel, work.now(), dedupe_key=key)
        work.outbox.add([card])


def _answered_once(work: Work, once_key: str, answering: Callable[[Work], ThreadAnswer | None]) -> None:
    if work.inbound.seen(once_key) is not None:
        return
    answer = answering(work)
    if answer is None:
        return
    if not work.inbound.remembered_here(once_key):
        work.inbound.remember(once_key, answer.number or NO_CASE, work.now())
    work.outbox.add([work.answers.delivery(answer, work.now())])


def unknown_verb(name: str) -> UnknownVerb:
    """Return the refusal of a verb that does not exist, suggesting the nearest that people type."""
    known = [verb.name for verb in VERB.values() if verb.typed] + list(QUERY)
    near = get_close_matches(name.casefold()[:LONGEST_NAME], known, n=1)
    hint = f"Did you mean “{near[0]}”? " if near else ""
    return UnknownVerb(f"There is no such command. {hint}“/consult help” lists what there is.")
