"""What must be true of a town that has settled: what people were told, the history, Slack and the mailbox agree."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import select

from consult_bot.case.events import Happened
from consult_bot.case.model import Case, spoken
from consult_bot.case.visibility import patient_view
from consult_bot.cli.stories.players import words_in
from consult_bot.routes import ROUTES, thread
from consult_bot.slack.thread import thread_posts
from storage import tables
from storage.history import Happening, verify
from storage.outbox.rows import DEAD, SENT
from storage.store import Work
from tests.faults.people import Told
from tests.faults.town import Town

LETTERS = {
    Happened.SUBMITTED: "received",
    Happened.ASKED: "question",
    Happened.ADVISED: "guidance",
    Happened.CLOSED: "closed",
}
TO_THE_PATIENT = (Happened.ASKED, Happened.ADVISED)
TAKEN_BACK = (Happened.UNDONE, Happened.RETURNED_TO_DRAFT)


@dataclass
class Findings:
    """Counts over one or more towns. `facts` name each by ids and numbers only; none of them is what people wrote."""

    cases: int = 0
    messages: int = 0
    letters: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    repeated_letters: int = 0
    unheard_notes: int = 0
    lost_answers: int = 0
    facts: list[str] = field(default_factory=list)

    def lose(self, what: str, count: int = 1) -> None:
        self._note("lost", what, count)

    def double(self, what: str, count: int = 1) -> None:
        self._note("doubled", what, count)

    def disorder(self, what: str, count: int = 1) -> None:
        self._note("out_of_order", what, count)

    def expect(self, what: str, wanted: int, found: int) -> None:
        """Count what is missing or too many."""
        if found < wanted:
            self.lose(f"{what}: {found} of {wanted}", wanted - found)
        elif found > wanted:
            self.double(f"{what}: {found}, not {wanted}", found - wanted)

    def _note(self, kind: str, what: str, count: int) -> None:
        if count:
            setattr(self, kind, getattr(self, kind) + count)
            self.facts.append(f"{kind} {count}: {what}")

    def add(self, other: Findings) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def row(self) -> str:
        named = [each.name for each in fields(self) if each.name != "facts"]
        return "  ".join(f"{name.replace('_', ' ')} {getattr(self, name)}" for name in named)


@dataclass(frozen=True)
class Seen:
    """The channel as people see it: every message once, by its ts; the bot's told apart by their metadata."""

    roots: dict[str, list[dict[str, Any]]]
    """Case number as spoken -> its cards."""
    replies: dict[str, list[dict[str, Any]]]
    """The ts of a card -> its replies, oldest first."""


def look(town: Town) -> Seen:
    roots: dict[str, list[dict[str, Any]]] = {}
    replies: dict[str, list[dict[str, Any]]] = {}
    for message in town.slack.messages():
        case = _told(message).get("case")
        if case and message.get("thread_ts", message["ts"]) == message["ts"]:
            roots.setdefault(case, []).append(message)
            replies[message["ts"]] = sorted(message["replies"], key=lambda reply: float(reply["ts"]))
    return Seen(roots, replies)


def _told(message: dict[str, Any]) -> dict[str, Any]:
    return (message.get("metadata") or {}).get("event_payload") or {}


def audit(town: Town, told: Told) -> Findings:
    """Compare everything; return what was found."""
    found = Findings()
    seen = look(town)
    heard = _heard(town)
    with town.store.reading() as work:
        verdict = verify(work.connection)
        if verdict.broken:
            found.lose(f"the history is broken: {verdict.broken}")
        cases = [work.cases.get(number) for number in work.connection.scalars(select(tables.cases.c.number))]
        found.cases = len(cases)
        _submissions(found, cases, told)
        for case in cases:
            happenings = [work.cases.event(case.number, place + 1) for place in range(_length(work, case))]
            Audit(found, work, case, happenings).all(seen)
            _written(found, case, told, heard)
        _letters(found, work, town, {case.number: case for case in cases})
        _given_up(found, work)
    _each_delivery_once(found, seen)
    return found


def _length(work: Work, case: Case) -> int:
    length = work.connection.scalar(
        select(tables.cases.c.history_length).where(tables.cases.c.number == case.number)
    )
    return int(length or 0)


def _submissions(found: Findings, cases: list[Case], told: Told) -> None:
    """Answered: once. Not answered and not pressed again: once or not at all."""
    kept: dict[str, list[int]] = {}
    for case in cases:
        concern = next(a.shown.reveal() for a in case.submission.answers if a.link_id == "concern")
        kept.setdefault(concern.removeprefix("concern "), []).append(case.number)
    for mark, number in told.submitted.items():
        numbers = kept.get(mark, [])
        if number is not None and number not in numbers:
            found.lose(f"submission answered with {spoken(number)}")
        elif len(numbers) > 1:
            found.double(f"one submission made {numbers}", len(numbers) - 1)


class Audit:
    """One case: its card, its thread, its photos, and the patient's page, each against its history."""

    def __init__(self, found: Findings, work: Work, case: Case, happenings: list[Happening]) -> None:
        self._found = found
        self._work = work
        self._case = case
        self._happenings = happenings
        self._now = work.now()

    def all(self, seen: Seen) -> None:
        cards = seen.roots.get(self._case.spoken, [])
        self._found.expect(f"card of {self._case.spoken}", 1, len(cards))
        if cards:
            replies = [reply for card in cards for reply in seen.replies[card["ts"]]]
            self._thread(replies)
            self._photos(replies)
        self._page()

    def _thread(self, replies: list[dict[str, Any]]) -> None:
        places = self._places()
        posted = []
        for reply in replies:
            delivery, _, part = str(_told(reply).get("delivery", "")).partition("/")
            if delivery.isdigit() and int(delivery) in places:
                posted.append((places[int(delivery)], int(part or 1)))
                self._says(places[int(delivery)], reply)
        expected = self._expected()
        self._found.messages += len(expected)
        counted = Counter(posted)
        for post in expected:
            self._found.expect(f"{self._name(post)} in the thread", 1, counted.pop(post, 0))
        for post, times in counted.items():
            self._found.double(f"{self._name(post)} in the thread, which nothing asked for", times)
        rank = {post: place for place, post in enumerate(expected)}
        order = [rank[post] for post in dict.fromkeys(posted) if post in rank]
        late = sum(1 for place, each in enumerate(order) if each < max(order[:place], default=-1))
        self._found.disorder(f"{self._case.spoken}: {late} replies after what followed them", late)

    def _places(self) -> dict[int, int]:
        """Delivery id -> the history row that it tells the thread of."""
        rows = self._work.connection.execute(
            select(tables.deliveries.c.id, tables.deliveries.c.payload).where(
                tables.deliveries.c.number == self._case.number, tables.deliveries.c.kind == "thread"
            )
        )
        return {row.id: int(json.loads(row.payload)["place"]) for row in rows}

    def _expected(self) -> list[tuple[int, int]]:
        """(history row, part) of every post, in the order in which others may see what happened."""
        taken_back = self._taken_back()
        posts = []
        for place, happening in enumerate(self._happenings, start=1):
            event = happening.event
            gone = event.message in taken_back and event.name not in TAKEN_BACK
            if thread not in ROUTES[event.name] or gone:
                continue
            message = self._case.message(event.message) if event.message else None
            when = max(happening.at, message.visible_at) if message and message.visible_at else happening.at
            count = len(thread_posts(event, self._case, self._now, happening.actor))
            posts += [(when, place, part) for part in range(1, count + 1)]
        return [(place, part) for _, place, part in sorted(posts)]

    def _taken_back(self) -> set[str | None]:
        return {h.event.message for h in self._happenings if h.event.name in TAKEN_BACK}

    def _says(self, place: int, reply: dict[str, Any]) -> None:
        """What crosses is in the thread word for word."""
        event = self._happenings[place - 1].event
        message = self._case.message(event.message) if event.message else None
        if message and event.name in (*TO_THE_PATIENT, Happened.REPLIED):
            said = message.words.reveal() in words_in(reply.get("blocks"))
            self._found.expect(f"words of {self._name((place, 1))}", 1, int(said))

    def _photos(self, replies: list[dict[str, Any]]) -> None:
        wanted = len(self._case.submission.attachments)
        wanted += sum(len(message.attachments) for message in self._case.messages)
        shared = sum(len(reply.get("files", ())) for reply in replies)
        self._found.expect(f"photos of {self._case.spoken}", wanted, shared)

    def _page(self) -> None:
        """The patient sees what was asked and advised and not taken back, and what they wrote; nothing else."""
        shown = [*TO_THE_PATIENT, Happened.REPLIED, Happened.REPORTED]
        wanted = {h.event.message for h in self._happenings if h.event.name in shown} - self._taken_back()
        page = Counter(entry.id for entry in patient_view(self._case, self._now, {}).entries)
        for message in wanted | set(page):
            what = f"message {message} on the page of {self._case.spoken}"
            self._found.expect(what, int(message in wanted), page[str(message)])

    def _name(self, post: tuple[int, int]) -> str:
        place, part = post
        event = self._happenings[place - 1].event.name.value if place <= len(self._happenings) else "?"
        return f"{self._case.spoken} row {place} ({event}) part {part}"


def _written(found: Findings, case: Case, told: Told, heard: set[str]) -> None:
    """Replies that were accepted, and notes that the app was told of, are in the case once."""
    words = Counter(message.words.reveal() for message in case.messages)
    for mark in _of(told.replies, case.number):
        found.expect(f"reply {mark} of {case.spoken}", 1, words[f"reply {mark}"])
    for mark in _of(told.notes, case.number):
        if f"note {mark}" in heard:
            found.expect(f"note {mark} of {case.spoken}", 1, words[f"note {mark}"])
        else:
            found.unheard_notes += not words[f"note {mark}"]


def _of(marks: dict[str, int], number: int) -> Iterable[str]:
    return (mark for mark, of in list(marks.items()) if of == number)


def _heard(town: Town) -> set[str]:
    """What people typed that the app has acknowledged."""
    callbacks = town.sandbox.slack.log.told()["callbacks"]
    return {
        told["payload"].get("event", {}).get("text", "") for told in callbacks if told.get("status") == 200
    }


def _letters(found: Findings, work: Work, town: Town, cases: dict[int, Case]) -> None:
    """At least one letter for each event that has one, all of a case with the same link; repeats are counted."""
    mailbox = list(_mailbox(town))
    posted = Counter(message_id for message_id, _ in mailbox)
    receipts = {receipt for _, receipt in mailbox}
    found.letters = len(posted)
    found.repeated_letters = sum(posted.values()) - len(posted)
    links: dict[str, set[str]] = {}
    for letter in town.sandbox.slack.mailbox.letters():
        found_links = [link for link in letter["links"] if "/p/" in str(link)]  # type: ignore[attr-defined]
        links.setdefault(str(letter["to"]), set()).update(found_links)
    for place, several in enumerate(links.values()):
        found.expect(f"links to patient {place}", 1, len(several))
    columns = tables.deliveries.c
    rows = work.connection.execute(select(tables.deliveries).where(columns.kind == "letter")).all()
    written = {
        (row.number, json.loads(row.payload)["letter"], row.about): row for row in rows if row.status == SENT
    }
    for number, case in cases.items():
        happenings = [work.cases.event(number, place + 1) for place in range(_length(work, case))]
        taken_back = {h.event.message for h in happenings if h.event.name in TAKEN_BACK}
        for happening in happenings:
            event = happening.event
            if event.name not in LETTERS or event.message in taken_back:
                continue
            row = written.get((number, LETTERS[event.name], event.message))
            if row is None or row.receipt not in receipts:
                found.lose(f"letter “{LETTERS[event.name]}” of {case.spoken}")


def _mailbox(town: Town) -> Iterable[tuple[str, str]]:
    """The Message-ID that we gave each letter, and what the mail calls it: the same, but with SES."""
    for path in town.mail.glob("*.eml"):
        head = path.read_text(errors="replace").split("\n\n", 1)[0]
        message_id = head.split("Message-ID:", 1)[1].split("\n", 1)[0].strip()
        receipt = head.split("\n", 1)[0].removeprefix("X-Receipt: ") if head.startswith("X-Receipt: ") else ""
        yield message_id, receipt or message_id


def _given_up(found: Findings, work: Work) -> None:
    dead = select(tables.deliveries).where(tables.deliveries.c.status == DEAD)
    for row in work.connection.execute(dead):
        found.lose(f"delivery {row.id} ({row.kind}, {spoken(row.number)}) was given up: {row.last_error}")


def _each_delivery_once(found: Findings, seen: Seen) -> None:
    """No two messages come of one delivery. Those of threads and cards are counted above; these are the answers."""
    stamps: dict[str, set[str]] = {}
    for replies in seen.replies.values():
        for message in replies:
            if delivery := _told(message).get("delivery"):
                stamps.setdefault(delivery, set()).add(message["ts"])
    several = {delivery: len(found_at) for delivery, found_at in stamps.items() if len(found_at) > 1}
    for delivery, count in several.items():
        found.facts.append(f"delivery {delivery} has {count} messages")
