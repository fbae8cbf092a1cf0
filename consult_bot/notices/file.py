"""A photo into the thread, in steps that can be taken up again after a crash."""

from __future__ import annotations

from consult_bot.notices.sending import LeaseLost, NotYet, Office, Sent, hold
from storage.outbox import Leased

ASKED = " asked"
"""Ends the receipt of a file that Slack has been asked to share, and has agreed to."""


def send_file(office: Office, leased: Leased) -> Sent:
    """Share a photo in the case's thread.

    The receipt is Slack's file id, kept before the file is shared: after a crash the next try looks whether it was.
    Raises NotYet before the card is there, and until Slack has shared the file, which it does on its own time.
    """
    with office.store.reading() as work:
        place = work.cards.place(leased.number)
    if place is None:
        raise NotYet("the card is not posted yet")
    file_id = (leased.receipt or _uploaded(office, leased)).removesuffix(ASKED)
    if leased.receipt and office.slack.is_shared(file_id, place.channel):
        return Sent(file_id)
    if not (leased.receipt or "").endswith(ASKED):
        hold(office, leased)
        office.slack.complete_upload(file_id, place.channel, place.ts)
        _keep(office, leased, file_id + ASKED)
        if office.slack.is_shared(file_id, place.channel):
            return Sent(file_id)
    raise NotYet("Slack has not shared the file yet")


def _uploaded(office: Office, leased: Leased) -> str:
    with office.store.reading() as work:
        stored = work.attachments.read(leased.payload["attachment"])
    file_id, url = office.slack.start_upload(_neutral_name(stored.media_type), len(stored.data))
    office.slack.upload(url, stored.data)
    _keep(office, leased, file_id)
    return file_id


def _keep(office: Office, leased: Leased, receipt: str) -> None:
    if not office.store.commit(lambda work: work.outbox.keep_receipt(leased, receipt)):
        raise LeaseLost


def _neutral_name(media_type: str) -> str:
    """A file name that says nothing about the patient: the one on their phone may."""
    return f"photo.{media_type.removeprefix('image/').replace('jpeg', 'jpg')}"
