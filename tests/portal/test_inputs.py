"""How much text a form may bring, all its parts together, however they are sent."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from consult_bot.portal.inputs import MOST_TEXT_BYTES
from tests.portal.site import FORM, FORM_ANSWERS, Page, Site, photo

MEGABYTE = 1024 * 1024
BOUNDARY = b"between-the-parts"
MULTIPART = {"content-type": f"multipart/form-data; boundary={BOUNDARY.decode()}"}
URLENCODED = {"content-type": "application/x-www-form-urlencoded"}
JUST_TOO_MUCH = MOST_TEXT_BYTES // 4 * 5


def part(head: bytes, data: bytes) -> bytes:
    return b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (BOUNDARY, head, data)


def in_pieces(body: bytes, piece: int = 64 * 1024) -> Iterator[bytes]:
    for start in range(0, len(body), piece):
        yield body[start : start + piece]


def sent(site: Site, body: bytes, headers: dict[str, str]) -> Page:
    """Send a body without saying beforehand how long it is."""
    return Page(site.browser.post(FORM, content=in_pieces(body), headers=headers))


MANY_PARTS = b"".join(part(b'name="n%d"' % n, b"x" * MEGABYTE) for n in range(5))
MANY_SMALL = b"".join(part(b'name="n%d"' % n, b"x" * (JUST_TOO_MUCH // 900)) for n in range(900))
LONG_NAMES = b"".join(part(b'name="%s"' % (b"n" * MEGABYTE), b"x") for _ in range(5))
LONG_FILE_NAMES = b"".join(part(b'name="p"; filename="%s"' % (b"n" * MEGABYTE), b"x") for _ in range(5))
MANY_FIELDS = b"&".join(b"n%d=%s" % (n, b"x" * MEGABYTE) for n in range(5))
ONE_FIELD = b"n=" + b"x" * JUST_TOO_MUCH


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (MANY_PARTS, MULTIPART),
        (MANY_SMALL, MULTIPART),
        (MANY_FIELDS, URLENCODED),
        (ONE_FIELD, URLENCODED),
    ],
    ids=["parts", "small parts", "fields", "field"],
)
def test_it_refuses_more_text_than_any_form_has_with_a_page(
    site: Site, body: bytes, headers: dict[str, str]
) -> None:
    page = sent(site, body, headers)
    assert page.status == 413
    assert "That was too much at once" in page.html and "very long text, shorten it" in page.html
    assert site.fill_in().status == 200


def test_it_keeps_no_more_than_that_of_a_body_full_of_text(site: Site) -> None:
    body = b"".join(part(b'name="n%d"' % n, b"x" * 4 * MEGABYTE) for n in range(18))
    tracemalloc.start()
    assert sent(site, body, MULTIPART).status == 413
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes < 5 * MOST_TEXT_BYTES, f"{most_bytes / MEGABYTE:.0f} MB"


def test_it_takes_the_longest_answers_and_photos_beside_them(site: Site) -> None:
    longest = "😀" * 199_000
    page = site.fill_in(concern=longest, photos=[photo(), photo()])
    assert page.status == 200, page.words
    case = site.world.case(int(page.text("case-number")[2:]))
    assert case.submission.value("concern") == longest and len(case.submission.attachments) == 2


def test_it_names_an_answer_that_is_too_long_and_keeps_the_others(site: Site) -> None:
    page = site.fill_in(concern="x" * 1_000_000)
    assert page.status == 422 and page.has("concern-error")
    assert FORM_ANSWERS["given_name"] in page.html


@pytest.mark.parametrize("kind", ["", "text/plain", "application/json"])
def test_it_reads_nothing_as_a_form_that_is_none(site: Site, kind: str) -> None:
    assert sent(site, b"concern=x", {"content-type": kind}).status == 422


@pytest.mark.parametrize("body", [LONG_NAMES, LONG_FILE_NAMES], ids=["names", "file names"])
def test_it_refuses_names_that_no_form_has(site: Site, body: bytes) -> None:
    assert sent(site, body, MULTIPART).status == 400


@pytest.mark.parametrize("kind", ["Multipart/Form-Data; boundary=b", "multipart/form-data"])
def test_it_refuses_parts_that_cannot_be_read(site: Site, kind: str) -> None:
    page = sent(site, b"no parts at all", {"content-type": kind})
    assert page.status == 400 and "We could not read this" in page.html
