"""The card: the channel message that shows a case, in the order a clinician needs on a phone. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from commands.case.calls import pressing_calls
from commands.case.close import UNREAD
from commands.case.task import called
from consult_bot.case.lifecycle import shown_state
from consult_bot.case.model import WE_OWE_AN_ANSWER, Case, Message, MessageKind, State, Task, spoken
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


def plain_card(case: Case) -> CardView:
    """Return what stands in the channel of a case whose card Slack will not draw: nothing that the patient wrote."""
    to_take_it = f"; to take it, `/consult claim {case.spoken}`" if case.state is State.NEW else ""
    say = f"Slack could not draw this card. To read it, type `/consult show {case.spoken}`{to_take_it}."
    return CardView(title(case), (section(f"*{title(case)}*\n{say}"),))


def case_blocks(case: Case, now: datetime, zone: str) -> tuple[Drawn, ...]:
    """Return what can be read on the card, (1) to (7); numbered as in the design, which orders it for a phone."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return (
        section(_urgency(case, now)),  # (1) URGENT in words, due time or how it stands, number, queue
        *_to_do_outside(case, now),  # (2) the call that a red flag opened, and every other open task
        rich(
            _who(case, today),  # (3) age, sex, pregnancy, who writes for whom
            *_complaint(case),  # (4) the patient's own words, onset, better or worse
            _risks(case),  # (5) allergies, anticoagulants, immune suppression
        ),
        *_next(case, now),  # (6) who must act next, owner, newest unanswered patient message
        small(_where(case)),  # (7) "in WA", language, photo count
        *_never_asked(case),
    )


def _urgency(case: Case, now: datetime) -> str:
    pressing = pressing_words(case.urgent, case.state, case.due_at, now)
    stands = _due_or_state(case)
    first = f"{pressing}{stands}" if pressing else stands[0].upper() + stands[1:]
    goes_on = f" · goes on from {spoken(case.linked_to)}" if case.linked_to else ""
    return f"{first} · *{case.spoken}* · {escaped(case.queue)}{goes_on}"


def _due_or_state(case: Case) -> str:
    """The promise that is kept leaves its due time behind, as in lists."""
    if case.state in WE_OWE_AN_ANSWER:
        return f"due {moment(case.due_at)}"
    return shown_state(case.state) if case.open else f"closed: {_close_reason(case)}"


def _close_reason(case: Case) -> str:
    return choice_label("close", "reason", case.close_reason).lower()


def _to_do_outside(case: Case, now: datetime) -> list[Drawn]:
    """The open tasks, calls first; their words are in the thread."""
    return [section(_task(task, now)) for task in _calls_first(case.open_tasks)[:TASKS_SHOWN]]


def _calls_first(tasks: Sequence[Task]) -> list[Task]:
    return sorted(tasks, key=lambda task: (task.kind != "call", task.due_at))


def _task(task: Task, now: datetime) -> str:
    pressing = "*OVERDUE* · " if task.due_at <= now else ""
    owner = f" · {mention(task.owner)}" if task.owner else ""
    return f"{pressing}*Open: {called(task.kind)}* · due {moment(task.due_at)}{owner}"


def _who(case: Case, today: date) -> Drawn:
    patient = Patient.of(case.submission)
    age = spoken_age(patient.birth_date, today) if patient.birth_date else f"age {NOT_ASKED}"
    return line(text(" · ".join([age, _sex(case), *_pregnancy(case), _writer(patient)])))


def _sex(case: Case) -> str:
    """Female and male speak for themselves; every other answer needs to be told what it answers."""
    code = case.submission.value("sex")
    if code in SEX_ALONE:
        return SEX_ALONE[code]
    words = case.submission.shown("sex")
    return f"sex: {shown(words, ANSWER_CHARACTERS)}" if words else f"sex {NOT_ASKED}"


SEX_ALONE = {"female": "female", "male": "male", "unknown": "sex: not said"}


def _pregnancy(case: Case) -> list[str]:
    """Left out of a man's card where it says nothing; what he says of a pregnancy stays."""
    if case.submission.value("sex") == "male" and case.submission.value("pregnant") in NO_PREGNANCY:
        return []
    given = case.submission.shown("pregnant")
    words = shown(given, ANSWER_CHARACTERS).lower() if given else _unknown(case, "pregnant")
    return [f"pregnant: {words}"]


NO_PREGNANCY = frozenset({"", "no", "not_applicable"})


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
    return [quote(concern), _answers(case, {"onset": "Since", "course": "Better or worse"})]


def _risks(case: Case) -> Drawn:
    labels = {
        "allergies": "Allergies",
        "anticoagulants": "Anticoagulants",
        "immune_suppression": "Immune suppression",
        "medicines": "Medicines",
    }
    return _answers(case, labels)


def _answers(case: Case, labels: Mapping[str, str]) -> Drawn:
    """Each answer on a line of its own, without those that stand in the last line for not having been asked."""
    parts: list[Drawn] = []
    for link_id, label in labels.items():
        if not _folded(case, link_id):
            parts.extend([*([text("\n")] if parts else []), *_answer(case, label, link_id)])
    return line(*parts)


def _answer(case: Case, label: str, link_id: str) -> list[Drawn]:
    given = case.submission.shown(link_id)
    words = shown(given, ANSWER_CHARACTERS) if given else _unknown(case, link_id)
    return [bold(f"{label}: "), text(words)]


def _unknown(case: Case, link_id: str) -> str:
    """Asked and left open is not the same as never asked: about allergies a clinician must know which."""
    return NOT_ANSWERED if link_id in case.submission.left_open else NOT_ASKED


def _folded(case: Case, link_id: str) -> bool:
    """Whether the question stands in the last line instead of its place: the form never asked it."""
    submission = case.submission
    return link_id in SELDOM_ASKED and not submission.shown(link_id) and link_id not in submission.left_open


SELDOM_ASKED = {
    "course": "better or worse",
    "anticoagulants": "anticoagulants",
    "immune_suppression": "immune suppression",
    "language": "language",
}
"""What many forms do not ask; each in its place would crowd out what patients did say."""


def _never_asked(case: Case) -> list[Drawn]:
    """One quiet line, so that nobody takes silence for a no."""
    names = [name for link_id, name in SELDOM_ASKED.items() if _folded(case, link_id)]
    return [small(f"{NOT_ASKED.capitalize()}: {', '.join(names)}")] if names else []


def _next(case: Case, now: datetime) -> list[Drawn]:
    owner = mention(case.owner) if case.owner else "nobody"
    steps = {
        State.NEW: "somebody to claim it",
        State.CLAIMED: f"{owner} (owner), to ask or to send guidance",
        State.AWAITING_PATIENT: "the patient, to answer",
        State.ADVISED: _after_guidance(case, now, f"{owner} (owner)"),
        State.CLOSED: "nobody",
    }
    step = _call_first(case, now, steps[case.state])
    whose = "" if step.startswith(owner) else f" · *Owner:* {owner}"
    told = section("\n".join([f"*Next:* {step}{whose}", *_receipts(case, now)]))
    if case.unanswered:
        return [told, rich(line(bold("Unanswered: ")), quote(excerpt(case.unanswered)))]
    newest = next((message for message in reversed(case.messages) if message.from_patient), None)
    if case.urgent and newest:
        # Why it is urgent stays to be read when somebody has answered.
        return [told, rich(line(bold("The patient wrote: ")), quote(excerpt(newest)))]
    return [told]


def _call_first(case: Case, now: datetime, step: str) -> str:
    """A pressing call goes before what the patient is to do: they may never have seen what we wrote."""
    calls = pressing_calls(case, now)
    if not calls:
        return step
    caller = calls[0].owner
    who = mention(caller) if caller else "whoever reads this first"
    first = f"{who}{' (owner)' if caller and caller == case.owner else ''}, to call the patient now"
    return f"{first}; then {step}" if case.state in WE_OWE_AN_ANSWER else first


def _after_guidance(case: Case, now: datetime, owner: str) -> str:
    """Closing comes last: it is refused while a task is open, or anything unread."""
    if case.advice is None:
        return "the patient, to read the guidance"
    if case.advice.opened_at is None:
        return f"the patient, to read the {_read_as(case, case.advice)}"
    if not case.understood:
        return "the patient, to say that they understand"
    if case.open_tasks:
        return f"{owner}, to see these tasks done: {_kinds(case.open_tasks)}"
    if unread := [m for m in case.shown_at(now) if m.kind in UNREAD and m.opened_at is None]:
        return f"the patient, to read the {_read_as(case, unread[-1])}"
    return f"{owner}, to close it"


def _read_as(case: Case, message: Message) -> str:
    return UNREAD[case.kind_shown(message)]


def _kinds(tasks: Sequence[Task]) -> str:
    counts = Counter(called(task.kind) for task in _calls_first(tasks))
    return ", ".join(kind if count == 1 else f"{count} × {kind}" for kind, count in counts.items())


def _receipts(case: Case, now: datetime) -> list[str]:
    """One line on what was last sent: when it goes out, whether it was read and understood."""
    sent = case.last_of(*SENT_AS)
    if sent is None or sent.visible_at is None:
        return []
    what = SENT_AS[sent.kind]
    if not sent.reaches_patient_by(now):
        return [f"{what} goes out {moment(sent.visible_at)}"]
    parts = [f"{what} sent {moment(sent.visible_at)}"]
    parts.append(f"Read {moment(sent.opened_at)}" if sent.opened_at else _on_its_way(sent))
    if sent.acknowledged_at:
        parts.append(f"Understood {moment(sent.acknowledged_at)}")
    return [" · ".join(parts)]


def _on_its_way(sent: Message) -> str:
    """How far what nobody has read yet has come; most mail servers tell nothing."""
    if sent.bounced_at:
        return "*Not reached: the email did not arrive*"
    return f"Email arrived {moment(sent.delivered_at)}, not read yet" if sent.delivered_at else "Not read yet"


SENT_AS = {
    MessageKind.QUESTION: "Question",
    MessageKind.GUIDANCE: "Guidance",
    MessageKind.CORRECTION: "Correction",
    MessageKind.UPDATE: "Update",
    MessageKind.EMERGENCY: "Emergency advice",
}
"""How the card calls what was sent to the patient."""


def excerpt(message: Message, most_characters: int = MESSAGE_CHARACTERS) -> str:
    """Return the beginning of what a patient wrote, behind how they say it goes and before how many photos came."""
    words = shown(message.words, most_characters) if message.words else ""
    photos = f"[{counted(len(message.attachments), 'photo')}]" if message.attachments else ""
    report = f"{choice_label('report', 'report', message.report)}." if message.report else ""
    return " ".join(part for part in (report, words, photos) if part)


def _where(case: Case) -> str:
    state = Words(case.submission.value("state"))
    given = case.submission.shown("language")
    language = shown(given, ANSWER_CHARACTERS) if given else _unknown(case, "language")
    return " · ".join(
        [
            f"in {shown(state, ANSWER_CHARACTERS)}" if state else f"state {NOT_ASKED}",
            *([] if _folded(case, "language") else [f"language: {language}"]),
            counted(_photos(case), "photo"),
        ]
    )


def _photos(case: Case) -> int:
    return len(case.submission.attachments) + sum(len(message.attachments) for message in case.messages)


def _pressing(case: Case, now: datetime, list_name: str) -> tuple[Drawn, ...]:
    verbs = offered(case, now)
    return (case_actions(list_name, case, verbs),) if verbs else ()
