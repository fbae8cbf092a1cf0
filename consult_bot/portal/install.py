"""What the whole server gets from the patient's side: style, headers, size limits, no other site's forms, kind pages for errors."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.staticfiles import StaticFiles

from consult_bot.case.errors import Busy, UnknownCase
from consult_bot.desk.away import NO_ANSWER, note
from consult_bot.portal.pages import RETRY_AFTER_SECONDS, STATIC, UNAVAILABLE, Pages, for_later
from consult_bot.portal.safety import SILENCE_SECONDS, BodyLimit, OwnForms, SafeHeaders, headers
from storage.errors import Unanswered

MACHINE_PATHS = ("/slack", "/fhir", "/webhooks", "/healthz", "/readyz", "/metrics")
"""Addresses that programs call: they get JSON, as FastAPI writes it."""

TOLD = {
    400: (
        "We could not read this",
        "Please go back to the page that you came from and try again. If you wrote a very long text, shorten it.",
    ),
    403: (
        "We could not tell that this came from our own page",
        "So we did not take it. Please open our first page, or the link in our email, and go on from there.",
    ),
    404: ("We could not find this page", "Please check the address, or start again from our first page."),
    405: ("This does not work here", "Please go back to the page that you came from and try again."),
    408: (
        "The rest did not reach us",
        "So nothing was stored. Please go back and send it again when your connection is better: it counts only once.",
    ),
    413: (
        "That was too much at once",
        "You can send up to 5 photos of up to 15 MB each. Please go back, choose fewer or smaller ones, "
        "and if you wrote a very long text, shorten it. Then send the form again.",
    ),
    422: ("Something was missing", "Please go back to the page that you came from and try again."),
    500: (
        "Something went wrong on our side",
        "Please try again in a few minutes. If you were sending something, go back and send it again: "
        "what you tell us counts only once.",
    ),
    503: ("Many people are here just now", "Please go back and try again in a moment."),
}
NOT_STORED = (
    "We cannot reach our records just now",
    "So nothing that you sent was stored. Please go back and try again in a few minutes: it counts only once.",
)

PERHAPS_STORED = (
    "We cannot reach our records just now",
    "We cannot tell whether what you sent was stored. Please go back and send it again in a few minutes: "
    "what you tell us counts only once.",
)


def install_pages(
    app: FastAPI,
    pages: Pages,
    machine_paths: tuple[str, ...] = MACHINE_PATHS,
    silence_seconds: float = SILENCE_SECONDS,
) -> None:
    """Give the app `/static`, the headers and the guards of `safety`, and the patient's error pages.

    `silence_seconds`: how long the next piece of what somebody sends is waited for.
    """
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    safe = headers(pages.frame_ancestors)
    app.add_middleware(
        BodyLimit,
        refusal=lambda: told(pages, 413),
        gave_up=lambda: told(pages, 408),
        silence_seconds=silence_seconds,
    )
    app.add_middleware(
        OwnForms,
        public_host=pages.public_host,
        refusal=lambda: told(pages, 403),
        silence_seconds=silence_seconds,
    )
    app.add_middleware(SafeHeaders, added=safe)

    async def on_http_error(request: Request, error: HTTPException) -> Response:
        if request.url.path.startswith(machine_paths):
            return await http_exception_handler(request, error)
        return told(pages, error.status_code)

    async def on_unusable_input(request: Request, error: RequestValidationError) -> Response:
        if request.url.path.startswith(machine_paths):
            return await request_validation_exception_handler(request, error)
        return told(pages, 404 if request.method == "GET" else 422)

    async def on_busy(request: Request, error: Exception) -> Response:
        return for_later(told(pages, UNAVAILABLE))

    async def on_no_answer(request: Request, error: Exception) -> Response:
        note(error)
        if request.url.path.startswith(machine_paths):
            wait = {"retry-after": str(RETRY_AFTER_SECONDS)}
            return JSONResponse({"detail": "Service Unavailable"}, UNAVAILABLE, wait)
        title, advice = PERHAPS_STORED if isinstance(error, Unanswered) else NOT_STORED
        return for_later(pages.show("error.html", UNAVAILABLE, title=title, advice=advice))

    async def on_unknown_case(request: Request, error: Exception) -> Response:
        return told(pages, 404)

    async def on_our_fault(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(machine_paths):
            return JSONResponse({"detail": "Internal Server Error"}, 500)
        page = told(pages, 500)
        # This page is drawn outside the middleware that adds them elsewhere.
        page.headers.update(safe)
        return page

    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_unusable_input)
    app.add_exception_handler(Busy, on_busy)
    for kind in NO_ANSWER:
        app.add_exception_handler(kind, on_no_answer)
    app.add_exception_handler(UnknownCase, on_unknown_case)
    app.add_exception_handler(Exception, on_our_fault)


def told(pages: Pages, status: int) -> Response:
    """Return the kind page for an HTTP status."""
    title, advice = TOLD.get(status, TOLD[422 if status < 500 else 500])
    return pages.show("error.html", status, title=title, advice=advice)
