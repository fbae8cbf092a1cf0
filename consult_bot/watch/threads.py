"""What stands in Slack's channels, read page by page: which cards are there, and one thread whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from consult_bot.slack.said import TOMBSTONE
from consult_bot.slack.trouble import FAILURES, RefusedForGood, trouble_of

Message = Mapping[str, Any]

PAGE_MESSAGES = 200
NEWEST_PAGES = 3
MOST_REPLIES = 1000


@dataclass(frozen=True, slots=True)
class Read:
    """A thread as it was read: its card and the replies, oldest first. `whole`: no reply was left out."""

    card: Message
    replies: tuple[Message, ...]
    whole: bool

    @property
    def card_stands(self) -> bool:
        return self.card.get("subtype") != TOMBSTONE

    @property
    def latest_reply(self) -> str | None:
        return self.card.get("latest_reply")


class Channel:
    """One channel of the workspace, for looking only. Whatever Slack refuses is raised as SlackTrouble."""

    def __init__(self, client: WebClient, channel: str) -> None:
        self._client = client
        self.id = channel

    def newest(self) -> list[Message]:
        """Return the newest 600 messages, newest first; replies are not among them."""
        found: list[Message] = []
        for page, messages in enumerate(self._pages(self._client.conversations_history), start=1):
            found += messages
            if page == NEWEST_PAGES:
                break
        return found

    def thread(self, ts: str, known_reply: str | None) -> Read | None:
        """Return the thread below a card; None where there is no such message any more.

        Where its newest reply is the known one, the replies are not looked at: one call, and nothing is new.
        """
        pages = self._pages(self._client.conversations_replies, ts=ts)
        try:
            card, *replies = next(pages)
        except RefusedForGood as refusal:
            if refusal.error == "thread_not_found":
                return None
            raise
        if card.get("latest_reply") == known_reply:
            return Read(card, (), whole=False)
        for messages in pages:
            replies += (message for message in messages if message["ts"] != card["ts"])
            if len(replies) >= MOST_REPLIES:
                return Read(card, tuple(replies), whole=False)
        return Read(card, tuple(replies), whole=True)

    def has(self, ts: str) -> bool:
        """Whether this message, be it a reply, is still there."""
        try:
            next(self._pages(self._client.conversations_replies, ts=ts))
        except RefusedForGood as refusal:
            if refusal.error == "thread_not_found":
                return False
            raise
        return True

    def our_id(self) -> str:
        """Return our own user id."""
        return str(self._called(self._client.auth_test)["user_id"])

    def _pages(self, method: Callable[..., SlackResponse], **where: str) -> Iterator[list[Message]]:
        cursor = None
        while True:
            answer = self._called(method, channel=self.id, limit=PAGE_MESSAGES, cursor=cursor, **where)
            yield answer["messages"]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return

    def _called(self, method: Callable[..., SlackResponse], **arguments: Any) -> SlackResponse:
        try:
            return method(**arguments)
        except FAILURES as failure:
            raise trouble_of(failure) from None
