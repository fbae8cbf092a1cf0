"""The email to the administrator: Slack takes nothing any more before somebody has mended the workspace, or it refuses a
case's card."""

from __future__ import annotations

from consult_bot.case.delivery import A_CARD, WORKSPACE
from consult_bot.notices.letter import Letter, plain_letter
from consult_bot.notices.mail import compose
from consult_bot.notices.sending import Needless, Office, Sent, check_lease
from consult_bot.slack.trouble import REMEDIES
from storage.outbox import Leased

NOBODY_TO_TELL = "nobody to tell"
OPEN_IT_AND_TELL = (
    "Have a clinician open it with /consult show, and tell whoever looks after Consults what Slack answers."
)
A_CARDS_REMEDY = f"Run consult-bot doctor, which names the case within three minutes. {OPEN_IT_AND_TELL}"


def send_warning(office: Office, leased: Leased) -> Sent | Needless:
    """Mail the administrator what is broken and what to do. It says nothing about any case.

    Sent once for each time that something breaks, and once for each case whose card is refused; a repeat after a crash may
    arrive twice. Raises MailDown or MailRefused.
    """
    if office.administrator is None:
        return Needless(NOBODY_TO_TELL)
    check_lease(leased)
    letter = warning_letter(leased.payload["lane"], leased.payload["error"], office.practice.name)
    return Sent(office.mail.send(compose(letter, office.mail_from, office.administrator, str(leased.id))))


def warning_letter(lane: str, error: str, practice_name: str) -> Letter:
    """Return the letter about a lane, or A_CARD, of which Slack says `error`."""
    if lane == A_CARD:
        return plain_letter(
            f"{practice_name}: Slack refuses a card",
            f"Slack refuses the card of a case, in plain words as well. It answers \u201c{error}\u201d.",
            f"What to do: {A_CARDS_REMEDY}",
            "Nothing is lost. The card is tried again every minute, and everything else goes on. Until Slack takes it, "
            "nobody sees this case in the channel; it is in the queue, which /consult queue shows.",
        )
    what = "the workspace" if lane == WORKSPACE else f"the channel {lane.removeprefix('slack:')}"
    return plain_letter(
        f"{practice_name}: Slack takes no consults",
        f"Slack takes nothing from Consults for {what} any more. It answers \u201c{error}\u201d.",
        f"What to do: {REMEDIES.get(error, 'run consult-bot doctor, which names the remedy.')}",
        "Nothing is lost. Patients can still write; their cases wait, and appear in order as soon as this is mended. "
        "Until then, nobody sees them in Slack. You are told once; consult-bot doctor shows how it stands.",
    )
