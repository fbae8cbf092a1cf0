"""The card: the channel message that shows a case, in the order a clinician needs on a phone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from consult_bot.case.model import Case, Message, MessageKind, State, Task
from consult_bot.case.patient import Patient, spoken_age
from consult_bot.case.words import Words
from consult_bot.slack.blocks import (
    NOT_ASKED,
    Drawn,
    bold,
    escaped,
    line,
    mention,
    moment,
    quote,
    rich,
    section,
    shown,
    small,
    text,
)
from consult_bot.slack.labels import choice_label, counted, pressing_words, title
from consult_bot.slack.offers import case_actions, offered

CONCERN_CHARACTERS = 1500
MESSAGE_CHARACTERS = 800
ANSWER_CHARACTERS = 300
TASKS_SHOWN = 10
NOT_ANSWERED = "asked, not answered"


@dataclass(frozen=True, slots=True)
class CardView:
    """A message: `text` for lock screens and previews, `blocks` for those entitled to read."""

    text: str
    blocks: tuple[Drawn, ...]


def card(case: Case, now: datetime, zone: str, list_name: str = "card") -> CardView:
    """Return the case as it is at `now`, where the practice's clock is in `zone` (an IANA name).

    `list_name` begins the block_id of its actions.
    """
    blocks = (
        *case_blocks(case, now, zone),  # (1) to (7)
        *_pressing(case, now, list_name),  # (8) three buttons and a More select
    )
    return CardView(title(case), blocks)


def case_blocks(case: Case, now: datetime, zone: str) -> tuple[Drawn, ...]:
    """Return what can be read on the card, (1) to (7); numbered as in the design, which orders it for a phone."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return (
        section(_urgency(case, now)),  # (1) URGENT in words, due time, number, queue
        *_to_do_outside(case),  # (2) the call that a red flag opened, and every other open task
        rich(
            _who(case, today),  # (3) age, sex, pregnancy, who writes for whom
            *_complaint(case),  # (4) the patient's own words, onset, better or worse
            _risks(case),  # (5) allergies, anticoagulants, immune suppression
        ),
        *_next(case, now),  # (6) who must act next, owner, newest unanswered patient message
        small(_where(case)),  # (7) "in WA", language, photo count
    )


def _urgency(case: Case, now: datetime) -> str:
    pressing = pressing_words(case.urgent, case.state, case.due_at, now)
    due = f"due {moment(case.due_at)}" if case.open else f"closed: {_close_reason(case)}"
    return f"{pressing}{due} · *{case.spoken}* · {escaped(case.queue)}"


def _close_reason(case: Case) -> str:
    return choice_label("close", "reason", case.close_reason).lower()


def _to_do_outside(case: Case) -> list[Drawn]:
    """The open tasks, calls first; their words are in the thread."""
    tasks = sorted(case.open_tasks, key=lambda task: (task.kind != "call", task.due_at))
    return [section(_task(task)) for task in tasks[:TASKS_SHOWN]]


def _task(task: Task) -> str:
    owner = f" · {mention(task.owner)}" if task.owner else ""
    return f"*Open: {choice_label('task', 'kind', task.kind).lower()}* · due {moment(task.due_at)}{owner}"


def _who(case: Case, today: date) -> Drawn:
    patient = Patient.of(case.submission)
    age = spoken_age(patient.birth_date, today) if patient.birth_date else f"age {NOT_ASKED}"
    sex = case.submission.shown("sex")
    pregnant = case.submission.shown("pregnant")
    parts = [
        age,
        shown(sex, ANSWER_CHARACTERS).lower() if sex else f"sex {NOT_ASKED}",
        f"pregnant: {shown(pregnant, ANSWER_CHARACTERS).lower() if pregnant else _unknown(case, 'pregnant')}",
        _writer(patient),
    ]
    return line(text(" · ".join(parts)))


def _writer(patient: Patient) -> str:
    if patient.writing_for == "self":
        return "writes for themselves"
    if not patient.writing_for:
        return f"who writes: {NOT_ASKED}"
    name = shown(patient.writer_name, ANSWER_CHARACTERS) if patient.writer_name else "somebody else"
    relationship = f" ({shown(patient.relationship, ANSWER_CHARACTERS)})" if patient.relationship else ""
    return f"{name}{relationship} writes for them"


def _complaint(case: Case) -> list[Drawn]:
    concern = shown(case.submission.shown("concern"), CONCERN_CHARACTERS)
    course = [*_answer(case, "Since", "onset"), text("\n"), *_answer(case, "Better or worse", "course")]
    return [quote(concern), line(*course)]


def _risks(case: Case) -> Drawn:
    return line(
        *_answer(case, "Allergies", "allergies"),
        text("\n"),
        *_answer(case, "Anticoagulants", "anticoagulants"),
        text(" · "),
        *_answer(case, "Immune suppression", "immune_suppression"),
        text("\n"),
        *_answer(case, "Medicines", "medicines"),
    )


def _answer(case: Case, label: str, link_id: str) -> list[Drawn]:
    given = case.submission.shown(link_id)
    words = shown(given, ANSWER_CHARACTERS) if given else _unknown(case, link_id)
    return [bold(f"{label}: "), text(words)]


def _unknown(case: Case, link_id: str) -> str:
    """Asked and left open is not the same as never asked: about allergies a clinician must know which."""
    return NOT_ANSWERED if link_id in case.submission.left_open else NOT_ASKED


def _next(case: Case, now: datetime) -> list[Drawn]:
    owner = mention(case.owner) if case.owner else "nobody"
    steps = {
        State.NEW: "somebody to claim it",
        State.CLAIMED: f"{owner}, to ask or to send guidance",
        State.AWAITING_PATIENT: "the patient, to answer",
        State.ADVISED: _after_guidance(case.last_of(MessageKind.GUIDANCE), owner),
        State.CLOSED: "nobody",
    }
    told = section("\n".join([f"*Next:* {steps[case.state]} · *Owner:* {owner}", *_receipts(case, now)]))
    waiting = _unanswered(case)
    return [told, rich(line(bold("Unanswered: ")), quote(_excerpt(waiting)))] if waiting else [told]


def _after_guidance(guidance: Message | None, owner: str) -> str:
    if guidance is None or guidance.opened_at is None:
        return "the patient, to read the guidance"
    if guidance.acknowledged_at is None:
        return "the patient, to say that they understand"
    return f"{owner}, to close it"


def _receipts(case: Case, now: datetime) -> list[str]:
    """One line on what was last sent: when it goes out, whether it was read and understood."""
    sent = case.last_of(MessageKind.QUESTION, MessageKind.GUIDANCE)
    if sent is None or sent.visible_at is None:
        return []
    what = "Guidance" if sent.kind is MessageKind.GUIDANCE else "Question"
    if not sent.reaches_patient_by(now):
        return [f"{what} goes out at {moment(sent.visible_at)}"]
    parts = [f"{what} sent {moment(sent.visible_at)}"]
    parts.append(f"Read {moment(sent.opened_at)}" if sent.opened_at else "Not read yet")
    if sent.acknowledged_at:
        parts.append(f"Understood {moment(sent.acknowledged_at)}")
    return [" · ".join(parts)]


def _unanswered(case: Case) -> Message | None:
    """The patient's newest message if nobody has answered it."""
    crossing = [message for message in case.messages if message.kind is not MessageKind.NOTE]
    return crossing[-1] if crossing and crossing[-1].from_patient else None


def _excerpt(message: Message) -> str:
    words = shown(message.words, MESSAGE_CHARACTERS) if message.words else ""
    photos = f"[{counted(len(message.attachments), 'photo')}]" if message.attachments else ""
    return " ".join(part for part in (words, photos) if part)


def _where(case: Case) -> str:
    state = Words(case.submission.value("state"))
    language = case.submission.shown("language")
    return " · ".join(
        [
            f"in {shown(state, ANSWER_CHARACTERS)}" if state else f"state {NOT_ASKED}",
            f"language: {shown(language, ANSWER_CHARACTERS)}",
            counted(_photos(case), "photo"),
        ]
    )


def _photos(case: Case) -> int:
    return len(case.submission.attachments) + sum(len(message.attachments) for message in case.messages)


def _pressing(case: Case, now: datetime, list_name: str) -> tuple[Drawn, ...]:
    verbs = offered(case, now)
    return (case_actions(list_name, case, verbs),) if verbs else ()
