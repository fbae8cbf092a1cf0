"""The message to the leads about something that will not go out by itself: what it is, and two ways to decide. Pure."""

from __future__ import annotations

from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ConfirmObject, PlainTextObject

from consult_bot.case.delivery import NO_CASE, DeliveryKind
from consult_bot.case.model import spoken
from consult_bot.slack.blocks import Drawn, section
from consult_bot.slack.post import Post

RETRY, GIVE_UP = "delivery:retry", "delivery:give_up"

WHAT: dict[str, str] = {
    DeliveryKind.CARD: "The card could not be redrawn.",
    DeliveryKind.THREAD: "A message for the thread could not be posted.",
    DeliveryKind.FILE: "A photo could not be put into the thread.",
    DeliveryKind.LETTER: "An email to the patient was refused: the patient does not know yet.",
    DeliveryKind.ANSWER: "An answer in a thread could not be posted.",
    DeliveryKind.ALARM: "The call to whoever is on call could not be made.",
}
ENDED = {
    "dead": "A team lead decides: try it again once the cause is mended, or give it up and tell whom it concerns.",
    "waiting": "It is being tried again.",
    "leased": "It is being tried again.",
    "sent": "It has gone out after all.",
    "given_up": "A team lead has given it up.",
    "superseded": "Something newer has gone out in its place.",
}


def dead_letter_post(delivery_id: int, kind: str, number: int, status: str, error: str) -> Post:
    """Return the message as it stands with the delivery; only a dead one offers its buttons."""
    about = spoken(number) if number != NO_CASE else "Consults"
    told = f"*{about}* · {WHAT.get(kind, 'Something could not be sent.')} The other side says \u201c{error}\u201d."
    blocks = [section(told), section(ENDED.get(status, ""))]
    if status == "dead":
        blocks.append(_decisions(delivery_id))
    return Post(f"Not sent · {about}", tuple(blocks))


def _decisions(delivery_id: int) -> Drawn:
    sure = ConfirmObject(
        title="Give it up?",
        text=PlainTextObject(text="It will never be sent. Tell whom it concerns in another way."),
        confirm="Give up",
        deny="Keep it",
    )
    elements = [
        ButtonElement(text="Retry", action_id=RETRY, value=str(delivery_id), style="primary"),
        ButtonElement(text="Give up", action_id=GIVE_UP, value=str(delivery_id), confirm=sure),
    ]
    return ActionsBlock(block_id=f"delivery/{delivery_id}", elements=elements).to_dict()
