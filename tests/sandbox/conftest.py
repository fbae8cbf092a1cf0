"""Real parts for every test: a sandbox on a free port, slack_sdk, a Bolt app, and hands for the people."""

import contextlib
import logging
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from slack_bolt import App, BoltRequest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from consult_bot.sandbox.server import Sandbox
from tests.sandbox.browsing import QUIET

CHANNEL = "C0CONSULT"
PATIENCE_MILLISECONDS = 60_000


class BoltServer:
    """A tiny real app on a real HTTP server. It listens on a free loopback port; `connect` gives it the app once the tokens are known."""

    def __init__(self) -> None:
        owner = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                headers = {name: [value] for name, value in self.headers.items()}
                answer = owner.app.dispatch(BoltRequest(body=body, headers=headers))
                self.send_response(answer.status)
                for name, values in answer.headers.items():
                    for value in values:
                        self.send_header(name, value)
                # The sandbox may have given up on a slow answer.
                with contextlib.suppress(BrokenPipeError):
                    self.end_headers()
                    self.wfile.write(answer.body.encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def connect(self, settings: dict[str, str]) -> App:
        client = WebClient(
            token=settings["SLACK_BOT_TOKEN"], base_url=settings["SLACK_API_URL"], retry_handlers=[]
        )
        self.app = App(
            client=client,
            signing_secret=settings["SLACK_SIGNING_SECRET"],
            process_before_response=True,
            token_verification_enabled=False,
            logger=_quiet_logger(),
        )
        return self.app

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


def _quiet_logger() -> logging.Logger:
    logger = logging.getLogger("sandbox-tests-bolt")
    logger.setLevel(logging.CRITICAL)
    return logger


@dataclass
class Stage:
    """One sandbox with its app. `do` plays a person, `look` reads what is there."""

    sandbox: Sandbox
    bolt: BoltServer
    app: App
    advanced_seconds: list[float]
    http: httpx.Client

    @property
    def client(self) -> WebClient:
        settings = self.sandbox.settings()
        return WebClient(
            token=settings["SLACK_BOT_TOKEN"], base_url=settings["SLACK_API_URL"], retry_handlers=[]
        )

    def do(self, act: str, expect: int = 200, **order: Any) -> dict[str, Any]:
        answer = self.http.post(f"{self.sandbox.url}/_control/{act}", json=order)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def look(self, at: str) -> Any:
        answer = self.http.get(f"{self.sandbox.url}/_control/{at}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def grant(self, *scopes: str) -> None:
        """Installs the app with these scopes besides its own."""
        self.do("app", scopes=[*self.look("state")["scopes"], *scopes])

    def post(self, text: str = "hello", **content: Any) -> str:
        """Posts a message a second after whatever came before, as Slack's pace wants it."""
        self.sandbox.slack.workspace.clock.advance(1)
        return self.client.chat_postMessage(channel=CHANNEL, text=text, **content)["ts"]


@pytest.fixture
def stage(tmp_path: Path, unhurried: None) -> Iterator[Stage]:
    bolt = BoltServer()
    advanced: list[float] = []
    mail = tmp_path / "mail"
    mail.mkdir()
    sandbox = Sandbox(tmp_path / "sandbox", 0, bolt.url, mail, advanced.append)
    sandbox.start()
    app = bolt.connect(sandbox.settings())
    app.event("message")(lambda: None)
    # One client without TLS: making the default one takes longer than most tests.
    http = httpx.Client(verify=False, trust_env=False, timeout=60)
    try:
        yield Stage(sandbox, bolt, app, advanced, http)
    finally:
        http.close()
        sandbox.stop()
        bolt.stop()


@pytest.fixture
def refused() -> Any:
    """Returns a function that makes a Web API call and returns the body of Slack's refusal."""

    def call(method: Any, **arguments: Any) -> dict[str, Any]:
        with pytest.raises(SlackApiError) as caught:
            method(**arguments)
        return caught.value.response.data

    return call


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(stage, browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    stage.problems = []
    page.on("pageerror", lambda error: stage.problems.append(str(error)))
    page.goto(stage.sandbox.url)
    yield page
    page.close()
    assert stage.problems == []
