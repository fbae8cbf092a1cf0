"""Made-up people, forms and cases for tests. Nobody here is real."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from consult_bot.case.model import Case
from consult_bot.case.submission import Answer, AnswerKind, Submission
from consult_bot.case.verb import THE_PATIENT, Actor, Done, Outcome, Preview, Request, Role
from consult_bot.case.words import Words
from consult_bot.deadlines.hours import PracticeHours
from consult_bot.desk import Desk
from consult_bot.roster.facts import Practice
from consult_bot.roster.people import Person
from storage.store import Store

ANA = Person("U0ANA", "Ana Ruiz", credentials="MD")
BEN = Person("U0BEN", "Ben Okafor", credentials="NP")
LENA = Person("U0LENA", "Lena Meyer", Role.LEAD, credentials="MD")
STRANGER = Actor("U0NOBODY")

ZONE = "America/New_York"
PRACTICE = Practice(
    name="Elm Street Practice",
    phone="+1 555 010 0100",
    zone=ZONE,
    hours=PracticeHours.parse("always", zone=ZONE),
    channel="C0CONSULT",
    target=timedelta(hours=24),
    urgent_target=timedelta(minutes=30),
    undo=timedelta(seconds=30),
    claim_lease=timedelta(minutes=120),
    reopen_window=timedelta(days=30),
)

ANSWERS = {
    "given_name": "Quillon",
    "family_name": "Zarbex",
    "birth_date": "2024-05-01",
    "sex": "female",
    "state": "WA",
    "email": "parent.zarbex@example.org",
    "phone": "+1 555 010 0199",
    "writing_for": "child",
    "writer_name": "Morwen Zarbex",
    "relationship": "mother",
    "concern": "A red rash on both arms since Sunday.",
}


def submission(*, attachments: tuple[str, ...] = (), **answers: str) -> Submission:
    """A general form, filled in by a made-up parent; answers may be replaced by linkId."""
    given = {**ANSWERS, **answers}
    return Submission(
        form="general",
        title="General question",
        answers=tuple(
            Answer(link_id, link_id.replace("_", " ").capitalize(), AnswerKind.TEXT, Words(text), Words(text))
            for link_id, text in given.items()
        ),
        attachments=attachments,
    )


@dataclass(frozen=True)
class Photo:
    """Stands for a photo where nobody looks at it."""

    data: bytes = b"photo-bytes-canary"
    thumbnail: bytes = b"thumb-bytes-canary"
    media_type: str = "image/jpeg"
    width: int = 4
    height: int = 3


class World:
    """A desk over a store, and the few moves that most tests make."""

    def __init__(self, store: Store, practice: Practice = PRACTICE) -> None:
        self.store = store
        self.desk = Desk(store, practice)
        with store.writing() as work:
            work.people.replace_all([ANA, BEN, LENA])

    def advance(self, **time: float) -> None:
        """Move the clock: `advance(seconds=31)`."""
        with self.store.writing() as work:
            work.advance_clock(timedelta(**time).total_seconds())

    def case(self, number: int) -> Case:
        with self.store.reading() as work:
            return work.cases.get(number)

    def submit(self, *, attachments: tuple[str, ...] = (), **answers: str) -> Case:
        sent = submission(attachments=attachments, **answers)
        outcome = self.desk.handle(
            Request("submit", THE_PATIENT, submission=sent, attachments=sent.attachments)
        )
        assert isinstance(outcome, Done)
        return outcome.case

    def do(
        self, verb: str, actor: Person | Actor, number: int, *, about: str | None = None, **fields: str
    ) -> Outcome:
        """Ask the desk for a verb, as one surface would: what crosses is previewed and then confirmed."""
        request = Request(
            verb,
            Actor(actor.id),
            number,
            {name: Words(text) for name, text in fields.items()},
            about=about,
            seen_message=self.case(number).last_patient_message,
        )
        outcome = self.desk.handle(request)
        if isinstance(outcome, Preview):
            return self.desk.handle(replace(request, confirms=outcome.draft.id))
        return outcome

    def did(self, verb: str, actor: Person | Actor, number: int, **fields: str) -> Case:
        """The same, and it must succeed."""
        outcome = self.do(verb, actor, number, **fields)
        assert isinstance(outcome, Done), outcome
        return outcome.case

    def reply(self, number: int, words: str) -> Case:
        return self.did("reply", THE_PATIENT, number, reply=words)

    def advise(self, actor: Person, number: int, **fields: str) -> Case:
        given = {
            "guidance": "Keep the skin dry and cool.",
            "disposition": "home",
            "safety_net": "If a fever comes, call us the same day.",
            **fields,
        }
        return self.did("advise", actor, number, **given)
