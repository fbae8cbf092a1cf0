"""A new link by email: the same answer for every address."""

from __future__ import annotations

import pytest

from storage.outbox import Leased
from tests.builders import ANA
from tests.portal.site import Site, wrong_code


def letters(site: Site) -> list[str]:
    """The letters that would go out now, by name and case."""
    found: list[Leased] = []
    with site.store.writing() as work:
        now, real_now = work.times()
        while claimed := work.outbox.claim(now, real_now):
            work.outbox.finish(claimed[0], None, now)
            found.extend(claimed)
    return [f"{one.payload['letter']} C-{one.number}" for one in found if one.kind.value == "letter"]


def asked(site: Site, email: str) -> str:
    """The answer; what is done afterwards is done when this returns."""
    site.nudged.clear()
    page = site.post("/link", {"email": email})
    assert page.status == 200
    assert site.nudged.wait(10)
    return page.html


def test_it_answers_every_address_alike(site: Site) -> None:
    site.submitted()
    site.world.advance(minutes=11)
    assert asked(site, "parent.zarbex@example.org") == asked(site, "nobody@example.org")


def test_it_sends_the_link_again_and_ends_none(site: Site) -> None:
    number, code = site.submitted()
    link = site.link(number)
    letters(site)
    asked(site, " Parent.Zarbex@Example.org\u200b ")
    assert letters(site) == [f"link C-{number}"]
    assert site.link(number) == link
    assert site.unlock(number, code).status == 303


def test_it_brings_back_a_link_that_wrong_codes_ended(site: Site) -> None:
    number, code = site.submitted()
    ended = site.link(number)
    for _ in range(10):
        site.post(ended, {"access_code": wrong_code(code)})
        site.world.advance(hours=1)
    assert site.get(ended).status == 404
    letters(site)
    asked(site, "parent.zarbex@example.org")
    assert letters(site) == [f"link C-{number}"]
    assert site.unlock(number, code).status == 303


def test_it_sends_no_second_letter_within_ten_minutes(site: Site) -> None:
    number, _ = site.submitted()
    site.world.advance(minutes=11)
    letters(site)
    for _ in range(3):
        asked(site, "parent.zarbex@example.org")
    assert letters(site) == [f"link C-{number}"]
    link = site.link(number)
    asked(site, "parent.zarbex@example.org")
    assert letters(site) == [] and site.link(number) == link
    site.world.advance(minutes=11)
    asked(site, "parent.zarbex@example.org")
    assert letters(site) == [f"link C-{number}"]


def test_it_writes_for_every_open_case_of_the_address_and_leaves_long_closed_ones(site: Site) -> None:
    closed = site.world.submit().number
    site.world.did("claim", ANA, closed)
    site.world.did("close", ANA, closed, reason="unsuitable")
    site.world.advance(days=31)
    numbers = [site.world.submit().number for _ in range(2)]
    site.world.submit(email="other@example.org")
    site.world.advance(minutes=11)
    letters(site)
    asked(site, "parent.zarbex@example.org")
    assert sorted(letters(site)) == [f"link C-{number}" for number in numbers]


@pytest.mark.parametrize(
    "email", ["nonsense", "=?utf-8?q?a=0D=0ABcc=3Aevil=40x.org=0D=0A?=@example.org", "é@example.org"]
)
def test_it_asks_again_for_what_is_no_address(site: Site, email: str) -> None:
    page = site.post("/link", {"email": email})
    assert page.status == 422
    assert page.has("email-error") and f'value="{email}"' in page.html


def test_it_shows_its_page_without_changing_anything(site: Site) -> None:
    number, _ = site.submitted()
    link = site.link(number)
    assert site.get("/link").status == 200
    assert site.link(number) == link
