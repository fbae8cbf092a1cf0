"""A handler that runs the recorded SQL of a case's page: `python -m bench.bare_portal <port> <task> <case number>`."""

from __future__ import annotations

import sys

from fastapi import Response

from bench.bare import bare_web, serve
from bench.recorded import again

if __name__ == "__main__":
    port, task, number = sys.argv[1:]
    look_again = again(task)
    web = bare_web()

    @web.get("/case")
    def page() -> Response:
        look_again(int(number))
        return Response("Done", media_type="text/html")

    serve(web, port)
