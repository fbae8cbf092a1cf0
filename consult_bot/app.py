"""The composition root: the only file that knows everyone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from fastapi import FastAPI
from slack_bolt import App
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
from consult_bot.slack.socket_mode import SocketMode
from consult_bot.slack.workspace import OwnWorkspace
from consult_bot.watch.bounces import bounces_of
from consult_bot.watch.leavers import Leavers
from consult_bot.watch.listed import ListedPeople
from consult_bot.watch.members import ChannelMembers
from consult_bot.watch.threads import Channel
from consult_bot.watch.unheard import Unheard
from consult_bot.worker import Worker
from storage.store import Store, open_store

SLACK_TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class House:
    """Everything that one process may run: the doors, the worker, and the store that they share.

    `slack_door` is how Slack comes in beside `web`.
    """

    settings: Settings
    store: Store
    desk: Desk
    worker: Worker
    web: FastAPI
    slack_door: SlackDoor


class SlackDoor:
    """What a process with a web door has to start for Slack: the socket where there is one, and whose Slack it is."""

    def __init__(
        self, workspace: OwnWorkspace, socket_mode: SocketMode | None, chores: tuple[Callable[[], None], ...]
    ) -> None:
        """`chores` are done once at the beginning: who of the roster has left meanwhile."""
        self._workspace = workspace
        self._socket_mode = socket_mode
        self._chores = chores

    def open(self) -> None:
        """Begin, in threads. Returns at once, whether or not Slack is there."""
        self._workspace.look_up()
        for chore in self._chores:
            threading.Thread(target=chore, name="roster", daemon=True).start()
        if self._socket_mode:
            self._socket_mode.start()

    def close(self) -> None:
        """Finish what is in hand and end."""
        if self._socket_mode:
            self._socket_mode.stop()


def build(settings: Settings, *, frame_ancestors: str = "'none'") -> House:
    """Put the house together: migrated, its roster read from the file, and nothing running yet.

    `frame_ancestors`: who may show the patient's pages in a frame (a source list of the CSP). Raises `DatabaseUnusable`,
    `KeysUnusable`, `AwsUnusable`, `SchemaUnknown` or `CatalogueError`, each with the remedy.
    """
    store = open_store(settings.database_url, settings.keys, settings.attachments)
    nudge = _Nudge()
    desk = Desk(store, settings.practice(), nudge)
    recognise, follow, chores = _roster(settings, store)
    leavers = Leavers(store, desk)
    unheard = Unheard(Channel(_client(settings), settings.slack_channel), store, desk, recognise)
    bounces = bounces_of(settings.mail, store, desk)
    watches = (
        leavers.give_back_their_cases,
        unheard.hear_what_was_missed,
        *((bounces.hear_of_letters,) if bounces else ()),
    )
    worker = Worker(store, desk, _office(settings, store), (*chores, *watches))
    nudge.wake = worker.nudge
    workspace = OwnWorkspace(_client(settings))
    bolt = _bolt(settings, workspace)
    bind(bolt, desk, recognise=recognise, follow=follow)
    socket_mode = _socket_mode(settings, bolt)
    web = _web(settings, store, desk, bolt, nudge, frame_ancestors, socket_mode)
    return House(settings, store, desk, worker, web, SlackDoor(workspace, socket_mode, chores))


class _Nudge:
    """Lets the desk wake a worker that is built after it."""

    def __init__(self) -> None:
        self.wake: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        self.wake()


Follow = Callable[[Mapping[str, Any]], None]


def _roster(
    settings: Settings, store: Store
) -> tuple[Callable[[str], None], Follow, tuple[Callable[[], None], ...]]:
    """Who works here: the file's people, or whoever is in the channel.

    Returns how to look up a stranger, who follows events about people, and chores.
    """
    if settings.roster is not None:
        with store.writing() as work:
            work.people.replace_all(settings.roster)
        listed = ListedPeople(_client(settings), store, settings.roster)
        return (lambda slack_id: None), listed.follow, (listed.sync_when_due,)
    members = ChannelMembers(_client(settings), store, settings.slack_channel, frozenset(settings.leads))
    return members.recognise, members.follow, (members.sync_when_due,)


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
        oncall=settings.oncall.reveal() if settings.oncall else None,
        administrator=settings.administrator(),
    )


def _bolt(settings: Settings, workspace: OwnWorkspace) -> App:
    secret = settings.slack_signing_secret
    return build_app(
        settings.slack_bot_token.reveal(),
        secret.reveal() if secret else None,
        settings.slack_api_url,
        workspace,
    )


def _socket_mode(settings: Settings, bolt: App) -> SocketMode | None:
    token = settings.slack_app_token
    return SocketMode(bolt, token.reveal(), settings.slack_api_url) if token else None


def _web(
    settings: Settings,
    store: Store,
    desk: Desk,
    bolt: App,
    nudge: Callable[[], None],
    frame_ancestors: str,
    socket_mode: SocketMode | None,
) -> FastAPI:
    web = FastAPI(title="Consults", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    pages = Pages(desk.practice, settings.public_url, frame_ancestors=frame_ancestors)
    install_pages(web, pages)
    web.add_middleware(AccessLog)
    offered = load(settings.forms)
    # Routes are tried in this order, and Slack waits for no longer than three seconds.
    for door in (
        *((slack_router(bolt),) if settings.slack_signing_secret else ()),
        intake_router(desk, store, offered, pages),
        portal_router(desk, store, pages, offered, nudge),
        health_router(store, socket_mode.connected if socket_mode else None),
    ):
        # `include_router` keeps each a router of its own, in which every request is looked for twice: 20 µs.
        web.router.routes.extend(door.routes)
    return web


def listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    """Take a port; 0 takes a free one. Raises OSError where it is taken. Callers wait until a WebServer answers."""
    listening = socket.create_server((host, port), backlog=512)
    # asyncio sets it only on sockets that it made itself. Without it an answer on a connection that is kept alive
    # waits 40 ms: its head and its body are two packets, and the second waits for the first one's receipt.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class WebServer:
    """Serves a house's web door."""

    def __init__(self, web: FastAPI, listening: socket.socket) -> None:
        self._socket = listening
        self._server = uvicorn.Server(
            uvicorn.Config(
                web,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=20,
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
