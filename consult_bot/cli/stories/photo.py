"""A photo as a phone takes it, and what such a photo tells about where and with what it was taken."""

from __future__ import annotations

import io
from random import Random

CAMERA = "PlantedCamera"
MAKER_TAG, GPS_TAG = 0x010F, 0x8825
"""EXIF 2.32: the camera's maker, and the block that holds the place."""
SIZE_PIXELS = (1200, 900)
SPOTS = 90


def photo_with_place() -> bytes:
    """Return a JPEG of a rash, with the camera's name and where it was taken. Always the same bytes."""
    from PIL import Image, ImageDraw, ImageFilter, ImageOps

    skin = ImageOps.colorize(Image.linear_gradient("L").resize(SIZE_PIXELS), "#eec8ab", "#c4906f")
    spots = Image.new("L", SIZE_PIXELS)
    chance = Random(1)
    for _ in range(SPOTS):
        x, y, radius = chance.gauss(600, 210), chance.gauss(450, 150), chance.uniform(8, 34)
        ImageDraw.Draw(spots).ellipse((x - radius, y - radius, x + radius, y + radius), fill=150)
    red = Image.new("RGB", SIZE_PIXELS, "#b3332d")
    rash = Image.composite(red, skin, spots.filter(ImageFilter.GaussianBlur(12)))

    exif = Image.Exif()
    exif[MAKER_TAG] = CAMERA
    gps = exif.get_ifd(GPS_TAG)
    gps[1], gps[2], gps[3], gps[4] = "N", (48.0, 21.0, 47.0), "W", (120.0, 7.0, 12.0)
    exif[GPS_TAG] = gps
    photo = io.BytesIO()
    rash.save(photo, "JPEG", exif=exif)
    return photo.getvalue()


def traces_in(data: bytes) -> list[str]:
    """Return what an image still tells of camera and place, empty if nothing. Raises OSError where it is no image."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        exif = image.getexif()
        found = {
            "the camera's name": CAMERA.encode() in data,
            "an Exif block": b"Exif" in data or len(exif) > 0,
            "the place": len(exif.get_ifd(GPS_TAG)) > 0,
        }
    return [trace for trace, there in found.items() if there]
