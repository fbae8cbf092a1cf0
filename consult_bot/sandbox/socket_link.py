"""One WebSocket of the app."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect

# Cuts the connection a socket came by, without a word.
Drop = Callable[[WebSocket], object]


class SocketLink:
    """One open WebSocket; it may be used from any thread. What is sent keeps its order.

    `leaving` tells that it is about to be closed.
    """

    def __init__(self, websocket: WebSocket, drop: Drop) -> None:
        self._websocket = websocket
        self._drop = drop
        self._loop = asyncio.get_running_loop()
        self._outgoing: asyncio.Queue[str | None] = asyncio.Queue()
        self.leaving = False

    def send(self, message: dict[str, Any]) -> None:
        self._soon(self._outgoing.put_nowait, json.dumps(message))

    def close_after(self, seconds: float) -> None:
        self.leaving = True
        self._soon(self._loop.call_later, seconds, self._outgoing.put_nowait, None)

    def drop(self) -> None:
        self.leaving = True
        self._drop(self._websocket)

    async def send_on(self) -> None:
        """Sends what is to be sent, and closes the socket at the end."""
        try:
            while (text := await self._outgoing.get()) is not None:
                await self._websocket.send_text(text)
            await self._websocket.close()
        except (WebSocketDisconnect, RuntimeError):
            # The app is gone; whoever reads from the socket finds out as well.
            return

    def _soon(self, act: Callable[..., object], *given: object) -> None:
        self._loop.call_soon_threadsafe(act, *given)
