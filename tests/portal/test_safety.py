"""What every answer carries, and what is too large."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from consult_bot.cli.local import LocalPractice
from consult_bot.portal.install import install_pages
from consult_bot.portal.pages import Pages
from consult_bot.portal.safety import MAX_BODY_BYTES, MAX_BODY_WITH_PHOTOS_BYTES
from tests.builders import PRACTICE, World
from tests.portal.site import FORM, Server, Site

MEGABYTE = 1024 * 1024


def test_it_keeps_every_page_out_of_caches_frames_and_referrers(site: Site) -> None:
    number, code = site.submitted()
    pages = [
        site.get(path) for path in ("/", FORM, "/link", site.link(number), "/nothing", "/p/none", "/case")
    ]
    pages += [site.fill_in(), site.unlock(number, code), site.get("/case"), site.post("/case/reply", {})]
    for page in pages:
        given = page.response.headers
        assert given["cache-control"] == "no-store"
        assert given["referrer-policy"] == "no-referrer"
        assert given["x-content-type-options"] == "nosniff"
        policy = given["content-security-policy"]
        assert "default-src 'none'" in policy and "form-action 'self'" in policy
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy and "script-src" not in policy
        assert "<script" not in page.html and " style=" not in page.html


def test_it_lets_a_frame_show_pages_only_where_it_is_told_to(server: Server) -> None:
    app = FastAPI()
    server.stage.app = app
    install_pages(app, Pages(PRACTICE, "http://127.0.0.1:8000", frame_ancestors="http://127.0.0.1:8001"))
    policy = httpx.get(f"{server.url}/nothing").headers["content-security-policy"]
    assert policy.endswith("frame-ancestors http://127.0.0.1:8001")


def test_it_lets_browsers_keep_the_style(site: Site) -> None:
    answer = site.browser.get("/static/style.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == "public, max-age=86400"
    assert site.browser.get("/static/none.css").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", [FORM, "/case/reply"])
def test_it_answers_a_body_that_is_announced_as_too_large(site: Site, path: str) -> None:
    answer = site.browser.post(path, content=b"x" * (MAX_BODY_WITH_PHOTOS_BYTES + 1))
    assert answer.status_code == 413
    assert "up to 5 photos of up to 15 MB each" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_it_answers_a_body_that_only_turns_out_to_be_too_large(site: Site) -> None:
    def parts() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="photos"; filename="a"\r\n\r\n'
        for _ in range(78):
            yield b"x" * MEGABYTE

    answer = site.browser.post(
        FORM, content=parts(), headers={"content-type": "multipart/form-data; boundary=b"}
    )
    assert answer.status_code == 413


BEGUN = b'--b\r\nContent-Disposition: form-data; name="photos"; filename="a"\r\n\r\n' + b"x" * 500_000
STOPPED = f"Content-Length: {MEGABYTE}"


@pytest.fixture
def impatient(sqlite_world: World, server: Server) -> Iterator[Site]:
    """The patient's pages, which wait for the next piece of a body for no longer than a moment."""
    opened = Site(sqlite_world, server, silence_seconds=0.5)
    yield opened
    opened.browser.close()
    assert opened.errors == []


def answer_to_silence(site: Site, path: str, begun: bytes, *headers: str) -> str:
    """What a phone that begins to send and then says no more is answered, up to the end of its connection."""
    head = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1:8000", "Content-Type: multipart/form-data; boundary=b"]
    with socket.create_connection(("127.0.0.1", httpx.URL(site.url).port)) as phone:
        phone.settimeout(10)
        phone.sendall("\r\n".join([*head, *headers, "", ""]).encode() + begun)
        return b"".join(iter(lambda: phone.recv(65536), b"")).decode()


@pytest.mark.parametrize("path", [FORM, "/link"])
def test_it_lets_go_of_a_body_that_stops_in_the_middle(impatient: Site, path: str) -> None:
    answer = answer_to_silence(impatient, path, BEGUN, STOPPED)
    assert answer.startswith("HTTP/1.1 408") and "connection: close" in answer
    assert "The rest did not reach us" in answer and "nothing was stored" in answer
    assert "cache-control: no-store" in answer
    number, _ = impatient.submitted()
    assert number == 1001, "nothing was made of what had come"


@pytest.mark.parametrize("begun", [b"", BEGUN])
@pytest.mark.parametrize("path", [FORM, "/link"])
def test_it_lets_go_of_what_is_announced_as_too_large_and_stops(
    impatient: Site, path: str, begun: bytes
) -> None:
    answer = answer_to_silence(impatient, path, begun, "Content-Length: 999999999")
    assert answer.startswith("HTTP/1.1 413") and "connection: close" in answer
    assert "That was too much at once" in answer


def test_it_lets_go_of_what_turns_out_to_be_too_large_and_stops(impatient: Site) -> None:
    chunk = b"%x\r\n%b\r\n" % (2 * MEGABYTE, BEGUN.ljust(2 * MEGABYTE, b"x"))
    answer = answer_to_silence(impatient, "/link", chunk, "Transfer-Encoding: chunked")
    assert answer.startswith("HTTP/1.1 413") and "connection: close" in answer


def test_it_lets_go_of_what_another_site_sends_and_stops(impatient: Site) -> None:
    answer = answer_to_silence(impatient, FORM, BEGUN, STOPPED, "Sec-Fetch-Site: cross-site")
    assert answer.startswith("HTTP/1.1 403") and "connection: close" in answer
    assert "came from our own page" in answer


def test_it_keeps_the_connection_of_whoever_sends_all_of_it(site: Site) -> None:
    whole = b"x" * (MAX_BODY_BYTES + 1)
    for path, headers in (("/link", {}), (FORM, {"sec-fetch-site": "cross-site"})):
        answer = site.browser.post(path, content=whole, headers=headers)
        assert answer.status_code in {403, 413} and "connection" not in answer.headers


def test_it_takes_little_where_no_photos_are_sent(site: Site) -> None:
    assert site.browser.post("/link", content=b"x" * (MAX_BODY_BYTES + 1)).status_code == 413


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"--b\r\nbroken", "multipart/form-data; boundary=b"),
        (b"nonsense", "multipart/form-data"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"", ""),
    ],
)
def test_it_shows_a_kind_page_for_what_is_no_form(site: Site, content: bytes, kind: str) -> None:
    for path in (FORM, "/case/reply", "/case/acknowledge", "/link", "/p/none"):
        answer = site.browser.post(path, content=content, headers={"content-type": kind})
        assert 400 <= answer.status_code < 500
        assert "Elm Street Practice" in answer.text and "detail" not in answer.text
    assert site.errors == []


def test_it_shows_a_kind_page_when_it_is_our_fault_and_json_to_programs(server: Server) -> None:
    app = FastAPI()
    server.stage.app = app

    @app.get("/broken")
    @app.get("/fhir/broken")
    def broken() -> None:
        raise RuntimeError("canary")

    install_pages(app, Pages(PRACTICE, "http://127.0.0.1:8000"))
    page = httpx.get(f"{server.url}/broken")
    assert page.status_code == 500 and "Something went wrong on our side" in page.text
    assert page.headers["cache-control"] == "no-store" and "canary" not in page.text
    for path, status in (("/fhir/broken", 500), ("/fhir/none", 404), ("/slack/events", 404)):
        answer = httpx.get(f"{server.url}{path}")
        assert answer.status_code == status and answer.headers["content-type"] == "application/json"


def test_it_asks_to_shorten_a_text_that_no_form_can_hold(site: Site) -> None:
    page = site.fill_in(concern="x" * (5 * MEGABYTE))
    assert page.status == 413 and "shorten it" in page.words


ELSEWHERE = [
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "cross-site", "origin": "null"},
    {"origin": "https://elsewhere.example"},
    {"origin": "http://127.0.0.1:1"},
    {"origin": "http://["},
    {"origin": "http://127.0.0.1:8000.elsewhere.example"},
]


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_it_takes_no_form_that_another_site_sends(site: Site, headers: dict[str, str]) -> None:
    number, code = site.submitted()
    for path in (FORM, "/link", site.link(number), "/case/leave", "/case/reply"):
        answer = site.browser.post(path, data={"access_code": code}, headers=headers)
        assert answer.status_code == 403 and "came from our own page" in answer.text
        assert "set-cookie" not in answer.headers and answer.headers["cache-control"] == "no-store"
    assert site.browser.get(FORM, headers=headers).status_code == 200


def test_it_takes_its_own_forms_however_a_browser_names_them(site: Site) -> None:
    own = [
        {},
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"sec-fetch-site": "same-site", "origin": site.url},
        {"sec-fetch-site": "none"},
        {"origin": "http://127.0.0.1:8000"},
        {"origin": site.url.upper()},
    ]
    for headers in own:
        assert site.browser.post(FORM, data={}, headers=headers).status_code == 422


def test_it_leaves_programs_alone_wherever_they_call_from(server: Server) -> None:
    app = FastAPI()
    server.stage.app = app
    app.add_api_route("/slack/events", lambda: "heard", methods=["POST"])
    install_pages(app, Pages(PRACTICE, "http://127.0.0.1:8000"))
    for headers in ELSEWHERE:
        assert httpx.post(f"{server.url}/slack/events", headers=headers).json() == "heard"


def test_it_leads_nobody_to_the_host_that_a_request_names(tmp_path: Path) -> None:
    practice = LocalPractice(tmp_path, 0, 0)
    practice.start()
    try:
        for path in ("/link/", "/intake/general/", "/case/", "/slack/events/"):
            answer = httpx.get(f"{practice.url}{path}", headers={"host": "elsewhere.example"})
            assert answer.status_code in {404, 405}
            assert "location" not in answer.headers and "elsewhere.example" not in answer.text
    finally:
        practice.stop()
