"""The card: the channel message that shows a case, in the order a clinician needs on a phone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consult_bot.case.model import Case, Message, MessageKind, State
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
from consult_bot.slack.labels import choice_label, counted, title
from consult_bot.slack.offers import case_actions, offered

CONCERN_CHARACTERS = 1500
MESSAGE_CHARACTERS = 800
ANSWER_CHARACTERS = 300
NOT_ANSWERED = "asked, not answered"


@dataclass(frozen=True, slots=True)
class CardView:
    """A message: `text` for lock screens and previews, `blocks` for those entitled to read."""

    text: str
    blocks: tuple[Drawn, ...]


def card(case: Case, now: datetime, list_name: str = "card") -> CardView:
    """Return the case as it is at `now`. `list_name` begins the block_id of its actions."""
    reading = case_blocks(case, now)
    verbs = offered(case, now)
    pressing = (case_actions(list_name, case.number, case.version, verbs),) if verbs else ()
    return CardView(title(case), (*reading, *pressing))


def case_blocks(case: Case, now: datetime) -> tuple[Drawn, ...]:
    """Return all of the card but what can be pressed."""
    blocks = [
        section(_urgency(case)),
        *(section(task) for task in _open_tasks(case)),
        rich(line(text(_who(case, now))), quote(_concern(case)), line(*_course(case)), line(*_risks(case))),
        section(_next(case, now)),
    ]
    waiting = unanswered(case)
    if waiting:
        blocks.append(rich(line(bold("Unanswered: ")), quote(_excerpt(waiting))))
    return (*blocks, small(_where(case)))


def unanswered(case: Case) -> Message | None:
    """Return the patient's newest message if nobody has answered it."""
    crossing = [message for message in case.messages if message.kind is not MessageKind.NOTE]
    return crossing[-1] if crossing and crossing[-1].from_patient else None


def _urgency(case: Case) -> str:
    urgent = "*URGENT* · " if case.urgent else ""
    due = f"due {moment(case.due_at)}" if case.open else f"closed: {_close_reason(case)}"
    return f"{urgent}{due} · *{case.spoken}* · {escaped(case.queue)}"


def _close_reason(case: Case) -> str:
    return choice_label("close", "reason", case.close_reason).lower()


def _open_tasks(case: Case) -> list[str]:
    """The open tasks, calls first; their words are in the thread."""
    tasks = sorted(case.open_tasks, key=lambda task: (task.kind != "call", task.due_at))
    return [
        f"*Open: {choice_label('task', 'kind', task.kind).lower()}* · due {moment(task.due_at)}"
        + (f" · {mention(task.owner)}" if task.owner else "")
        for task in tasks[:10]
    ]


def _who(case: Case, now: datetime) -> str:
    patient = Patient.of(case.submission)
    age = spoken_age(patient.birth_date, now.date()) if patient.birth_date else f"age {NOT_ASKED}"
    sex = case.submission.shown("sex")
    pregnant = case.submission.shown("pregnant")
    return " · ".join(
        [
            age,
            shown(sex, ANSWER_CHARACTERS).lower() if sex else f"sex {NOT_ASKED}",
            f"pregnant: {shown(pregnant, ANSWER_CHARACTERS).lower() if pregnant else _unknown(case, 'pregnant')}",
            _writer(patient),
        ]
    )


def _writer(patient: Patient) -> str:
    if patient.writing_for == "self":
        return "writes for themselves"
    if not patient.writing_for:
        return f"who writes: {NOT_ASKED}"
    name = shown(patient.writer_name, ANSWER_CHARACTERS) if patient.writer_name else "somebody else"
    relationship = f" ({shown(patient.relationship, ANSWER_CHARACTERS)})" if patient.relationship else ""
    return f"{name}{relationship} writes for them"


def _concern(case: Case) -> str:
    return shown(case.submission.shown("concern"), CONCERN_CHARACTERS)


def _course(case: Case) -> list[Drawn]:
    return [*_answer(case, "Since", "onset"), text("\n"), *_answer(case, "Better or worse", "course")]


def _risks(case: Case) -> list[Drawn]:
    return [
        *_answer(case, "Allergies", "allergies"),
        text("\n"),
        *_answer(case, "Anticoagulants", "anticoagulants"),
        text(" · "),
        *_answer(case, "Immune suppression", "immune_suppression"),
        text("\n"),
        *_answer(case, "Medicines", "medicines"),
    ]


def _answer(case: Case, label: str, link_id: str) -> list[Drawn]:
    given = case.submission.shown(link_id)
    words = shown(given, ANSWER_CHARACTERS) if given else _unknown(case, link_id)
    return [bold(f"{label}: "), text(words)]


def _unknown(case: Case, link_id: str) -> str:
    """Asked and left open is not the same as never asked: about allergies a clinician must know which."""
    return NOT_ANSWERED if link_id in case.submission.left_open else NOT_ASKED


def _next(case: Case, now: datetime) -> str:
    owner = mention(case.owner) if case.owner else None
    steps = {
        State.NEW: "somebody to claim it",
        State.CLAIMED: f"{owner}, to ask or to send guidance",
        State.AWAITING_PATIENT: "the patient, to answer",
        State.ADVISED: "the patient, to read the guidance",
        State.CLOSED: "nobody",
    }
    step = steps[case.state]
    if case.state is State.ADVISED and _understood(case):
        step = f"{owner}, to close it" if owner else "the owner, to close it"
    return "\n".join([f"*Next:* {step} · *Owner:* {owner or 'nobody'}", *_receipts(case, now)])


def _understood(case: Case) -> bool:
    guidance = case.last_of(MessageKind.GUIDANCE)
    return guidance is not None and guidance.acknowledged_at is not None


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
