"""The patient's pages on a real server, and the moves that their tests make."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from PIL import Image
from starlette.types import ASGIApp, Receive, Scope, Send

from consult_bot.case.access_code import check_character
from consult_bot.forms import catalogue
from consult_bot.intake.web_form import intake_router
from consult_bot.portal.install import install_pages
from consult_bot.portal.pages import Pages
from consult_bot.portal.router import portal_router
from consult_bot.portal.safety import SILENCE_SECONDS
from storage.links import Link
from storage.store import Store
from tests.builders import ANSWERS, World

FORM = "/intake/general"
FORM_ANSWERS = {**ANSWERS, "consent": "true"}


class Stage:
    """Serves whichever app is on now, so that one server does for all tests of a run. Keeps what went wrong."""

    app: ASGIApp

    def __init__(self) -> None:
        self.errors: list[Exception] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            self.errors.append(error)
            raise


class Server(uvicorn.Server):
    """A server in a thread. `url` is where it listens."""

    def __init__(self, stage: Stage) -> None:
        quiet = uvicorn.Config(stage, host="127.0.0.1", port=0, lifespan="off", log_config=None)
        super().__init__(quiet)
        self.stage = stage
        self.listening = threading.Event()

    async def startup(self, sockets: object = None) -> None:
        await super().startup()
        self.listening.set()

    @property
    def url(self) -> str:
        port = self.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A real server for the whole run."""
    started = Server(Stage())
    thread = threading.Thread(target=started.run, daemon=True)
    thread.start()
    assert started.listening.wait(10)
    yield started
    started.should_exit = True
    thread.join(10)


class Page:
    """An answer as a browser would read it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.html = response.text
        self._found = _Elements()
        self._found.feed(self.html)

    def text(self, element_id: str) -> str:
        """The text inside the element with this id."""
        return " ".join(self._found.text_by_id[element_id].split())

    def has(self, element_id: str) -> bool:
        return element_id in self._found.text_by_id

    def hidden(self, form_id: str) -> dict[str, str]:
        """The hidden inputs of a form."""
        return dict(self._found.hidden[form_id])

    @property
    def words(self) -> str:
        """Everything that can be read."""
        return " ".join("".join(self._found.words).split())


class _Elements(HTMLParser):
    VOID = frozenset({"input", "img", "meta", "link", "br", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.text_by_id: dict[str, str] = {}
        self.hidden: dict[str, list[tuple[str, str]]] = {}
        self.words: list[str] = []
        self._open: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        element_id = given.get("id")
        if element_id:
            self.text_by_id[element_id] = ""
        if tag == "form":
            self.hidden[element_id or ""] = []
        if tag == "input" and given.get("type") == "hidden":
            form = next(name for kind, name in reversed(self._open) if kind == "form")
            self.hidden[form or ""].append((given["name"] or "", given["value"] or ""))
        if tag not in self.VOID:
            self._open.append((tag, element_id))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            continue

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        for _, element_id in self._open:
            if element_id:
                self.text_by_id[element_id] += data


class Site:
    """The pages over a world, as one browser sees them (its cookies are kept)."""

    def __init__(
        self,
        world: World,
        server: Server,
        *,
        public_url: str = "http://127.0.0.1:8000",
        offered: catalogue.Catalogue | None = None,
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        self.world = world
        self.store: Store = world.store
        self.url = server.url
        self.browser = httpx.Client(base_url=server.url, timeout=30)
        self.nudged = threading.Event()
        self.errors = server.stage.errors
        self.errors.clear()
        server.stage.app = self._app(public_url, offered or catalogue.load(), silence_seconds)

    def _app(self, public_url: str, offered: catalogue.Catalogue, silence_seconds: float) -> FastAPI:
        desk, pages = self.world.desk, Pages(self.world.desk.practice, public_url)
        app = FastAPI()
        app.include_router(intake_router(desk, self.store, offered, pages))
        app.include_router(portal_router(desk, self.store, pages, offered, self.nudged.set))
        install_pages(app, pages, silence_seconds=silence_seconds)
        return app

    def get(self, path: str) -> Page:
        return Page(self.browser.get(path))

    def post(
        self, path: str, fields: dict[str, object], files: list[tuple[str, bytes]] | None = None
    ) -> Page:
        """Send a form as a browser does; redirects are not followed."""
        parts = [(name, ("a photo.jpg", data, "image/jpeg")) for name, data in files or []]
        return Page(self.browser.post(path, data=fields, files=parts or None))

    def fill_in(
        self, *, photos: list[bytes] | None = None, hidden: dict[str, str] | None = None, **answers: object
    ) -> Page:
        """Get the form, fill it in and send it."""
        known = hidden if hidden is not None else self.get(FORM).hidden("intake")
        fields = {**FORM_ANSWERS, **answers, **known}
        return self.post(FORM, fields, [("photos", photo) for photo in photos or []])

    def submitted(self, **answers: object) -> tuple[int, str]:
        """Send a form; return its case number and access code."""
        page = self.fill_in(**answers)
        assert page.status == 200, page.words
        return int(page.text("case-number").removeprefix("C-")), page.text("access-code")

    def link(self, number: int) -> str:
        """The address in the letters of a case."""
        with self.store.writing() as work:
            live = work.links.live(number) or work.links.make(number, work.now())
        return f"/p/{self.store.keys.token(live.id)}"

    def unlock(self, number: int, code: str, **fields: str) -> Page:
        return self.post(self.link(number), {"access_code": code, **fields})

    def opened(self, number: int, code: str) -> Page:
        """Type the code and look at the case."""
        assert self.unlock(number, code).status == 303
        return self.get("/case")

    def stranger(self) -> None:
        """Go on without any cookie, as another browser."""
        self.browser.cookies.clear()


@pytest.fixture
def site(sqlite_world: World, server: Server) -> Iterator[Site]:
    """The patient's pages over SQLite."""
    opened = Site(sqlite_world, server)
    yield opened
    opened.browser.close()
    for error in opened.errors:
        raise error


def photo(width: int = 320, height: int = 240, colour: tuple[int, int, int] = (200, 90, 80)) -> bytes:
    """A JPEG."""
    data = BytesIO()
    Image.new("RGB", (width, height), colour).save(data, "JPEG")
    return data.getvalue()


def live_link(store: Store, number: int) -> Link:
    """The link of a case, as its next letter would carry it."""
    with store.writing() as work:
        return work.links.live(number) or work.links.make(number, work.now())


def wrong_code(code: str) -> str:
    """Another code that is whole: its check character fits."""
    letters = code.replace("-", "")[:7]
    other = ("1" if letters[0] == "0" else "0") + letters[1:]
    return other + check_character(other)
