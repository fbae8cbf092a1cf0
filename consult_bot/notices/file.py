"""A photo into the thread, in steps that can be taken up again after a crash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from consult_bot.notices.posting import below_the_card, look, look_again_later
from consult_bot.notices.sending import NotYet, Office, Sent, check_lease, hold, keep
from consult_bot.slack.trouble import RateLimited, RefusedForGood, WorkspaceBroken
from storage.cards import Place
from storage.outbox import Leased

NEVER_SHARED = "file_not_shared"
"""Our name for what Slack agreed to, twice, and did not do."""


class Stage(StrEnum):
    """How far a file has come that is not to be seen yet."""

    UPLOADED = "uploaded"
    """Slack has the bytes, and as far as is known has not been asked to share them."""
    ASKING = "asking"
    """Slack may have been asked."""
    ASKED = "asked"
    """Slack has agreed."""
    LOST = "lost"
    """A human decides. If it is tried again, then with a new upload."""


COMES_WITHIN = {Stage.ASKING: timedelta(seconds=30), Stage.ASKED: timedelta(minutes=2)}
"""How long Slack is given to share a file before it is asked again, or given another upload of it. It takes seconds."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A photo on its way, as the receipt of its delivery keeps it.

    `ids`: Slack's id of each upload of it, newest last, and twice where Slack was asked twice to share it. Of more than
    one, more than one may appear. `since`: when Slack was asked last.
    """

    ids: tuple[str, ...]
    stage: Stage = Stage.UPLOADED
    since: datetime | None = None

    @staticmethod
    def read(receipt: str) -> Upload:
        """Return what `written` wrote."""
        ids, stage, seconds = [*receipt.split(" "), "", ""][:3]
        since = datetime.fromtimestamp(int(seconds), UTC) if seconds else None
        return Upload(tuple(ids.split(",")), Stage(stage or Stage.UPLOADED), since)

    @property
    def written(self) -> str:
        """The receipt: the ids alone once it is to be seen, or before Slack was asked."""
        ids = ",".join(self.ids)
        since = f" {self.since.timestamp():.0f}" if self.since else ""
        return ids if self.stage is Stage.UPLOADED else f"{ids} {self.stage.value}{since}"

    def may_still_come(self, now: datetime) -> bool:
        """Whether Slack has been asked so lately that it need not be asked again."""
        patience = COMES_WITHIN.get(self.stage)
        return bool(patience and self.since and now < self.since + patience)

    def shares(self, office: Office, channel: str) -> list[str]:
        """Return the ts of each message in the channel that shows it, oldest first."""
        return sorted(ts for each in dict.fromkeys(self.ids) for ts in office.slack.shares(each, channel))


def send_file(office: Office, leased: Leased) -> Sent:
    """Share a photo in the case's thread.

    The receipt keeps Slack's file id before the file is shared: after a crash the next try looks whether it was.
    Raises NotYet before the card is there, and until Slack has shared the file, which it does on its own time;
    RefusedForGood where Slack does not, of two uploads.
    """
    with office.store.reading() as work:
        place = work.cards.place(leased.number)
    if place is None:
        raise NotYet("the card is not posted yet")
    with below_the_card(office, leased, place.channel):
        return _shared(office, leased, place)


def _shared(office: Office, leased: Leased, place: Place) -> Sent:
    earlier = Upload.read(leased.receipt) if leased.receipt else None
    if earlier and look(lambda: earlier.shares(office, place.channel)):
        return _sent(office, leased, earlier)
    if earlier and earlier.may_still_come(leased.claim.by_now):
        raise NotYet("Slack has not shared the file yet")
    upload = _next(office, leased, earlier)
    _ask(office, leased, place, upload)
    if upload.shares(office, place.channel):
        return _sent(office, leased, upload)
    raise NotYet("Slack has not shared the file yet")


def _next(office: Office, leased: Leased, earlier: Upload | None) -> Upload:
    """Return what Slack is to be asked to share: the same upload again where it may not have heard, or a new one."""
    if earlier is None:
        return Upload((_uploaded(office, leased),))
    if earlier.stage is Stage.UPLOADED:
        return earlier
    uploads = tuple(dict.fromkeys(earlier.ids))
    if earlier.stage is Stage.ASKING:
        return replace(earlier, ids=(*uploads, uploads[-1]))
    if earlier.stage is Stage.ASKED and len(uploads) > 1:
        look_again_later(office, leased)
        keep(office, leased, replace(earlier, stage=Stage.LOST, since=None).written)
        raise RefusedForGood(NEVER_SHARED)
    return Upload((*uploads, _uploaded(office, leased)))


def _ask(office: Office, leased: Leased, place: Place, upload: Upload) -> None:
    """Ask Slack to share it. That it may have been asked is kept before, and taken back where it said no."""
    hold(office, leased)
    now = leased.claim.by_now
    keep(office, leased, replace(upload, stage=Stage.ASKING, since=now).written)
    check_lease(leased)
    try:
        office.slack.complete_upload(upload.ids[-1], place.channel, place.ts)
    except (RateLimited, WorkspaceBroken):
        keep(office, leased, upload.written)
        raise
    except RefusedForGood:
        keep(office, leased, replace(upload, stage=Stage.LOST, since=None).written)
        raise
    keep(office, leased, replace(upload, stage=Stage.ASKED, since=now).written)


def _sent(office: Office, leased: Leased, upload: Upload) -> Sent:
    if len(upload.ids) > 1:
        look_again_later(office, leased)
    return Sent(replace(upload, stage=Stage.UPLOADED, since=None).written)


def _uploaded(office: Office, leased: Leased) -> str:
    """Upload the bytes, which nobody sees yet, and return Slack's id of them."""
    stored = office.store.photo(leased.payload["attachment"])
    file_id, url = office.slack.start_upload(_neutral_name(stored.media_type), len(stored.data))
    office.slack.upload(url, stored.data)
    return file_id


def _neutral_name(media_type: str) -> str:
    """A file name that says nothing about the patient: the one on their phone may."""
    return f"photo.{media_type.removeprefix('image/').replace('jpeg', 'jpg')}"
