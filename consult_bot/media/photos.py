"""Photos as patients send them, and as we keep them.

Pillow is imported with the first photo: it takes longer to load than the rest of the web process.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from consult_bot.media.limits import MAX_PHOTO_BYTES


class PhotoRefused(ValueError):
    """A photo cannot be kept. The message is for the patient: what to do, never the file's name."""


class NotAPhoto(PhotoRefused):
    """The bytes are not a whole JPEG, PNG or WebP photo."""

    def __init__(self) -> None:
        super().__init__(
            "We could not open this as a photo. Please send a JPEG, PNG or WebP photo. "
            "If it is one, take it again, or take a screenshot of it and send that."
        )


class TooLarge(PhotoRefused):
    """The file has more bytes than MAX_PHOTO_BYTES."""

    def __init__(self) -> None:
        megabytes = MAX_PHOTO_BYTES // (1024 * 1024)
        super().__init__(
            f"This photo is larger than {megabytes} MB. "
            "Please choose a smaller size in your camera, or take a screenshot of it and send that."
        )


class TooManyPixels(PhotoRefused):
    """The picture has more pixels than one of its kind may have, by what its header says."""

    def __init__(self, most_pixels: int) -> None:
        megapixels = most_pixels // 1_000_000
        super().__init__(
            f"This picture has more than {megapixels} megapixels, which is more than we can open. "
            "Please take a screenshot of it and send that."
        )


class TooManyTogether(PhotoRefused):
    """The photos of one form have more pixels than MAX_PIXELS_TOGETHER."""

    def __init__(self) -> None:
        super().__init__(
            "Together, these photos are too large to open at once. Please add this one again and press Send again."
        )


@dataclass(frozen=True, slots=True)
class CleanPhoto:
    """A photo encoded anew: upright, sRGB, first frame, without any metadata. Sizes are in pixels."""

    data: bytes = field(repr=False)
    media_type: str
    width: int
    height: int
    thumbnail: bytes = field(repr=False)


def clean_photo(data: bytes) -> CleanPhoto:
    """Return the photo as a JPEG of at most 4096 pixels a side, with a JPEG thumbnail of at most 360.

    Raises TooLarge, NotAPhoto or TooManyPixels, all PhotoRefused. Keeps and logs nothing; repeatable.
    Takes about 0.3 s for 12 megapixels, so call it outside the event loop and outside transactions, in a turn
    (see `media.turns`).
    """
    if len(data) > MAX_PHOTO_BYTES:
        raise TooLarge
    from consult_bot.media import pixels

    return pixels.encoded_anew(data)


def pixels_to_decode(data: bytes) -> int:
    """Return how many pixels `clean_photo` would decode, by the header alone; 0 for what it refuses anyway."""
    if len(data) > MAX_PHOTO_BYTES:
        return 0
    from consult_bot.media import pixels

    return pixels.to_decode(data)
