"""FastAPI and uvicorn alone: `python -m bench.bare <port>` reads what comes and answers nothing."""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI, Request, Response

from consult_bot.cli.one_core import keep_to_one_core


def bare_web() -> FastAPI:
    """Return an app that knows only `/readyz`."""
    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    web.add_api_route("/readyz", lambda: Response("ready"))
    return web


def serve(web: FastAPI, port: str) -> None:
    """Serve with our options of uvicorn, on one core as our web processes do, until ended."""
    keep_to_one_core()
    uvicorn.run(web, port=int(port), log_config=None, access_log=False, server_header=False, ws="none")


async def swallow(request: Request) -> Response:
    """Read the body and answer nothing."""
    await request.body()
    return Response()


if __name__ == "__main__":
    web = bare_web()
    web.add_api_route("/{path:path}", swallow, methods=["GET", "POST"])
    serve(web, sys.argv[1])
