"""The questions about who the patient is, which every form asks under the same linkIds."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from consult_bot.forms.questionnaire import ItemType

IDENTITY: Mapping[str, ItemType] = MappingProxyType(
    {
        "given_name": ItemType.STRING,
        "family_name": ItemType.STRING,
        "birth_date": ItemType.DATE,
        "sex": ItemType.CHOICE,
        "state": ItemType.CHOICE,
        "address_now": ItemType.STRING,
        "email": ItemType.STRING,
        "phone": ItemType.STRING,
        "voicemail_ok": ItemType.BOOLEAN,
        "writing_for": ItemType.CHOICE,
        "writer_name": ItemType.STRING,
        "relationship": ItemType.STRING,
        "consent": ItemType.BOOLEAN,
    }
)

# Without these nobody could answer: the age, the licence, the link, the call, the agreement.
ALWAYS_REQUIRED = frozenset(
    {"given_name", "family_name", "birth_date", "state", "email", "phone", "writing_for", "consent"}
)

WRITING_FOR_CODES = frozenset({"self", "child", "other"})
