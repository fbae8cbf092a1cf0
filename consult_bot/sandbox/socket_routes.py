"""The door by which the app's WebSockets come in."""

import asyncio

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from consult_bot.sandbox.socket_link import Drop, SocketLink
from consult_bot.sandbox.sockets import Sockets


def routes(sockets: Sockets, drop: Drop) -> APIRouter:
    """Returns the WebSocket `/link/`. Without a good ticket it is refused with 403."""
    router = APIRouter()

    @router.websocket("/link/")
    async def link(websocket: WebSocket, ticket: str = "") -> None:
        if not sockets.use_ticket(ticket):
            await websocket.close()
            return
        await websocket.accept()
        await _talk(sockets, websocket, SocketLink(websocket, drop))

    return router


async def _talk(sockets: Sockets, websocket: WebSocket, link: SocketLink) -> None:
    if not sockets.welcome(link):
        link.close_after(0.0)
    sending = asyncio.create_task(link.send_on())
    try:
        while True:
            sockets.acknowledged(await websocket.receive_text())
    except (WebSocketDisconnect, RuntimeError, KeyError):
        # It is gone, we have closed it meanwhile, or it sent bytes where there is only text.
        return
    finally:
        sockets.gone(link)
        sending.cancel()
