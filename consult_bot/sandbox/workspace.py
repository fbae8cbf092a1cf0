"""The workspace's state: channels, messages with their threads, App Homes and secrets.

Records are Slack's own objects and never changed in place. Everything kept goes through the store, so
that a restart finds what was there.
"""

import bisect
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from consult_bot.sandbox import people
from consult_bot.sandbox.clock import Clock
from consult_bot.sandbox.errors import SlackError
from consult_bot.sandbox.faults import Faults
from consult_bot.sandbox.people import Channel, Person
from consult_bot.sandbox.store import Change, Drop, Put, Record, Store

# A person may still click what an update has just replaced on their screen.
REMEMBERED_VERSIONS = 20


class Workspace:
    """One Slack workspace with one installed app. Safe to use from several threads."""

    def __init__(self, folder: Path, faults: Faults) -> None:
        self._faults = faults
        self.store = Store(folder / "workspace.jsonl")
        self.secrets = self._kept_secrets()
        self.lock = threading.RLock()
        self.version = 0
        self._order: dict[str, list[str]] = {}
        self._replies: dict[tuple[str, str], list[str]] = {}
        self._earlier: dict[tuple[str, str], list[Record]] = {}
        self._ephemerals: list[Record] = []
        self._index_messages()
        offset = (self.store.get("clock", "clock") or {}).get("offset_seconds", 0.0)
        self.clock = Clock(offset, max((order[-1] for order in self._order.values()), default="0.000000"))

    def _kept_secrets(self) -> Record:
        kept = self.store.get("secrets", "secrets")
        if kept is None:
            kept = {
                "bot": f"xoxb-{secrets.token_hex(6)}-{secrets.token_hex(12)}",
                "app": f"xapp-1-{people.APP_ID}-{secrets.token_hex(16)}",
                "signing_secret": secrets.token_hex(16),
                "verification": secrets.token_hex(12),
            }
            self.store.write(Put("secrets", "secrets", kept))
        return kept

    def _index_messages(self) -> None:
        stamped = sorted(self.store.all("messages").values(), key=lambda message: message["ts"])
        for message in stamped:
            self._index(message["channel"], message)

    def _index(self, channel_id: str, message: Record) -> None:
        root = message.get("thread_ts", message["ts"])
        if root != message["ts"]:
            self._replies.setdefault((channel_id, root), []).append(message["ts"])
        self._order.setdefault(channel_id, []).append(message["ts"])

    def keep(self, *changes: Change) -> None:
        """Writes changes and tells the watching page, by a new version, that something is different."""
        with self.lock:
            self.store.write(*changes)
            self.version += 1

    def advance(self, seconds: float) -> None:
        with self.lock:
            self.clock.advance(seconds)
            self.keep(Put("clock", "clock", {"offset_seconds": self.clock.offset_seconds}))

    # People and channels

    def people(self) -> tuple[Person, ...]:
        return tuple(self._as_changed(person) for person in people.PEOPLE)

    def person(self, user_id: str) -> Person:
        """Returns the member. Raises SlackError `user_not_found`."""
        for person in people.PEOPLE:
            if person.id == user_id:
                return self._as_changed(person)
        raise SlackError("user_not_found")

    def change_person(self, user_id: str, **changed: bool) -> Person:
        """Changes `deleted` or `is_guest` and returns the person as they are now."""
        with self.lock:
            kept = self.store.get("people", self.person(user_id).id) or {}
            self.keep(Put("people", user_id, {**kept, **changed}))
            return self.person(user_id)

    def _as_changed(self, person: Person) -> Person:
        changed = self.store.get("people", person.id)
        return replace(person, **changed) if changed else person

    def channels(self) -> tuple[Channel, ...]:
        return tuple(self.channel(channel.id) for channel in people.CHANNELS)

    def channel(self, name_or_id: str) -> Channel:
        """Returns the channel by id, `#name` or name; a person's id opens the direct messages with the app.
        Who is deactivated is no member. Raises SlackError `channel_not_found`."""
        wanted = name_or_id.removeprefix("#")
        for known in people.CHANNELS:
            channel = replace(known, **(self.store.get("channels", known.id) or {}))
            if wanted in (channel.id, channel.name):
                joined = self.store.get("members", known.id)
                members = joined["ids"] if joined else known.members
                here = tuple(each for each in members if not self.person(each).deleted)
                return replace(channel, members=here)
        return self._direct_messages(wanted)

    def _direct_messages(self, wanted: str) -> Channel:
        user_id = "U" + wanted[1:] if wanted[:1] == "D" else wanted
        for person in people.PEOPLE:
            if person.id == user_id and not person.is_bot:
                return Channel("D" + person.id[1:], person.handle, (person.id, people.BOT_USER_ID))
        raise SlackError("channel_not_found")

    def change_channel(self, channel_id: str, **changed: str | bool) -> Channel:
        """Changes `name` or `is_archived` and returns the channel as it is now."""
        with self.lock:
            kept = self.store.get("channels", channel_id) or {}
            self.keep(Put("channels", channel_id, {**kept, **changed}))
            return self.channel(channel_id)

    def join(self, channel_id: str, user_id: str) -> bool:
        """Returns whether the person was no member before."""
        with self.lock:
            channel = self.channel(channel_id)
            if user_id in channel.members:
                return False
            self.keep(Put("members", channel.id, {"ids": [*channel.members, user_id]}))
            return True

    def leave(self, channel_id: str, user_id: str) -> bool:
        """Returns whether the person was a member before."""
        with self.lock:
            channel = self.channel(channel_id)
            if user_id not in channel.members:
                return False
            left = [member for member in channel.members if member != user_id]
            self.keep(Put("members", channel.id, {"ids": left}))
            return True

    # Messages

    def message(self, channel_id: str, ts: str) -> Record:
        """Returns the message as it is now. Raises SlackError `message_not_found`."""
        found = self.store.get("messages", f"{channel_id}/{ts}")
        if found is None:
            raise SlackError("message_not_found")
        return found

    def earlier_versions(self, channel_id: str, ts: str) -> list[Record]:
        """Returns what the message was before its updates, newest first."""
        return list(reversed(self._earlier.get((channel_id, ts), [])))

    def post(
        self, channel_id: str, content: Record, also: Callable[[Record], Iterable[Change]] = lambda _: ()
    ) -> Record:
        """Adds a message and returns it, stamped. What `also` makes of it is kept in the same write."""
        with self.lock:
            message = {"type": "message", "channel": channel_id, **content, "ts": self.clock.stamp()}
            self.keep(Put("messages", f"{channel_id}/{message['ts']}", message), *also(message))
            self._index(channel_id, message)
            return message

    def update(self, channel_id: str, ts: str, changed: Record) -> Record:
        """Replaces the named parts of a message; a part that is None is taken away."""
        with self.lock:
            before = self.message(channel_id, ts)
            after = {key: value for key, value in {**before, **changed}.items() if value is not None}
            earlier = self._earlier.setdefault((channel_id, ts), [])
            earlier.append(before)
            del earlier[:-REMEMBERED_VERSIONS]
            self.keep(Put("messages", f"{channel_id}/{ts}", after))
            return after

    def delete(self, channel_id: str, ts: str) -> Record | None:
        """Removes a message; one that has replies leaves a tombstone, as in Slack, which is returned."""
        with self.lock:
            message = self.message(channel_id, ts)
            if self.replies(channel_id, ts):
                grave = {"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted."}
                tombstone = {"type": "message", "channel": channel_id, "ts": ts, "hidden": True, **grave}
                self.keep(Put("messages", f"{channel_id}/{ts}", tombstone))
                return tombstone
            self.keep(Drop("messages", f"{channel_id}/{ts}"))
            self._order[channel_id].remove(ts)
            root = message.get("thread_ts", ts)
            if root != ts:
                self._replies[(channel_id, root)].remove(ts)
            return None

    def replies(self, channel_id: str, root_ts: str) -> list[Record]:
        """Returns the replies of a thread, oldest first, without its root."""
        with self.lock:
            stamps = list(self._replies.get((channel_id, root_ts), []))
        return [self.message(channel_id, ts) for ts in stamps]

    def stream(self, channel_id: str, oldest: str = "", latest: str = "") -> Iterable[Record]:
        """Yields what the channel itself shows, newest first, between two stamps (both included): roots
        and those replies that were broadcast."""
        with self.lock:
            stamps = list(self._order.get(channel_id, []))
        end = bisect.bisect_right(stamps, latest) if latest else len(stamps)
        for ts in reversed(stamps[:end]):
            if ts < oldest:
                return
            message = self.store.get("messages", f"{channel_id}/{ts}")
            if message and (is_root(message) or message.get("subtype") == "thread_broadcast"):
                yield message

    def shown(self, message: Record, with_metadata: bool = False) -> Record:
        """Returns the message as Slack's answers show it: a root tells about its replies, metadata only on
        request, the channel never."""
        hidden = {"channel"} if with_metadata else {"channel", "metadata"}
        shown = {key: value for key, value in message.items() if key not in hidden}
        replies = self.replies(message["channel"], message["ts"]) if is_root(message) else []
        if replies:
            authors = list(dict.fromkeys(reply["user"] for reply in replies))
            shown |= {
                "thread_ts": message["ts"],
                "reply_count": len(replies),
                "reply_users_count": len(authors),
                "reply_users": authors[:5],
                "latest_reply": replies[-1]["ts"],
                "is_locked": False,
                "subscribed": False,
            }
        return shown

    # What only one person sees

    def whisper(self, channel_id: str, user_id: str, content: Record) -> Record:
        """Adds a message which only this person sees. It is not kept over a restart: Slack forgets it too.
        A fault on `ephemeral` loses it: the app is answered as ever and the person sees nothing."""
        with self.lock:
            stamped = {"type": "message", "subtype": "ephemeral", "is_ephemeral": True, **content}
            message = {**stamped, "channel": channel_id, "to": user_id, "ts": self.clock.stamp()}
            if self._faults.take("ephemeral", exactly=True) is None:
                self._ephemerals.append(message)
                self.version += 1
            return message

    def whispers(self, user_id: str) -> list[Record]:
        with self.lock:
            return [message for message in self._ephemerals if message["to"] == user_id]

    def replace_whisper(self, ts: str, content: Record | None) -> None:
        """Replaces an ephemeral message, or takes it away with None."""
        with self.lock:
            kept = []
            for message in self._ephemerals:
                if message["ts"] != ts:
                    kept.append(message)
                elif content is not None:
                    kept.append({**message, "blocks": [], **content})
            self._ephemerals = kept
            self.version += 1

    def home(self, user_id: str) -> Record | None:
        return self.store.get("homes", user_id)


def is_root(message: Record) -> bool:
    return message.get("thread_ts", message["ts"]) == message["ts"]


def is_tombstone(message: Record) -> bool:
    return message.get("subtype") == "tombstone"


def posted_by_app(message: Record) -> bool:
    return message.get("bot_id") == people.BOT_ID
