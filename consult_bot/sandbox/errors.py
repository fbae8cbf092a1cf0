"""How the sandbox refuses: as Slack's Web API does, or to whoever plays a person."""

from collections.abc import Sequence


class SlackError(Exception):
    """A Web API call is answered `ok: false` with Slack's own name for what is wrong.

    `messages` go under `response_metadata`, `details` beside the error.
    """

    def __init__(self, code: str, messages: Sequence[str] = (), **details: str) -> None:
        super().__init__(code)
        self.code = code
        self.messages = tuple(messages)
        self.details = details


class Ratelimited(SlackError):
    """Too many calls: HTTP 429, to be repeated no sooner than in `retry_after_seconds`."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("ratelimited")
        self.retry_after_seconds = retry_after_seconds


class CannotDo(Exception):
    """The person whose part is played cannot do this: there is no such button, view, person or channel."""
