"""The way in: a link shows a page, the code opens a session."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.builders import World
from tests.portal.site import Server, Site, wrong_code


def rows(folder: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "consult.db") as database:
        return database.execute("SELECT * FROM links").fetchall()


def test_it_changes_nothing_when_a_mail_scanner_follows_the_link(site: Site, tmp_path: Path) -> None:
    number, _ = site.submitted()
    path, before = site.link(number), rows(tmp_path)
    for method in ("GET", "HEAD", "GET"):
        answer = site.browser.request(method, path)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert rows(tmp_path) == before
    assert site.world.case(number).messages == ()


def test_it_says_nothing_about_the_case_before_the_code(site: Site) -> None:
    number, code = site.submitted(concern="zebra stripes")
    page = site.get(site.link(number))
    for secret in (f"C-{number}", code, "zebra", "Quillon", "example.org"):
        assert secret not in page.html


def test_it_opens_a_session_with_the_code_and_leads_to_the_case(site: Site) -> None:
    number, code = site.submitted()
    answer = site.unlock(number, code.lower().replace("-", " "))
    assert answer.status == 303
    assert answer.response.headers["location"] == "/case"
    cookie = answer.response.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    assert "device" not in cookie and code not in cookie
    assert site.get("/case").text("case-number") == f"C-{number}"


def test_it_sends_its_cookies_over_https_only_where_the_pages_are(
    sqlite_world: World, server: Server
) -> None:
    site = Site(sqlite_world, server, public_url="https://care.example.org")
    number, code = site.submitted()
    cookies = site.unlock(number, code, only_me="yes").response.headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in cookies)


@pytest.mark.parametrize("typed", ["", "   ", "hello", "ABCD-EFG0", "😀" * 500, "A\x00B"])
def test_it_asks_again_for_what_cannot_be_a_code(site: Site, typed: str) -> None:
    number, code = site.submitted()
    for _ in range(12):
        page = site.unlock(number, typed)
        assert page.status == 422
    assert "does not count" in page.text("access_code-error")
    assert site.unlock(number, code).status == 303


def test_it_tells_a_slip_from_a_code_that_is_not_whole(site: Site) -> None:
    number, code = site.submitted()
    slip = code[:-1] + ("0" if code[-1] != "0" else "1")
    for typed in (slip, slip.lower(), code[:-1] + "U"):
        page = site.unlock(number, typed)
        assert page.status == 422
        assert "One of the characters is not right." in page.text("access_code-error")
        assert "does not count" in page.text("access_code-error")
    assert "not a whole code" in site.unlock(number, code[:-1]).text("access_code-error")


def test_it_shows_the_way_to_the_case_that_this_browser_has_open(site: Site, tmp_path: Path) -> None:
    number, code = site.submitted()
    assert not site.get(site.link(number)).has("go-on")
    site.opened(number, code)
    before = rows(tmp_path)
    again = site.get(site.link(number))
    assert again.has("go-on") and 'href="/case"' in again.html and again.has("access_code")
    assert rows(tmp_path) == before and "set-cookie" not in again.response.headers
    other, _ = site.submitted()
    assert not site.get(site.link(other)).has("go-on")
    site.world.advance(minutes=31)
    assert not site.get(site.link(number)).has("go-on")


def test_it_says_until_when_the_link_rests(site: Site) -> None:
    number, code = site.submitted()
    pages = [site.unlock(number, wrong_code(code)) for _ in range(4)]
    assert [page.status for page in pages] == [403, 403, 403, 429]
    assert "try again at" not in pages[1].words
    assert "try again at" in pages[2].words and "Eastern time" in pages[2].words
    right = site.unlock(number, code)
    assert right.status == 429 and "set-cookie" not in right.response.headers


def test_it_shows_the_way_back_from_an_ended_link_as_from_an_unknown_one(site: Site) -> None:
    number, code = site.submitted()
    path = site.link(number)
    for _ in range(10):
        ended = site.post(path, {"access_code": wrong_code(code)})
        site.world.advance(hours=1)
    unknown = site.get("/p/" + "A" * 43)
    assert ended.status == unknown.status == site.get(path).status == 404
    assert ended.html == unknown.html == site.get(path).html == site.post(path, {"access_code": code}).html
    assert 'href="/link"' in ended.html


def test_it_needs_no_code_on_a_device_that_only_the_patient_uses(site: Site) -> None:
    number, code = site.submitted()
    site.unlock(number, code, only_me="yes")
    site.world.advance(days=29)
    page = site.get(site.link(number))
    assert page.has("open") and not page.has("access_code")
    assert site.post(site.link(number), {}).status == 303
    assert site.get("/case").status == 200
    site.world.advance(days=2)
    assert site.get(site.link(number)).has("access_code")
    assert site.post(site.link(number), {}).status == 422


def test_it_asks_a_remembered_device_for_no_code_where_the_page_is_locked(site: Site) -> None:
    number, code = site.submitted()
    site.unlock(number, code, only_me="yes")
    site.world.advance(minutes=31)
    locked = site.get("/case/ended")
    assert "It asks for your access code, unless this device is remembered as yours." in locked.words
    kept = site.post("/case/reply", {"case": str(number), "reply": "It itches."})
    assert kept.status == 409 and "unless this device is remembered as yours" in kept.words
    for page in (locked, kept):
        assert "type your access code" not in page.words and "type its access code" not in page.words
    assert "This device is remembered as yours, so you need no code." in site.get(site.link(number)).words


def test_it_remembers_a_device_for_one_case_only(site: Site) -> None:
    first, code = site.submitted()
    site.unlock(first, code, only_me="yes")
    second, _ = site.submitted()
    assert site.get(site.link(second)).has("access_code")
    site.browser.cookies.set(f"device-{second}", site.browser.cookies[f"device-{first}"])
    assert site.post(site.link(second), {}).status == 422


def test_it_takes_no_cookie_that_somebody_made_up(site: Site) -> None:
    number, _ = site.submitted()
    site.browser.cookies.set(f"device-{number}", "WzEwMDEsOTk5OTk5OTk5OV0.aaaaaa.bbbbbbbb")
    site.browser.cookies.set("session", "WzEwMDEsOTk5OTk5OTk5OSwiYSJd.aaaaaa.bbbbbbbb", path="/case")
    assert site.get(site.link(number)).has("access_code")
    assert site.get("/case").status == 303


def test_it_leads_to_the_case_on_every_database(world: World, server: Server) -> None:
    site = Site(world, server)
    number, code = site.submitted()
    assert site.get(site.link(number)).has("access_code")
    page = site.opened(number, code)
    assert page.text("case-number") == f"C-{number}"
    assert site.post("/case/reply", {**page.hidden("reply-form"), "reply": "It itches."}).status == 303
    assert "It itches." in site.get("/case").html
