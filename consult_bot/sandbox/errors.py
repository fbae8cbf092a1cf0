"""How the sandbox refuses: as Slack's Web API does, or to whoever plays a person."""

from collections.abc import Sequence


class SlackError(Exception):
    """A Web API call is answered `ok: false` with Slack's own name for what is wrong."""

    def __init__(self, code: str, messages: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.messages = tuple(messages)


class CannotDo(Exception):
    """The person whose part is played cannot do this: there is no such button, view, person or channel."""
