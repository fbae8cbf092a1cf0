"""Logs: JSON lines on stderr that can carry no health information, whoever writes them.

Three nets, because a log is the place where data leaks unnoticed: only the keys of ALLOWED and SENTENCES pass; a value
passes only as a number or as one token such as an id or a route; of exceptions, and of what libraries say, only the
kind and the place pass, never the message, which quotes its input.

Ours are the lines of the loggers below `consult_bot`: `log = logging.getLogger(__name__)`, then
`log.info("delivery", extra={"delivery": 7, "kind": "card"})`. Arguments for `%` are never filled in: a line that has
some does not show its event. Importing this costs nothing but the standard library, because the app starts with it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

SENTENCES = ("event", "error", "remedy")
"""Texts that stand in the code, for an administrator: what happened, its name, and what to do."""

ALLOWED = frozenset(
    {
        *("timestamp", "level", "logger", "frames"),
        *("case", "verb", "query", "outcome", "actor_kind", "surface"),
        *("delivery", "kind", "lane", "attempts", "retry_after_seconds", "letter", "smtp_code"),
        *("method", "route", "status", "duration_ms", "size_bytes", "count", "statements"),
        *("port", "pid", "version", "database", "line"),
    }
)
"""`case` is the number, `delivery` and `kind` are ours, `route` is a template such as `/p/{token}`.

No attribute that every LogRecord has (`name`, `args`, `process` ...) may be among them: `extra` refuses those.
"""

SAFE_LIBRARY_EVENTS = frozenset(
    {
        "Application startup complete.",
        "Application startup failed. Exiting.",
        "Application shutdown complete.",
        "Shutting down",
        "Invalid HTTP request received.",
        "Exceeded concurrency limit.",
    }
)
"""What libraries say without any argument in it, and worth reading."""

PASS = ALLOWED.union(SENTENCES)

OURS = "consult_bot"

FRAMES_SHOWN = 12

_SENTENCE = re.compile(r"[A-Za-z][A-Za-z0-9 _.,:;'/()&-]{0,239}")
_TOKEN = re.compile(r"[A-Za-z0-9_.:/{}<>+-]{1,120}")

Event = dict[str, Any]

log = logging.getLogger(__name__)


def configure_logs(stream: TextIO | None = None) -> None:
    """Send every log line, warning and crash of this process to `stream` (unset: stderr). Repeating is harmless.

    JSON lines, or `key=value` on a terminal. Start uvicorn with `log_config=None, access_log=False`, and wrap the app
    in AccessLog.
    """
    _route_standard_logging(SafeLines(stream or sys.stderr))
    _route_crashes()


class SafeLines(logging.StreamHandler[TextIO]):
    """Writes what we and libraries log, from `info` on, as lines that passed the nets."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._render = _as_pairs if stream.isatty() else _as_json
        self.setLevel(logging.INFO)
        self.addFilter(_is_worth_reading)

    def format(self, record: logging.LogRecord) -> str:
        told = _told_by_us(record) if _is_ours(record) else _told_by_a_library(record)
        return self._render(_only_allowed({**told, **_when_and_how_bad(record), **_raised(record.exc_info)}))

    def handleError(self, record: logging.LogRecord) -> None:
        """Lose a line that cannot be written: the standard library would print its arguments instead."""


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] == OURS


def _is_known(record: logging.LogRecord) -> bool:
    return isinstance(record.msg, str) and record.msg in SAFE_LIBRARY_EVENTS and not record.args


def _is_worth_reading(record: logging.LogRecord) -> bool:
    return _is_ours(record) or _is_known(record) or record.levelno >= logging.WARNING


def _told_by_us(record: logging.LogRecord) -> Event:
    """Return what was handed in under `extra` and may pass, and the event."""
    handed_in = {key: value for key, value in vars(record).items() if key in PASS}
    return {**handed_in, "event": _not_shown(record.msg) if record.args else record.msg}


def _told_by_a_library(record: logging.LogRecord) -> Event:
    """Return where it spoke, and not what it said unless that is known to carry nothing."""
    event = record.msg if _is_known(record) else "a library spoke"
    return {"event": event, "logger": record.name, "line": record.lineno}


def _when_and_how_bad(record: logging.LogRecord) -> Event:
    at = datetime.fromtimestamp(record.created, UTC)
    return {
        "timestamp": at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
    }


def _raised(exc_info: object) -> Event:
    """Return the kinds of the exceptions and the places they passed; nothing where none was raised."""
    raised = exc_info[1] if isinstance(exc_info, tuple) else None
    if not isinstance(raised, BaseException):
        return {}
    return {
        "error": " from ".join(type(each).__name__ for each in _chain(raised)),
        "frames": [frame for each in _chain(raised) for frame in _frames(each.__traceback__)],
    }


def _chain(raised: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception and what it came from, outermost first."""
    seen: set[int] = set()
    while raised is not None and id(raised) not in seen:
        seen.add(id(raised))
        yield raised
        if isinstance(raised, BaseExceptionGroup):
            raised = raised.exceptions[0]
        else:
            raised = raised.__cause__ or (None if raised.__suppress_context__ else raised.__context__)


def _frames(trace: TracebackType | None) -> list[str]:
    """Return the innermost places as `folder/file.py:line`, outermost first."""
    places = []
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        places.append(f"{'/'.join(path.parts[-2:])}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-FRAMES_SHOWN:]


def _only_allowed(event: Event) -> Event:
    """Drop every key that is not allowed; replace every value that is not plainly harmless by its type."""
    sentences = {key: _sentence(event[key]) for key in SENTENCES if event.get(key) is not None}
    return {**sentences, **{key: _harmless(value) for key, value in event.items() if key in ALLOWED}}


def _sentence(value: object) -> str:
    plain = isinstance(value, str) and _SENTENCE.fullmatch(value) is not None
    return str(value) if plain else _not_shown(value)


def _harmless(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str) and _TOKEN.fullmatch(value):
        return str(value)
    if isinstance(value, list | tuple):
        return [_harmless(each) for each in value]
    return _not_shown(value)


def _not_shown(value: object) -> str:
    return f"({type(value).__name__} not shown)"


def _as_json(event: Event) -> str:
    return json.dumps(event)


def _as_pairs(event: Event) -> str:
    head = f"{event.pop('timestamp')} {event.pop('level'):<7} {event.pop('event', '')}"
    return " ".join([head, *(f"{key}={value}" for key, value in event.items())])


def _route_standard_logging(lines: SafeLines) -> None:
    logging.raiseExceptions = False  # another handler that fails would print the record's arguments
    logging.captureWarnings(True)
    # No line shows them, and each record of each request would ask the system for them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers = [lines]
    root.setLevel(logging.INFO)
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.handlers, logger.propagate = [], True
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate = [logging.NullHandler()], False


def _route_crashes() -> None:
    def crashed(kind: type[BaseException], raised: BaseException | None, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log.critical("the program crashed", exc_info=raised)

    sys.excepthook = crashed
    threading.excepthook = lambda args: crashed(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: crashed(args.exc_type, args.exc_value, args.exc_traceback)


Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class AccessLog:
    """ASGI middleware: one line per request, by route template, because a raw path carries portal tokens."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = time.perf_counter()
        status = 500

        async def note_status(message: Scope) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            log.info(
                "answered",
                extra={
                    "method": scope["method"],
                    "route": getattr(scope.get("route"), "path", "unknown"),
                    "status": status,
                    "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                },
            )
