"""What monitors ask: is it alive, is it ready, how does it stand. No patient data, no numbers of cases."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from consult_bot.asking import Asking
from consult_bot.gauges import Gauges
from storage.store import Store


def health_router(store: Store, socket_connected: Callable[[], bool] | None = None) -> APIRouter:
    """Return `GET /healthz`, `/readyz` (503 while the database is away or hangs) and `/metrics`.

    With Socket Mode `/readyz` also says whether its socket is connected. It is ready without: patients come by the web,
    and must not be turned away while Slack is. None of these needs a thread of those in which pages are drawn: while the
    database hangs, all of them wait for it.
    """
    router = APIRouter(include_in_schema=False)
    ready, gauges = Asking("ready", store.ready), Gauges(store.backlog)

    @router.get("/healthz")
    async def healthz() -> Response:
        return Response("ok", media_type="text/plain")

    @router.get("/readyz")
    async def readyz() -> Response:
        try:
            await ready.answer()
        except (SQLAlchemyError, TimeoutError):
            return Response("the database does not answer", 503, {"Retry-After": "5"}, "text/plain")
        return Response(f"ready{_socket(socket_connected)}", media_type="text/plain")

    @router.get("/metrics")
    async def metrics() -> Response:
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return Response(generate_latest() + await gauges.text(), media_type=CONTENT_TYPE_LATEST)

    return router


def _socket(connected: Callable[[], bool] | None) -> str:
    if connected is None:
        return ""
    return "; Slack's socket is connected" if connected() else "; Slack's socket is not connected"
