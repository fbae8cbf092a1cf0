"""What monitors ask: is it alive, is it ready, how much has it done. No patient data, no numbers of cases."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy.exc import SQLAlchemyError

from storage.store import Store


def health_router(store: Store) -> APIRouter:
    """Return `GET /healthz`, `/readyz` (503 while the database is away) and `/metrics`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    def healthz() -> Response:
        return Response("ok", media_type="text/plain")

    @router.get("/readyz")
    def readyz() -> Response:
        try:
            store.ready()
        except SQLAlchemyError:
            return Response("the database does not answer", 503, {"Retry-After": "5"}, "text/plain")
        return Response("ready", media_type="text/plain")

    @router.get("/metrics")
    def metrics() -> Response:
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
