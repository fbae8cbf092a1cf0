"""A photo is encoded anew: what it shows stays, everything else it carried is gone."""

import struct
import subprocess
import sys
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps
from PIL.PngImagePlugin import PngInfo

from consult_bot.media.limits import MAX_PHOTO_BYTES
from consult_bot.media.photos import (
    CleanPhoto,
    NotAPhoto,
    PhotoRefused,
    TooLarge,
    TooManyPixels,
    clean_photo,
    pixels_to_decode,
)

CAMERA = "Canary Camera 3000"
NEEDLE = b"canary-comment"
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>canary-xmp</x:xmpmeta>"
RED, GREEN = (200, 30, 30), (20, 180, 60)
CANARIES = (CAMERA.encode(), NEEDLE, XMP[-30:], b"GPS", b"Exif", b"xmpmeta", b"ICC_PROFILE", b"2024:05:01")


def exif(orientation: int = 1) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0110] = CAMERA
    tags[0x0112] = orientation
    tags[0x0132] = "2024:05:01 10:11:12"
    tags.get_ifd(0x8825).update({1: "N", 2: (47.0, 36.0, 22.0), 3: "W", 4: (122.0, 19.0, 55.0)})
    return tags


def picture(width: int = 400, height: int = 200) -> Image.Image:
    """Red, with a green top left quarter that tells which way is up."""
    drawn = Image.new("RGB", (width, height), RED)
    drawn.paste(GREEN, (0, 0, width // 2, height // 2))
    return drawn


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def phone_photo(kind: str = "JPEG", orientation: int = 1) -> bytes:
    options: dict[str, object] = {"exif": exif(orientation)}
    if kind == "JPEG":
        options |= {"comment": NEEDLE, "xmp": XMP, "quality": 95}
        options["icc_profile"] = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    if kind == "PNG":
        info = PngInfo()
        info.add_text("Comment", NEEDLE.decode())
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options["pnginfo"] = info
    if kind == "WEBP":
        options |= {"xmp": XMP, "quality": 95}
    return encoded(picture(), kind, **options)


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def close_to(pixel: tuple[int, ...], colour: tuple[int, ...]) -> bool:
    return all(abs(ours - theirs) < 14 for ours, theirs in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_keeps_the_picture_and_drops_everything_else(kind: str):
    data = phone_photo(kind)
    assert CAMERA.encode() in data
    assert opened(data).getexif().get_ifd(0x8825)
    clean = clean_photo(data)
    assert clean.media_type == "image/jpeg"
    for kept in (clean.data, clean.thumbnail):
        assert not [canary for canary in CANARIES if canary in kept]
        image = opened(kept)
        assert image.format == "JPEG"
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert close_to(image.getpixel((5, 5)), GREEN)
        assert close_to(image.getpixel((image.width - 5, 5)), RED)
    assert (clean.width, clean.height) == opened(clean.data).size == (400, 200)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_turns_the_picture_upright(orientation: int):
    data = encoded(picture(), exif=exif(orientation), quality=95)
    with Image.open(BytesIO(data)) as image:
        upright = ImageOps.exif_transpose(image)
    clean = clean_photo(data)
    assert (clean.width, clean.height) == upright.size
    ours = opened(clean.data)
    for corner in [
        (5, 5),
        (5, upright.height - 5),
        (upright.width - 5, 5),
        (upright.width - 5, upright.height - 5),
    ]:
        assert close_to(ours.getpixel(corner), upright.getpixel(corner))


def test_it_makes_a_large_photo_smaller_and_a_thumbnail_smaller_still():
    clean = clean_photo(encoded(Image.new("RGB", (6000, 3000), RED)))
    assert (clean.width, clean.height) == (4096, 2048)
    assert opened(clean.thumbnail).size == (360, 180)


def test_it_leaves_a_small_photo_at_its_size():
    clean = clean_photo(encoded(picture(40, 30)))
    assert (clean.width, clean.height) == opened(clean.thumbnail).size == (40, 30)


def test_it_drops_what_is_hung_behind_a_photo():
    tail = b"<html><script>alert('canary')</script></html>"
    clean = clean_photo(phone_photo() + tail)
    assert b"canary" not in clean.data + clean.thumbnail
    assert b"<html" not in clean.data


def test_it_takes_the_first_picture_of_an_animation():
    frames = [Image.new("RGB", (50, 50), GREEN), Image.new("RGB", (50, 50), RED)]
    for kind in ("WEBP", "PNG"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        assert opened(data).n_frames == 2
        assert close_to(opened(clean_photo(data).data).getpixel((20, 20)), GREEN)


@pytest.mark.parametrize(
    "image",
    [
        picture().convert("L"),
        picture().convert("1"),
        picture().convert("P"),
        picture().convert("RGBA"),
        picture().convert("LA"),
        Image.new("I;16", (60, 60), 40_000),
    ],
    ids=lambda image: image.mode,
)
def test_it_takes_every_kind_of_png(image: Image.Image):
    clean = clean_photo(encoded(image, "PNG"))
    assert opened(clean.data).mode == "RGB"
    assert (clean.width, clean.height) == image.size


def test_it_keeps_the_grey_of_sixteen_bits():
    clean = clean_photo(encoded(Image.new("I;16", (60, 60), 128 * 257), "PNG"))
    assert close_to(opened(clean.data).getpixel((30, 30)), (128, 128, 128))


def test_it_puts_a_transparent_picture_on_white():
    clear = Image.new("RGBA", (60, 60), (0, 0, 0, 0))
    palette = Image.new("P", (60, 60), 0)
    for data in (encoded(clear, "PNG"), encoded(clear, "WEBP"), encoded(palette, "PNG", transparency=0)):
        assert close_to(opened(clean_photo(data).data).getpixel((30, 30)), (255, 255, 255))


def test_it_takes_a_cmyk_jpeg():
    assert close_to(opened(clean_photo(encoded(picture().convert("CMYK"))).data).getpixel((5, 5)), GREEN)


def test_it_takes_the_colours_of_another_profile_into_srgb():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    for profile in (lab, b"no profile at all"):
        clean = clean_photo(encoded(picture(), icc_profile=profile))
        assert b"ICC_PROFILE" not in clean.data


def test_it_takes_a_photo_with_broken_exif():
    assert clean_photo(encoded(picture(), exif=b"Exif\x00\x00MM\x00*\x00\x00\xff\xff")).width == 400


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><html><body>photo.jpg</body></html>",
        b"%PDF-1.7\n",
        encoded(Image.new("P", (20, 20)), "GIF"),
        encoded(picture(), "BMP"),
        encoded(picture(), "TIFF"),
        b"<html>" + phone_photo(),
        phone_photo()[: len(phone_photo()) // 2],
        phone_photo("PNG")[:-200],
        phone_photo("WEBP")[:-100],
    ],
    ids=[
        *("nothing", "text", "jpeg-magic", "png-magic", "svg", "html", "pdf", "gif", "bmp", "tiff"),
        *("html-first", "cut-jpeg", "cut-png", "cut-webp"),
    ],
)
def test_it_refuses_what_is_no_whole_photo(data: bytes):
    with pytest.raises(NotAPhoto, match="Please send a JPEG, PNG or WebP photo") as refused:
        clean_photo(data)
    assert refused.value.__cause__ is None


def png_claiming(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\x00"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_000, 9_500), (7_000, 7_000), (4_900, 4_900)])
def test_it_refuses_a_pixel_bomb_by_its_header(size: tuple[int, int]):
    bomb = png_claiming(*size)
    with pytest.raises(TooManyPixels, match=r"more than \d\d megapixels"):
        clean_photo(bomb)
    assert pixels_to_decode(bomb) == 0


def test_it_takes_a_large_jpeg_and_decodes_it_at_half_its_size():
    data = encoded(Image.new("RGB", (8000, 6000), RED))
    assert pixels_to_decode(data) == 4000 * 3000
    clean = clean_photo(data)
    assert (clean.width, clean.height) == (4000, 3000)
    with pytest.raises(TooManyPixels, match="more than 50 megapixels"):
        clean_photo(encoded(Image.new("L", (8200, 6200))))


def test_it_counts_what_is_to_be_decoded_and_nothing_for_what_is_no_photo():
    assert pixels_to_decode(phone_photo("PNG")) == 400 * 200
    assert pixels_to_decode(b"no photo") == pixels_to_decode(b"\xff" * (MAX_PHOTO_BYTES + 1)) == 0


def test_it_refuses_a_file_that_is_too_large_before_looking_at_it():
    with pytest.raises(TooLarge, match="larger than 15 MB"):
        clean_photo(b"\xff" * (MAX_PHOTO_BYTES + 1))


def test_it_refuses_a_jpeg_that_asks_for_a_thousand_passes():
    data = encoded(picture(), progressive=True)
    scans = data.rindex(b"\xff\xda")
    with pytest.raises(NotAPhoto):
        clean_photo(data[:-2] + data[scans:-2] * 1_000 + data[-2:])


def test_it_takes_a_progressive_jpeg():
    assert clean_photo(encoded(picture(), progressive=True)).width == 400


def test_it_prints_no_picture():
    assert repr(clean_photo(phone_photo())) == "CleanPhoto(media_type='image/jpeg', width=400, height=200)"


PHOTOS = {kind: phone_photo(kind) for kind in ("JPEG", "PNG", "WEBP")}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PHOTOS)), st.integers(0, 2_000), st.binary(min_size=1, max_size=8))
def test_it_meets_damage_with_a_clean_photo_or_a_refusal(kind: str, at: int, damage: bytes):
    data = PHOTOS[kind]
    at %= len(data)
    try:
        clean = clean_photo(data[:at] + damage + data[at + len(damage) :])
    except PhotoRefused as refused:
        assert str(refused).endswith(".")
    else:
        assert isinstance(clean, CleanPhoto)
        assert CAMERA.encode() not in clean.data


def test_it_leaves_pillow_alone_until_the_first_photo():
    told = "import sys, consult_bot.media.photos; print('PIL' in sys.modules or 'filetype' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
