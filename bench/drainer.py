"""The real worker with a Slack that does nothing: `python -m bench.drainer` with the app's settings."""

from __future__ import annotations

from bench.null_slack import NullSlack, Out
from bench.on_command import serve
from consult_bot.app import build
from consult_bot.config import load_settings

if __name__ == "__main__":
    slack = NullSlack()
    with slack.in_place():
        house = build(load_settings(env_file=None))

        def end() -> list[Out]:
            house.worker.stop()
            return slack.out

        serve(house.worker.start, end)
