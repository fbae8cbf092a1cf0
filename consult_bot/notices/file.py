"""A photo into the thread, in steps that can be taken up again after a crash."""

from __future__ import annotations

from consult_bot.notices.sending import NotYet, Office, Sent
from storage.outbox import Leased


def send_file(office: Office, leased: Leased) -> Sent:
    """Share a photo in the case's thread. The receipt is Slack's file id, kept before the file is shared.

    Raises NotYet before the card is there, and until Slack has shared the file, which it does on its own time.
    """
    with office.store.reading() as work:
        place = work.cards.place(leased.number)
        stored = work.attachments.read(leased.payload["attachment"])
    if place is None:
        raise NotYet("the card is not posted yet")
    file_id = leased.receipt
    if file_id is None:
        file_id, url = office.slack.start_upload(_neutral_name(stored.media_type), len(stored.data))
        office.slack.upload(url, stored.data)
        with office.store.writing() as work:
            work.outbox.keep_receipt(leased, file_id)
    if not office.slack.is_shared(file_id, place.channel):
        if leased.receipt is None or leased.attempts > 2:
            office.slack.complete_upload(file_id, place.channel, place.ts)
        if not office.slack.is_shared(file_id, place.channel):
            raise NotYet("Slack has not shared the file yet")
    return Sent(file_id)


def _neutral_name(media_type: str) -> str:
    """A file name that says nothing about the patient: the one on their phone may."""
    return f"photo.{media_type.removeprefix('image/').replace('jpeg', 'jpg')}"
