"""Decoding a photo nobody vouches for, and encoding its pixels anew."""

from __future__ import annotations

from io import BytesIO

import filetype
from PIL import Image, ImageCms

from consult_bot.media.limits import (
    JPEG_QUALITY,
    LONG_SIDE_PIXELS,
    MAX_PHOTO_PIXELS,
    MAX_WHOLE_PIXELS,
    THUMBNAIL_PIXELS,
)
from consult_bot.media.photos import CleanPhoto, NotAPhoto, PhotoRefused, TooManyPixels

JPEG_TYPE = "image/jpeg"
_FORMATS = {JPEG_TYPE: "JPEG", "image/png": "PNG", "image/apng": "PNG", "image/webp": "WEBP"}

# A progressive JPEG from a camera has about ten scans. Each costs a pass over the whole picture, so a
# small file with thousands of them would keep a processor busy for minutes.
_MOST_SCANS = 100
_SCAN_MARKER = b"\xff\xda"

# A JPEG can be decoded at a half, a quarter or an eighth of its size, which saves most of the time. A long
# side of three quarters of ours still shows what there is to see.
_ENOUGH_PIXELS = LONG_SIDE_PIXELS * 3 // 4

# EXIF 2.32, tag 0x0112: how the picture must be turned to stand upright.
_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def encoded_anew(data: bytes) -> CleanPhoto:
    """Return the clean photo of these bytes. Raises NotAPhoto or TooManyPixels."""
    try:
        photo = _decoded(data)
    except PhotoRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels(MAX_PHOTO_PIXELS) from None
    except Exception:
        # The border to decoders of hostile bytes, which raise whatever they stumble over. The cause is
        # dropped, since it may quote the file.
        raise NotAPhoto from None
    thumbnail = photo.copy()
    thumbnail.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
    return CleanPhoto(_jpeg(photo), JPEG_TYPE, photo.width, photo.height, _jpeg(thumbnail))


def to_decode(data: bytes) -> int:
    """Return how many pixels decoding these bytes takes, 0 for what cannot be decoded."""
    try:
        with _opened(data) as photo:
            return photo.width * photo.height
    except Exception:
        # The same border: whoever decodes them says what is wrong with them.
        return 0


def _opened(data: bytes) -> Image.Image:
    """Return the photo with only its header read, to be decoded as small as will do."""
    kind = filetype.guess_mime(data)
    if kind not in _FORMATS or (kind == JPEG_TYPE and data.count(_SCAN_MARKER) > _MOST_SCANS):
        raise NotAPhoto
    photo = Image.open(BytesIO(data), formats=(_FORMATS[kind],))
    most_pixels = MAX_PHOTO_PIXELS if kind == JPEG_TYPE else MAX_WHOLE_PIXELS
    if photo.width * photo.height > most_pixels:
        raise TooManyPixels(most_pixels)
    scale = _ENOUGH_PIXELS / max(photo.size)
    if scale < 1:
        photo.draft(None, (round(photo.width * scale), round(photo.height * scale)))
    return photo


def _decoded(data: bytes) -> Image.Image:
    with _opened(data) as photo:
        photo.load()
        turn, profile = _UPRIGHT.get(_orientation(photo)), photo.info.get("icc_profile")
        # In place where it can be: each copy of 24 megapixels would take another 72 MB.
        resizable = _eight_bits(photo)
        resizable.thumbnail((LONG_SIDE_PIXELS, LONG_SIDE_PIXELS))
        plain = _on_white(_in_srgb(resizable, profile))
    return plain.transpose(turn) if turn is not None else plain


def _orientation(photo: Image.Image) -> int:
    try:
        return int(photo.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:
        # Broken EXIF is the camera's or the messenger's doing; the picture itself is whole.
        return 1


def _eight_bits(photo: Image.Image) -> Image.Image:
    """Return what can be resized: sixteen bits of grey become eight, a palette becomes its colours."""
    if photo.mode.startswith("I"):
        return photo.convert("I").point(lambda grey: grey * (1 / 257)).convert("L")
    if photo.mode in ("P", "PA", "1"):
        return photo.convert("RGBA")
    return photo


def _in_srgb(photo: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the photo in sRGB, since a rash must keep its colour when the profile is dropped."""
    if not profile or photo.mode not in ("RGB", "CMYK"):
        return photo
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(photo, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return photo
    return converted or photo


def _on_white(photo: Image.Image) -> Image.Image:
    """Return the pixels alone on a new white picture, which carries no metadata to leak."""
    plain = Image.new("RGB", photo.size, "white")
    if photo.has_transparency_data:
        layer = photo.convert("RGBA")
        plain.paste(layer, mask=layer.getchannel("A"))
    else:
        plain.paste(photo.convert("RGB"))
    return plain


def _jpeg(photo: Image.Image) -> bytes:
    encoded = BytesIO()
    # Without `optimize`: that encodes the whole picture in one step, in which no other thread can run.
    photo.save(encoded, "JPEG", quality=JPEG_QUALITY)
    return encoded.getvalue()
