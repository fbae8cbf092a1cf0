"""Our adapter and Bolt with our flags, and a listener that runs the recorded SQL of a claim:
`python -m bench.bare_slash <port> <task>`."""

from __future__ import annotations

import sys

from slack_bolt import Ack

from bench.bare import bare_web, serve
from bench.recorded import again
from bench.servers import SIGNED_WITH
from consult_bot.slack.bind import build_app
from consult_bot.slack.http import slack_router

if __name__ == "__main__":
    port, task = sys.argv[1:]
    claim_again = again(task)
    bolt = build_app("xoxb-made-up", SIGNED_WITH, "http://127.0.0.1:9/api/")

    @bolt.command("/consult")
    def claim(ack: Ack, body: dict[str, str]) -> None:
        claim_again(int(body["text"].removeprefix("claim C-")))
        ack(response_type="ephemeral", text="Done")

    web = bare_web()
    web.router.routes.extend(slack_router(bolt).routes)
    serve(web, port)
