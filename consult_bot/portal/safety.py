"""What every answer of the server carries, and which requests are let in: not too large, not another site's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from consult_bot.media.limits import MAX_PHOTO_BYTES, MAX_PHOTOS

MEGABYTE = 1024 * 1024
MAX_BODY_BYTES = MEGABYTE
MAX_BODY_WITH_PHOTOS_BYTES = MAX_PHOTOS * MAX_PHOTO_BYTES + MEGABYTE
TAKES_PHOTOS = ("/intake/", "/case/")
DISCARDED_AT_MOST_BYTES = 256 * MEGABYTE
SILENCE_SECONDS = 60.0
"""How long the next piece of a body is waited for. What came of it so far takes memory and, with photos, room in /tmp."""

STATIC_PATH = "/static/"
STAYS = frozenset({200, 206, 304})
CALLED_BY_PROGRAMS = ("/slack/", "/fhir/", "/webhooks/")
LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})


def headers(frame_ancestors: str) -> dict[str, str]:
    """Return the headers of a page: nothing is kept, nothing is loaded from elsewhere, no address leaks."""
    return {
        "cache-control": "no-store",
        "content-security-policy": (
            "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
            f"base-uri 'none'; frame-ancestors {frame_ancestors}"
        ),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex",
    }


class SafeHeaders:
    """Adds the headers to every answer; those that an answer brings along stay."""

    def __init__(self, app: ASGIApp, added: Mapping[str, str]) -> None:
        self._app = app
        self._added = _as_sent(added)
        self._added_to_static = _as_sent({**added, "cache-control": "public, max-age=86400"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_static = scope["path"].startswith(STATIC_PATH)

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                # A file that this version does not have, while another one is put in place, must not stay missing.
                there = is_static and message["status"] in STAYS
                added = self._added_to_static if there else self._added
                given = list(message["headers"])
                names = {name.lower() for name, _ in given}
                message["headers"] = given + [each for each in added if each[0] not in names]
            await send(message)

        await self._app(scope, receive, send_safely)


def _as_sent(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


class TooLarge(Exception):
    """The body, or the text in it, grew beyond its limit."""


class _Silent(Exception):
    """Nothing came of the rest of the body for too long."""


class BodyLimit:
    """Refuses requests that are too large, and those that stop in the middle, with a page that says so.

    The rest of a body that is too large is received and dropped first, up to a point: a browser that is cut off while
    it sends reports a broken connection and shows nobody's page.
    """

    def __init__(
        self,
        app: ASGIApp,
        refusal: Callable[[], Response],
        gave_up: Callable[[], Response],
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        """`refusal` is the page for what is too large, `gave_up` for what stopped."""
        self._app = app
        self._refusal = refusal
        self._gave_up = gave_up
        self._silence_seconds = silence_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit_bytes = limit_for(scope["path"])
        received_bytes, whole = 0, False

        async def receive_counted() -> Message:
            nonlocal received_bytes, whole
            message = await (receive() if whole else _next_piece(receive, self._silence_seconds))
            whole = whole or not message.get("more_body", False)
            received_bytes += len(message.get("body", b""))
            if received_bytes > limit_bytes:
                raise TooLarge
            return message

        if _announced_bytes(scope) <= limit_bytes:
            # Whoever reads the form may find too much in it as well.
            try:
                await self._app(scope, receive_counted, send)
            except _Silent:
                return await _last(self._gave_up())(scope, receive, send)
            except TooLarge:
                pass
            else:
                return
        if whole or await _discard(receive, DISCARDED_AT_MOST_BYTES, self._silence_seconds):
            return await self._refusal()(scope, receive, send)
        await _last(self._refusal())(scope, receive, send)


def limit_for(path: str) -> int:
    """Return how many bytes a request to this path may have."""
    return MAX_BODY_WITH_PHOTOS_BYTES if path.startswith(TAKES_PHOTOS) else MAX_BODY_BYTES


def _announced_bytes(scope: Scope) -> int:
    announced = Headers(scope=scope).get("content-length", "")
    return int(announced) if announced.isdecimal() else 0


async def _next_piece(receive: Receive, silence_seconds: float) -> Message:
    try:
        async with asyncio.timeout(silence_seconds):
            return await receive()
    except TimeoutError:
        raise _Silent from None


async def _discard(receive: Receive, at_most_bytes: int, silence_seconds: float) -> bool:
    """Receive the rest of a body and drop it; False where it stopped in the middle, or did not end by then."""
    while at_most_bytes > 0:
        try:
            message = await _next_piece(receive, silence_seconds)
        except _Silent:
            return False
        at_most_bytes -= len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return True
    return False


def _last(answer: Response) -> Response:
    """The last answer on its connection: the server no longer watches what comes of the body after all."""
    answer.headers["connection"] = "close"
    return answer


class OwnForms:
    """Refuses what a page of another site sends in a visitor's name, with a page that says so.

    Our own forms are sent with `Origin: null`, since our pages name no referrer, so that such an origin says
    nothing; there and in old browsers the session's SameSite cookie and the forms' tokens have to do. Source: Fetch
    Standard, "append a request Origin header"; Fetch Metadata Request Headers.
    """

    def __init__(
        self,
        app: ASGIApp,
        public_host: str,
        refusal: Callable[[], Response],
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        """`public_host` is host and port of PUBLIC_URL, which a proxy may not pass on as Host."""
        self._app = app
        self._public_host = public_host
        self._refusal = refusal
        self._silence_seconds = silence_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._from_elsewhere(scope):
            await self._app(scope, receive, send)
        elif await _discard(receive, limit_for(scope["path"]), self._silence_seconds):
            await self._refusal()(scope, receive, send)
        else:
            await _last(self._refusal())(scope, receive, send)

    def _from_elsewhere(self, scope: Scope) -> bool:
        if scope["method"] in LOOKING or scope["path"].startswith(CALLED_BY_PROGRAMS):
            return False
        given = Headers(scope=scope)
        if given.get("sec-fetch-site") == "cross-site":
            return True
        origin = given.get("origin", "null")
        return origin != "null" and _host(origin) not in (
            self._public_host.lower(),
            given.get("host", "").lower(),
        )


def _host(origin: str) -> str:
    """Return host and port of an origin, the empty string for what is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
