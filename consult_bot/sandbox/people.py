"""The made-up people and channels that a new workspace starts with."""

from dataclasses import dataclass
from typing import Any

TEAM_ID = "T0SANDBOX"
TEAM_NAME = "Prairie Telehealth"
TEAM_DOMAIN = "prairie-telehealth"
APP_ID = "A0CONSULT"
BOT_ID = "B0CONSULT"
BOT_USER_ID = "U0CONSULT"
CONSULTS = "C0CONSULT"
GENERAL = "C0GENERAL"


@dataclass(frozen=True)
class Person:
    """One member of the workspace; `handle` is what one types after an @."""

    id: str
    handle: str
    name: str
    role: str = ""
    zone: str = "America/Los_Angeles"
    is_bot: bool = False
    is_guest: bool = False
    deleted: bool = False


@dataclass(frozen=True)
class Channel:
    id: str
    name: str
    members: tuple[str, ...]
    is_archived: bool = False


ANA = Person("U0ANA", "ana", "Dr. Ana Ruiz", "clinician")
BEN = Person("U0BEN", "ben", "Dr. Ben Okafor", "clinician")
LENA = Person("U0LENA", "lena", "Lena Meyer", "lead")
NOOR = Person("U0NOOR", "noor", "Dr. Noor Haddad", "dermatologist")
BOT = Person(BOT_USER_ID, "consult", "Consult", "app", is_bot=True)

PEOPLE = (ANA, BEN, LENA, NOOR, BOT)
LEADS = (LENA.id,)
CHANNELS = (
    Channel(CONSULTS, "consults", tuple(person.id for person in PEOPLE)),
    # The app is no member of this one: posting there must fail as it does in Slack.
    Channel(GENERAL, "general", (ANA.id, BEN.id, LENA.id, NOOR.id)),
)
USER_GROUPS = {"S0ONCALL": (ANA.id, LENA.id)}


def user_object(person: Person) -> dict[str, Any]:
    """Returns the person as `users.info` shows a member."""
    return {
        "id": person.id,
        "team_id": TEAM_ID,
        "name": person.handle,
        "real_name": person.name,
        "deleted": person.deleted,
        "tz": person.zone,
        "is_admin": person.role == "lead",
        "is_owner": False,
        "is_restricted": person.is_guest,
        "is_ultra_restricted": False,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "profile": {
            "real_name": person.name,
            "display_name": person.name,
            "title": person.role,
            "email": f"{person.handle}@{TEAM_DOMAIN}.example",
            "team": TEAM_ID,
            **({"bot_id": BOT_ID, "api_app_id": APP_ID} if person.is_bot else {}),
        },
    }


def channel_object(channel: Channel) -> dict[str, Any]:
    """Returns the channel as `conversations.info` shows it to the app."""
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": False,
        "is_general": channel.id == GENERAL,
        "is_archived": channel.is_archived,
        "is_member": BOT_USER_ID in channel.members,
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "context_team_id": TEAM_ID,
        "creator": LENA.id,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "num_members": len(channel.members),
    }
