"""Photos on their way in: what was accepted is kept while the rest of a form is set right."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from starlette.datastructures import FormData, UploadFile

from consult_bot.media.photos import PhotoRefused, clean_photo
from consult_bot.portal.inputs import files_of, texts_of
from consult_bot.portal.signed import Seal
from storage.errors import UnknownAttachment
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Received:
    """The photos of one question: ids of those staged, and what was wrong with the others."""

    ids: tuple[str, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A staged photo as a form shows it: the value of its hidden input, and its thumbnail as a data: URL."""

    token: str
    thumbnail: str


class PhotoTray:
    """Stages photos and remembers them in signed hidden inputs, bound to the form that they came with."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seal = Seal(store.keys.signing("form"), "photo")

    def receive(self, form: FormData, name: str, binding: str, most: int) -> Received:
        """Clean and stage the photos sent under `name`, after those kept from before; at most `most` in all.

        `binding` is the form's nonce. Slow (0.3 s a photo): call it outside transactions.
        """
        ids = self._kept_before(form, name, binding)
        chosen = files_of(form, name)
        count, room, problems = len(ids) + len(chosen), most - len(ids), []
        for place, file in enumerate(chosen[: max(room, 0)], start=1):
            try:
                ids.append(self._store.stage(clean_photo(_bytes_of(file))))
            except PhotoRefused as refused:
                which = f"Photo {place} of {len(chosen)}: " if len(chosen) > 1 else ""
                problems.append(f"{which}{refused}")
        if len(chosen) > room:
            problems.append(_too_many(count, most))
        return Received(tuple(ids), tuple(problems))

    def show(self, ids: Iterable[str], binding: str) -> list[Kept]:
        """Return staged photos for the form to show again; one that is no longer there is left out."""
        return list(chain.from_iterable(self._shown(attachment_id, binding) for attachment_id in ids))

    def _kept_before(self, form: FormData, name: str, binding: str) -> list[str]:
        removed = set(texts_of(form, f"_remove.{name}"))
        tokens = (t for t in texts_of(form, f"_kept.{name}") if t not in removed)
        kept = (self._seal.read(token) for token in dict.fromkeys(tokens))
        return [value[1] for value in kept if value and value[0] == binding]

    def _shown(self, attachment_id: str, binding: str) -> Iterable[Kept]:
        try:
            with self._store.reading() as work:
                stored = work.attachments.read(attachment_id, thumbnail=True)
        except UnknownAttachment:
            return
        if stored.number is None:
            picture = base64.b64encode(stored.data).decode()
            yield Kept(self._seal.write([binding, attachment_id]), f"data:image/jpeg;base64,{picture}")


def _bytes_of(file: UploadFile) -> bytes:
    return file.file.read()


def _too_many(count: int, most: int) -> str:
    room = "one photo" if most == 1 else f"{most} photos"
    return f"You added {count} photos and we can take {room}. We kept the first and left out the rest."
