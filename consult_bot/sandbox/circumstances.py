"""What changes around the app: people edit and delete their messages, leaders rename and archive channels,
invite and remove, administrators deactivate people, revoke the token or install the app again.

Each raises the events that Slack sends for it, as far as the app is there to hear them. They raise CannotDo
for what nobody could do.
"""

from __future__ import annotations

from consult_bot.sandbox import happenings, people
from consult_bot.sandbox.acts import Told
from consult_bot.sandbox.errors import CannotDo
from consult_bot.sandbox.happenings import Event
from consult_bot.sandbox.installation import TOKEN_STATES
from consult_bot.sandbox.local_slack import LocalSlack
from consult_bot.sandbox.mentions import sent_text
from consult_bot.sandbox.payloads import channel_named, message_at, person_named, person_playing
from consult_bot.sandbox.people import Channel, user_object
from consult_bot.sandbox.store import Record

# Whoever runs the channels in the made-up workspace.
LEADER = people.LENA.id


def edit(slack: LocalSlack, user_id: str, channel_id: str, ts: str, text: str) -> Told:
    """Changes the text of a person's own message."""
    channel, before = _own(slack, user_id, channel_id, ts)
    edited = {"user": before["user"], "ts": slack.workspace.clock.stamp()}
    changed = {"text": sent_text(text, with_handles=False), "edited": edited}
    after = slack.workspace.update(channel.id, ts, changed)
    _tell(slack, channel, happenings.changed(before, after, edited["ts"]))
    return {"ok": True, "ts": ts}


def delete(slack: LocalSlack, user_id: str, channel_id: str, ts: str) -> Told:
    """Deletes a person's own message; whoever runs the workspace may delete anybody's."""
    channel, before = _own(slack, user_id, channel_id, ts, but_for=LEADER)
    tombstone = slack.workspace.delete(channel.id, ts)
    _tell(slack, channel, happenings.deleted(before, slack.workspace.clock.stamp(), tombstone))
    return {"ok": True, "ts": ts}


def change_channel(
    slack: LocalSlack, channel_id: str, name: str | None, archived: bool | None, bot_member: bool | None
) -> Told:
    """Renames, archives or brings back a channel, and invites or removes the app; None leaves as it is."""
    channel = channel_named(slack, channel_id)
    if channel.id.startswith("D"):
        raise CannotDo("direct messages have no name, cannot be archived, and nobody joins them")
    if name is not None and name != channel.name:
        channel = slack.workspace.change_channel(channel.id, name=name)
        _tell(slack, channel, happenings.renamed(channel, slack.workspace.clock.stamp()))
    if archived is not None and archived != channel.is_archived:
        channel = slack.workspace.change_channel(channel.id, is_archived=archived)
        _tell(slack, channel, happenings.archived(channel, LEADER, slack.workspace.clock.stamp()))
    if bot_member is not None:
        _set_member(slack, channel.id, people.BOT_USER_ID, bot_member)
    return {"ok": True, "channel": people.channel_object(slack.workspace.channel(channel.id))}


def change_person(
    slack: LocalSlack, user_id: str, deleted: bool | None, guest: bool | None, member_of: list[str] | None
) -> Told:
    """Deactivates or brings back a person, makes them a guest or a full member, and says in which channels
    they are; None leaves as it is."""
    person = person_named(slack, user_id)
    wanted = {"deleted": deleted, "is_guest": guest}
    changed = {key: value for key, value in wanted.items() if value not in (None, getattr(person, key))}
    if changed:
        person = slack.workspace.change_person(person.id, **changed)
        slack.tell(happenings.person_changed(user_object(person), slack.workspace.clock.stamp()))
    if member_of is not None:
        ids = {channel_named(slack, each).id for each in member_of}
        for channel in slack.workspace.channels():
            _set_member(slack, channel.id, person.id, channel.id in ids)
    return {"ok": True, "person": user_object(person)}


def change_app(slack: LocalSlack, state: str | None, scopes: list[str] | None) -> Told:
    """Installs the app with other scopes, or makes its token active, revoked or uninstalled; None leaves it."""
    if state not in (None, *TOKEN_STATES):
        raise CannotDo(f"a token is one of {', '.join(TOKEN_STATES)}")
    if scopes is not None:
        slack.installation.grant(scopes)
    if state is not None:
        slack.installation.set_token(state)
    if state not in (None, "active"):
        slack.tell(*happenings.token_lost(state == "uninstalled"))
    return {"ok": True, "scopes": list(slack.installation.scopes)}


def _own(
    slack: LocalSlack, user_id: str, channel_id: str, ts: str, but_for: str | None = None
) -> tuple[Channel, Record]:
    person, channel = person_playing(slack, user_id), channel_named(slack, channel_id)
    message = message_at(slack, channel, ts)
    if person.id not in (message.get("user"), but_for):
        raise CannotDo(f"{ts} is not a message of {person.id}")
    if channel.is_archived:
        raise CannotDo(f"{channel.id} is archived")
    return channel, message


def _set_member(slack: LocalSlack, channel_id: str, user_id: str, wanted: bool) -> None:
    """Who is invited is told with the others; who is removed, too."""
    stamp = slack.workspace.clock.stamp
    before = slack.workspace.channel(channel_id)
    if wanted and slack.workspace.join(channel_id, user_id):
        event = happenings.joined(user_id, channel_id, stamp()) | {"inviter": LEADER}
        _tell(slack, slack.workspace.channel(channel_id), event)
    elif not wanted and slack.workspace.leave(channel_id, user_id):
        _tell(slack, before, happenings.left(user_id, channel_id, stamp()))


def _tell(slack: LocalSlack, channel: Channel, event: Event) -> None:
    if people.BOT_USER_ID in channel.members:
        slack.tell(event)
