"""The message to the leads about something that will not go out by itself: what it is, and two ways to decide. Pure."""

from __future__ import annotations

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ConfirmObject, PlainTextObject

from consult_bot.case.delivery import NO_CASE, DeliveryKind
from consult_bot.case.events import Happened
from consult_bot.case.model import spoken
from consult_bot.slack.blocks import Drawn, section
from consult_bot.slack.post import Post

RETRY, GIVE_UP = "delivery:retry", "delivery:give_up"

WHAT: dict[str, str] = {
    DeliveryKind.CARD: "the card",
    DeliveryKind.THREAD: "a message in the thread",
    DeliveryKind.FILE: "a photo for the thread",
    DeliveryKind.LETTER: "an email to the patient",
    DeliveryKind.ANSWER: "an answer in a thread",
    DeliveryKind.ALARM: "the call to whoever is on call",
}
"""What a kind of delivery is called where no more is known of it."""

OF_EVENT: dict[str, str] = {
    Happened.SUBMITTED: "the form",
    Happened.CLAIMED: "claimed",
    Happened.RELEASED: "back in the queue",
    Happened.COVERED: "covered",
    Happened.REASSIGNED: "reassigned",
    Happened.ASKED: "question sent",
    Happened.ADVISED: "guidance sent",
    Happened.CORRECTED: "correction sent",
    Happened.UPDATED: "update sent",
    Happened.WARNED: "emergency advice sent",
    Happened.REPLIED: "the patient wrote",
    Happened.REPORTED: "the patient reports",
    Happened.NOTED: "note",
    Happened.RETURNED_TO_DRAFT: "not sent",
    Happened.UNDONE: "taken back",
    Happened.TASK_OPENED: "task",
    Happened.TASK_DONE: "task done",
    Happened.CLOSED: "closed",
    Happened.WITHDRAWN: "withdrawn",
    Happened.REOPENED: "reopened",
    Happened.OVERDUE: "overdue",
    Happened.UNCALLED: "call overdue",
    Happened.PAGED: "urgent, unclaimed",
    Happened.BOUNCED: "patient not reached",
}
"""The thread's messages as their notifications call them. The message itself is not asked: it may be what cannot be read."""

OF_LETTER = {
    "received": "that the form has come",
    "question": "about a question",
    "guidance": "about guidance",
    "correction": "about a correction",
    "update": "about an update",
    "emergency": "about emergency advice",
    "closed": "that the case is closed",
    "withdrawn": "that the question is taken back",
    "link": "with a new link",
}

FAILED: dict[str, str] = {
    DeliveryKind.CARD: "The card in the channel shows how things were before.",
    DeliveryKind.THREAD: "The thread does not have it.",
    DeliveryKind.FILE: "The thread does not show it.",
    DeliveryKind.LETTER: "The patient does not know yet.",
    DeliveryKind.ANSWER: "Whoever asked waits for it.",
    DeliveryKind.ALARM: "Nobody outside Slack has been told.",
}

OURS = {
    "MailRefused": "The mail server refused it",
    "Suppressed": "Earlier emails to this address came back or were unwanted, so none is sent there any more",
    "file_not_shared": "Slack took the photo twice, and never showed it",
    "UnknownAttachment": "Its file is gone from ATTACHMENTS",
    "FileNotFoundError": "Its file is gone from ATTACHMENTS",
    "KeysUnusable": "It cannot be decrypted",
}
"""What went wrong under a name of ours."""

HEADS = {"waiting": "Not sent yet", "leased": "Not sent yet", "sent": "Not sent at first"}
NOT_SENT = "Not sent"

ENDED = {
    "dead": "A team lead decides: try it again once the cause is mended, or give it up and tell whom it concerns.",
    "waiting": "It is being tried again.",
    "leased": "It is being tried again.",
    "sent": "It has gone out after all.",
    "given_up": "A team lead has given it up.",
    "superseded": "Something newer has gone out in its place.",
}
MISSING = frozenset({"dead", "given_up"})


def dead_letter_post(
    delivery_id: int, kind: str, number: int, status: str, error: str, which: str | None = None
) -> Post:
    """Return the message as it stands with the delivery; only a dead one offers its buttons.

    `which` is the event that the thread was to be told of, or the letter's name. What was written is never in it.
    """
    about = spoken(number) if number != NO_CASE else "Consults"
    head = f"{HEADS.get(status, NOT_SENT)} · {about} · {_what(kind, which)}"
    failed = (FAILED.get(kind, ""), _why(error)) if status in MISSING else ()
    told = " ".join(each for each in (*failed, ENDED.get(status, "")) if each)
    blocks = [section(f"*{head}*"), section(told)]
    if status == "dead":
        blocks.append(_decisions(delivery_id))
    return Post(head, tuple(blocks))


def _what(kind: str, which: str | None) -> str:
    if kind == DeliveryKind.THREAD and which in OF_EVENT:
        return f"the message “{OF_EVENT[which]}” in its thread"
    if kind == DeliveryKind.LETTER and which in OF_LETTER:
        return f"email {OF_LETTER[which]}"
    return WHAT.get(kind, "something")


def _why(error: str) -> str:
    """Why, in a sentence: Slack's own names are small letters, those of our exceptions are not."""
    if not error:
        return ""
    if error in OURS:
        return f"{OURS[error]}."
    if error == error.lower():
        return f"Slack says \u201c{error}\u201d."
    return f"Something unforeseen stopped it here: \u201c{error}\u201d."


def _decisions(delivery_id: int) -> Drawn:
    sure = ConfirmObject(
        title="Give it up?",
        text=PlainTextObject(
            text="Only a team lead can. It will then never be sent: tell whom it concerns in another way."
        ),
        confirm="Give up",
        deny="Keep it",
    )
    elements = [
        ButtonElement(text="Retry", action_id=RETRY, value=str(delivery_id), style="primary"),
        ButtonElement(text="Give up", action_id=GIVE_UP, value=str(delivery_id), confirm=sure),
    ]
    return ActionsBlock(block_id=f"delivery/{delivery_id}", elements=elements).to_dict()
