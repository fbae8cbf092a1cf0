"""Keeps other web pages open in the same browser from steering the sandbox."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class OnlyOwnPage:
    """Refuses requests that a browser sends on behalf of another origin. Programs send no `Origin`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin is not None and urlsplit(origin).netloc != headers.get("host"):
                refusal = PlainTextResponse("Only the sandbox's own page may do this.", 403)
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)
