"""Photos on their way in: what was accepted is kept while the rest of a form is set right."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from starlette.datastructures import FormData, UploadFile

from consult_bot.case.errors import Busy
from consult_bot.desk.away import note
from consult_bot.media.limits import MAX_PHOTOS, MAX_PIXELS_TOGETHER
from consult_bot.media.photos import PhotoRefused, TooManyTogether, clean_photo, pixels_to_decode
from consult_bot.media.turns import PHOTO_TURNS, OthersFirst
from consult_bot.portal.allowance import Allowance
from consult_bot.portal.inputs import files_of, texts_of
from consult_bot.portal.signed import Seal
from storage.errors import Conflict, FilesAway, Overloaded, UnknownAttachment
from storage.store import Store

MOST_EVER = 2 * MAX_PHOTOS
"""Photos that we keep for one form, those included that were removed again."""

OTHERS_FIRST = "We are busy with other photos. Please choose yours again and press Send again."
NOT_KEPT = (
    "We could not keep your photos just now. Choose them again and press Send again, or send without photos."
)
TOO_OFTEN = "You have added many photos to this form already. Please send it without new ones."


class _TooOften(Exception):
    """MOST_EVER photos were kept for this form."""


@dataclass(frozen=True, slots=True)
class Received:
    """The photos of one question: ids of those staged, and what was wrong with the others.

    `later`: the same photos may well be taken in a moment.
    """

    ids: tuple[str, ...]
    problems: tuple[str, ...] = ()
    later: bool = False


@dataclass(slots=True)
class _Receiving:
    """The photos of one question while they are taken in."""

    ids: list[str]
    problems: list[str] = field(default_factory=list)
    pixels_left: int = MAX_PIXELS_TOGETHER


@dataclass(frozen=True, slots=True)
class Kept:
    """A staged photo as a form shows it: the value of its hidden input, and its thumbnail as a data: URL.

    The thumbnail is empty where it cannot be had at the moment.
    """

    token: str
    thumbnail: str


class PhotoTray:
    """Stages photos and remembers them in signed hidden inputs, bound to the form that they came with."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seal = Seal(partial(store.keys.signing, "form"), "photo")
        self._ever = Allowance(MOST_EVER, timedelta(days=1))

    def holds_any(self, form: FormData, names: Iterable[str]) -> bool:
        """Whether photos were sent under one of these names, or kept from before."""
        return any(files_of(form, name) or texts_of(form, f"_kept.{name}") for name in names)

    def receive(self, form: FormData, name: str, binding: str, most: int) -> Received:
        """Clean and stage the photos sent under `name`, after those kept from before; at most `most` in all.

        `binding` is the form's nonce. Slow (0.3 s a photo, and up to 5 s until its turn comes): call it outside
        transactions.
        """
        found = _Receiving(self._kept_before(form, name, binding))
        chosen = files_of(form, name)
        count, room = len(found.ids) + len(chosen), most - len(found.ids)
        later = self._take_in(chosen[: max(room, 0)], len(chosen), binding, found)
        if len(chosen) > room:
            found.problems.append(_too_many(count, most))
        return Received(tuple(found.ids), tuple(found.problems), later)

    def _take_in(self, files: list[UploadFile], count: int, binding: str, found: _Receiving) -> bool:
        """Stage these of `count` files; return whether a moment later more of them could be."""
        if not files:
            return False
        try:
            with PHOTO_TURNS.taken():
                for place, file in enumerate(files, start=1):
                    which = f"Photo {place} of {count}: " if count > 1 else ""
                    self._take_one(file, which, binding, found)
        except _TooOften:
            found.problems.append(TOO_OFTEN)
            return False
        except OthersFirst:
            found.problems.append(OTHERS_FIRST)
            return True
        except (OSError, Conflict, Overloaded, Busy) as error:
            note(error)
            found.problems.append(NOT_KEPT)
            return True
        return False

    def _take_one(self, file: UploadFile, which: str, binding: str, found: _Receiving) -> None:
        data = _bytes_of(file)
        pixels = pixels_to_decode(data)
        try:
            if pixels > found.pixels_left:
                raise TooManyTogether
            found.pixels_left -= pixels
            clean = clean_photo(data)
            if not self._ever.take(binding):
                raise _TooOften
            found.ids.append(self._store.stage(clean))
        except PhotoRefused as refused:
            found.problems.append(f"{which}{refused}")

    def show(self, ids: Iterable[str], binding: str) -> list[Kept]:
        """Return staged photos for the form to show again; one that is no longer there is left out.

        A bucket that does not answer is asked once, not for each photo: the form must come back before people leave.
        """
        found: list[Kept] = []
        away = False
        for attachment_id in ids:
            try:
                thumbnail = "" if away else self._thumbnail(attachment_id)
            except UnknownAttachment:
                continue
            except FilesAway as error:
                note(error)
                thumbnail, away = "", True
            found.append(Kept(self._seal.write([binding, attachment_id]), thumbnail))
        return found

    def _kept_before(self, form: FormData, name: str, binding: str) -> list[str]:
        removed = set(texts_of(form, f"_remove.{name}"))
        tokens = (t for t in texts_of(form, f"_kept.{name}") if t not in removed)
        kept = (self._seal.read(token) for token in dict.fromkeys(tokens))
        return [value[1] for value in kept if value and value[0] == binding]

    def _thumbnail(self, attachment_id: str) -> str:
        """Return a staged photo's thumbnail as a data: URL. Raises UnknownAttachment where a case has taken it."""
        stored = self._store.photo(attachment_id, thumbnail=True)
        if stored.number is not None:
            raise UnknownAttachment("This photo is part of a case already.")
        return f"data:image/jpeg;base64,{base64.b64encode(stored.data).decode()}"


def _bytes_of(file: UploadFile) -> bytes:
    return file.file.read()


def _too_many(count: int, most: int) -> str:
    room = "one photo" if most == 1 else f"{most} photos"
    return f"You added {count} photos and we can take {room}. We kept the first and left out the rest."
