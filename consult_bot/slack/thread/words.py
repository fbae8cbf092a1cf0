"""What the thread is told of words: the form, what crosses in either direction, notes, what was taken back. Pure."""

from __future__ import annotations

from commands import VERB
from commands.case import report
from commands.case.reply import BACK_IN_QUEUE
from consult_bot.case.model import Message, Report, spoken
from consult_bot.forms.summary import negatives_folded
from consult_bot.slack.blocks import mention, moment
from consult_bot.slack.labels import choice_label, counted
from consult_bot.slack.post import Post, posts, told
from consult_bot.slack.thread.moved import Moved
from consult_bot.texts.days import day_words


def submitted(moved: Moved) -> tuple[Post, ...]:
    case = moved.case
    answers = [
        paragraph
        for line in negatives_folded(case.submission)
        for paragraph in told(line.question, line.shown)
    ]
    photos = _photos_follow(len(case.submission.attachments))
    goes_on = f" It goes on from {spoken(case.linked_to)}." if case.linked_to else ""
    head = f"*The whole form.* Sent {moment(case.created_at)}.{goes_on}{photos}"
    return posts(case, "the form", head, answers)


def asked(moved: Moved) -> tuple[Post, ...]:
    message = moved.message
    if message is None:
        return ()
    head = f"*Question to the patient*, sent by {mention(message.author)}."
    return posts(moved.case, "question sent", head, told("", message.words))


def advised(moved: Moved) -> tuple[Post, ...]:
    message = moved.message
    if message is None:
        return ()
    head = f"*Guidance to the patient*, sent by {mention(message.author)}.\n*To do:* {_disposition(message)}"
    paragraphs = [*told("", message.words), *told("Safety net", message.safety_net)]
    return posts(moved.case, "guidance sent", head, paragraphs)


def corrected(moved: Moved) -> tuple[Post, ...]:
    message = moved.message
    if message is None:
        return ()
    what = (
        "The patient had seen the wrong text: it is marked, and this must be understood as well."
        if moved.case.sets_right_what_was_seen(message)
        else "The patient had not seen the wrong text; this has taken its place."
    )
    head = f"*Correction to the patient*, sent by {mention(message.author)}. {what}\n*To do:* {_disposition(message)}"
    paragraphs = [*told("", message.words), *told("Safety net", message.safety_net)]
    return posts(moved.case, "correction sent", head, paragraphs)


def updated(moved: Moved) -> tuple[Post, ...]:
    message = moved.message
    if message is None:
        return ()
    head = f"*How things stand*, told to the patient by {mention(message.author)}. The promised time runs on."
    return posts(moved.case, "update sent", head, told("", message.words))


def warned(moved: Moved) -> tuple[Post, ...]:
    message = moved.message
    if message is None:
        return ()
    owner = f"{mention(moved.case.owner)} (owner) or " if moved.case.owner and moved.case.open else ""
    head = (
        f"*EMERGENCY ADVICE* went to the patient at once, sent by {mention(message.author)}. "
        f"*The patient must be called now*, by {owner}whoever reads this first. "
        "The number to call stands at the task of the call, in the thread of the case."
    )
    return posts(moved.case, "emergency advice sent", head, told("", message.words), broadcast=True)


def replied(moved: Moved) -> tuple[Post, ...]:
    message = moved.message
    if message is None:
        return ()
    wrote = f"*The patient wrote*, for {moved.person}." if moved.event.person else "*The patient wrote.*"
    head = f"{wrote}{_photos_follow(len(message.attachments))}"
    back = moved.event.reason == BACK_IN_QUEUE
    if back:
        head = f"{head} *{moved.case.spoken} is back in the queue*; somebody can claim it."
    return posts(moved.case, "the patient wrote", head, told("", message.words), broadcast=back)


def reported(moved: Moved) -> tuple[Post, ...]:
    message = moved.message
    if message is None or message.report is None:
        return ()
    owner = f" {moved.person}, this is for you." if moved.event.person else ""
    how = choice_label("report", "report", message.report).lower()
    head = f"*The patient says: {how}.*{owner}"
    worse = message.report is Report.WORSE
    if worse:
        head = f"*URGENT.* {head}"
    if moved.event.reason == report.BACK_IN_QUEUE:
        head = f"{head} *{moved.case.spoken} is back in the queue*; somebody must claim it."
    return posts(moved.case, "the patient reports", head, told("", message.words), broadcast=worse)


def noted(moved: Moved) -> tuple[Post, ...]:
    message = moved.message
    if message is None or message.source is not None:
        return ()  # gone by now, or typed in the thread, where everybody sees it
    head = f"*Note* by {mention(message.author)}. The patient does not see it."
    return posts(moved.case, "note", head, told("", message.words))


def returned_to_draft(moved: Moved) -> tuple[Post, ...]:
    form = VERB[moved.event.reason].label if moved.event.reason else "its form"
    head = (
        f"For {moved.person}: the patient wrote before your message went out, so it was *not sent*. "
        f"Read the new message below; then open *{form}* again: your words are still there."
    )
    return posts(moved.case, "not sent", head)


def undone(moved: Moved) -> tuple[Post, ...]:
    author, actor = moved.event.person, moved.actor
    by = f" by {mention(actor)}" if actor and actor != author else ""
    head = (
        f"A message by {moved.person} was *taken back*{by} before the patient could see it. "
        f"The words of {moved.person} are kept as a draft."
    )
    return posts(moved.case, "taken back", head)


def _disposition(message: Message) -> str:
    by = f" ({day_words(message.visit_by, message.written_at.date())})" if message.visit_by else ""
    return choice_label("advise", "disposition", message.disposition) + by


def _photos_follow(count: int) -> str:
    return f" {counted(count, 'photo')} below." if count else ""
