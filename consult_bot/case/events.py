"""What can have happened to a case: the names the history and the routes know."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from consult_bot.case.words import Words


class Happened(StrEnum):
    """One name for each thing that a verb can bring about."""

    SUBMITTED = "submitted"
    CLAIMED = "claimed"
    RELEASED = "released"
    REASSIGNED = "reassigned"
    ASKED = "asked"
    REPLIED = "replied"
    NOTED = "noted"
    DRAFTED = "drafted"
    ADVISED = "advised"
    UNDONE = "undone"
    RETURNED_TO_DRAFT = "returned_to_draft"
    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    TASK_OPENED = "task_opened"
    TASK_DONE = "task_done"
    CLOSED = "closed"
    REOPENED = "reopened"
    OVERDUE = "overdue"
    COVERED = "covered"
    CORRECTED = "corrected"
    UPDATED = "updated"
    WARNED = "warned"
    REPORTED = "reported"
    WITHDRAWN = "withdrawn"
    PAGED = "paged"
    NOTE_CHANGED = "note_changed"
    NOTE_RETRACTED = "note_retracted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    UNCALLED = "uncalled"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    `message` and `task` are ids within the case, `person` a Slack id, `reason` a code of ours; `words` is what
    somebody wrote about it.
    """

    name: Happened
    message: str | None = None
    task: str | None = None
    person: str | None = None
    reason: str | None = None
    words: Words | None = None
