"""Our parsing of a form's inputs, and a handler that runs the recorded SQL of a submission:
`python -m bench.bare_intake <port> <task>`."""

from __future__ import annotations

import sys

from fastapi import Response

from bench.bare import bare_web, serve
from bench.recorded import again
from consult_bot.portal.inputs import Inputs

if __name__ == "__main__":
    port, task = sys.argv[1:]
    submit_again = again(task)
    web = bare_web()

    @web.post("/intake/{form}")
    def submit(form: str, inputs: Inputs) -> Response:
        submit_again()
        return Response("Done", media_type="text/html")

    serve(web, port)
