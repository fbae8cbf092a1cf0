"""run, web, worker: the app itself."""

from __future__ import annotations

from typing import Annotated

import typer

from consult_bot.app import House, WebServer, build, listen
from consult_bot.cli.ending import finish, wait_for_the_end
from consult_bot.cli.one_core import keep_to_one_core
from consult_bot.cli.settings import UNUSABLE, cannot_start, port_in_use, settings_or_exit
from consult_bot.logs import configure_logs

Host = Annotated[
    str, typer.Option(help="The address to listen on; behind a proxy on the same machine, loopback.")
]
LOOPBACK = "127.0.0.1"


def run(host: Host = LOOPBACK) -> None:
    """Start everything in one process: the web door and the worker, on the embedded database by default."""
    house = _house_or_exit()
    server = _server_or_exit(house, host)
    house.worker.start()
    typer.echo(f"Ready on port {house.settings.port}. Patients start at {house.settings.public_url}/")
    server.start()
    house.slack_door.open()
    keep_to_one_core()
    wait_for_the_end()
    finish(house.slack_door.close, server.stop, house.worker.stop)


def web(host: Host = LOOPBACK) -> None:
    """Start the web door only; a worker elsewhere sends what is due."""
    house = _house_or_exit()
    server = _server_or_exit(house, host)
    typer.echo(f"Ready on port {house.settings.port}.")
    server.start()
    house.slack_door.open()
    keep_to_one_core()
    wait_for_the_end()
    finish(house.slack_door.close, server.stop)


def worker() -> None:
    """Start a worker only: it sends what is due until it is told to end."""
    house = _house_or_exit()
    house.worker.start()
    typer.echo("Working.")
    wait_for_the_end()
    finish(house.worker.stop)


def _house_or_exit() -> House:
    configure_logs()
    try:
        return build(settings_or_exit())
    except UNUSABLE as error:
        raise cannot_start(error) from None


def _server_or_exit(house: House, host: str) -> WebServer:
    try:
        return WebServer(house.web, listen(house.settings.port, host))
    except OSError:
        raise cannot_start(port_in_use(house.settings.port)) from None
