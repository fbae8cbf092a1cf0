"""One sandbox on one loopback port: builds the web app, serves it in a thread, tells the settings to use."""

import asyncio
import socket
import threading
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection
from uvicorn.protocols.http.h11_impl import H11Protocol

from consult_bot.sandbox import api_routes, control, page_routes, people, socket_routes
from consult_bot.sandbox.clock import Advance
from consult_bot.sandbox.errors import CannotDo
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.own_page import OnlyOwnPage
from consult_bot.sandbox.web_api import afterwards

LOOPBACK = ("127.0.0.1", "localhost")
# A control call holds a thread while the app answers it, and the app's own calls need threads meanwhile.
THREADS = 200
START_SECONDS = 10.0
STOP_SECONDS = 5.0
PING_SECONDS = 5.0


class Sandbox:
    """A local Slack workspace on `port` (0 picks a free one), which calls the app at `app_url`.

    `folder` keeps the workspace; `mail_folder` is where the app writes its letters; `advance` moves the
    app's clock by some seconds whenever the sandbox's is moved. With `enterprise_id` the workspace belongs
    to that organisation, which has installed the app for all its workspaces. The port is taken at once, so
    that `url` and `settings()` hold before the start. Raises ValueError for any address but loopback and
    OSError when the port is taken.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        app_url: str,
        mail_folder: Path,
        advance: Advance,
        host: str = LOOPBACK[0],
        enterprise_id: str | None = None,
    ) -> None:
        if host not in LOOPBACK:
            raise ValueError(f"The sandbox listens on {LOOPBACK[0]} only: it has no log-in. Refused: {host}")
        self._socket = _bound_socket(port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{LOOPBACK[0]}:{self.port}"
        self.slack = LocalSlack.at(self.url, folder, app_url, mail_folder, advance, enterprise_id)
        # Weak, because a connection that has become a socket does not say here that it is gone.
        self._connections: weakref.WeakValueDictionary[tuple[str, int], asyncio.Transport] = (
            weakref.WeakValueDictionary()
        )
        self.app = self._web_app()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def settings(self, socket_mode: bool = False) -> dict[str, str]:
        """Returns the app's settings for this workspace, ready for the environment."""
        secrets = self.slack.workspace.secrets
        return {
            **({"SLACK_APP_TOKEN": secrets["app"]} if socket_mode else {}),
            "SLACK_BOT_TOKEN": secrets["bot"],
            "SLACK_SIGNING_SECRET": secrets["signing_secret"],
            "SLACK_API_URL": f"{self.url}/api/",
            "SLACK_CHANNEL": people.CONSULTS,
            "LEADS": ",".join(people.LEADS),
        }

    def start(self) -> None:
        """Serves in a daemon thread; returns once connections are accepted."""
        config = uvicorn.Config(
            self.app,
            http=self._protocol(),
            ws="websockets-sansio",
            ws_ping_interval=PING_SECONDS,
            lifespan="on",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="sandbox", daemon=True
        )
        self._thread.start()
        if not self._server.accepting.wait(START_SECONDS):
            raise RuntimeError("The sandbox did not start; see the messages above.")
        self.slack.later.begin(afterwards(self.slack))

    def stop(self) -> None:
        """Ends the server and its callbacks. May be called twice, and without a start."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(STOP_SECONDS)
            self._server = self._thread = None
        self._socket.close()
        self.slack.close()

    def _web_app(self) -> FastAPI:
        app = FastAPI(title="Sandbox Slack", docs_url=None, redoc_url=None, lifespan=_with_threads)
        app.add_middleware(OnlyOwnPage)
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(LOOPBACK), www_redirect=False)
        app.include_router(api_routes.routes(self.slack, self._cut))
        app.include_router(control.routes(self.slack))
        app.include_router(socket_routes.routes(self.slack.sockets, self._cut))
        app.include_router(page_routes.routes(self.slack))

        @app.exception_handler(CannotDo)
        def cannot_do(request: Request, problem: CannotDo) -> JSONResponse:
            return JSONResponse({"ok": False, "error": "cannot_do", "message": str(problem)}, 400)

        return app

    def _protocol(self) -> type[H11Protocol]:
        connections = self._connections

        class Remembered(H11Protocol):
            """Lets a fault cut the very connection that a request or a socket came by."""

            def connection_made(self, transport: asyncio.Transport) -> None:
                super().connection_made(transport)
                connections[transport.get_extra_info("peername")] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                connections.pop(self.transport.get_extra_info("peername"), None)
                super().connection_lost(exc)

        return Remembered

    def _cut(self, by: HTTPConnection) -> bool:
        transport = self._connections.get(by.scope.get("client") or ("", 0))
        if transport is None or self._server is None:
            return False
        self._server.loop.call_soon_threadsafe(transport.abort)
        return True


class _Server(uvicorn.Server):
    """Tells when it accepts connections, and on which loop it runs."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        self.accepting.set()


@asynccontextmanager
async def _with_threads(app: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield


def _bound_socket(port: int) -> socket.socket:
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((LOOPBACK[0], port))
    except OSError as problem:
        taken.close()
        raise OSError(
            problem.errno, f"Port {port} is taken: end what listens there, or set another PORT."
        ) from problem
    return taken
