"""The composition root: the only file that knows everyone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import uvicorn
from fastapi import FastAPI
from slack_sdk import WebClient

from consult_bot.config import Settings
from consult_bot.desk import Desk
from consult_bot.forms.catalogue import load
from consult_bot.health import health_router
from consult_bot.intake.web_form import intake_router
from consult_bot.logs import AccessLog
from consult_bot.notices.mail import mail_from_url
from consult_bot.notices.sending import Office
from consult_bot.portal.install import install_pages
from consult_bot.portal.pages import Pages
from consult_bot.portal.router import portal_router
from consult_bot.slack.bind import bind, build_app
from consult_bot.slack.client import slack_client
from consult_bot.slack.http import slack_router
from consult_bot.slack.send import SlackSender
from consult_bot.watch.members import ChannelMembers
from consult_bot.worker import Worker
from storage.store import Store, open_store

SLACK_TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class House:
    """Everything that one process may run: the web door, the worker, and the store that they share."""

    settings: Settings
    store: Store
    desk: Desk
    worker: Worker
    web: FastAPI


def build(settings: Settings, *, frame_ancestors: str = "'none'") -> House:
    """Put the house together: migrated, its roster read from the file, and nothing running yet.

    `frame_ancestors`: who may show the patient's pages in a frame (a source list of the CSP). Raises `KeysUnusable`, `SchemaUnknown` or `CatalogueError`, each with the remedy.
    """
    store = open_store(settings.database_url, settings.keys, settings.attachments)
    nudge = _Nudge()
    desk = Desk(store, settings.practice(), nudge)
    recognise, chores = _roster(settings, store)
    worker = Worker(store, desk, _office(settings, store), chores)
    nudge.wake = worker.nudge
    web = _web(settings, store, desk, recognise, nudge, frame_ancestors)
    return House(settings, store, desk, worker, web)


class _Nudge:
    """Lets the desk wake a worker that is built after it."""

    def __init__(self) -> None:
        self.wake: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        self.wake()


def _roster(settings: Settings, store: Store) -> tuple[Callable[[str], None], tuple[Callable[[], None], ...]]:
    """Who works here: the file's people, or whoever is in the channel. Returns how to look up a stranger, and chores."""
    if settings.roster is not None:
        with store.writing() as work:
            work.people.replace_all(settings.roster)
        return (lambda slack_id: None), ()
    members = ChannelMembers(_client(settings), store, settings.slack_channel, frozenset(settings.leads))
    return members.recognise, (members.sync_when_due,)


def _client(settings: Settings) -> WebClient:
    return slack_client(settings.slack_bot_token.reveal(), settings.slack_api_url, SLACK_TIMEOUT_SECONDS)


def _office(settings: Settings, store: Store) -> Office:
    return Office(
        store=store,
        practice=settings.practice(),
        slack=SlackSender(_client(settings)),
        mail=mail_from_url(settings.mail),
        mail_from=settings.mail_from,
        public_url=settings.public_url,
    )


def _web(
    settings: Settings,
    store: Store,
    desk: Desk,
    recognise: Callable[[str], None],
    nudge: Callable[[], None],
    frame_ancestors: str,
) -> FastAPI:
    web = FastAPI(title="Consults", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    pages = Pages(desk.practice, settings.public_url, frame_ancestors=frame_ancestors)
    install_pages(web, pages)
    web.add_middleware(AccessLog)
    web.include_router(health_router(store))
    web.include_router(intake_router(desk, store, load(settings.forms), pages))
    web.include_router(portal_router(desk, store, pages, nudge))
    bolt = build_app(
        settings.slack_bot_token.reveal(), settings.slack_signing_secret.reveal(), settings.slack_api_url
    )
    bind(bolt, desk, recognise=recognise)
    web.include_router(slack_router(bolt))
    return web


def listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    """Take a port; 0 takes a free one. Raises OSError where it is taken. Callers wait until a WebServer answers."""
    return socket.create_server((host, port), backlog=512)


class WebServer:
    """Serves a house's web door."""

    def __init__(self, web: FastAPI, listening: socket.socket) -> None:
        self._socket = listening
        self._server = uvicorn.Server(
            uvicorn.Config(
                web, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=20
            )
        )
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Serve in a thread of its own. Connections made from now on are answered."""
        serve = partial(self._server.run, sockets=[self._socket])
        self._thread = threading.Thread(target=serve, name="web", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in hand and end."""
        self._server.should_exit = True
        if self._thread:
            self._thread.join(20)
