"""Why a letter did not reach the patient."""

from __future__ import annotations

from enum import StrEnum


class NotReached(StrEnum):
    """`refused`: the mail server would not take it. `permanent`: it came back, as all later ones would. `unsure`: it did not
    arrive, and a later one may. `complaint`: the patient's mailbox reported it as unwanted. `suppressed`: it was not even
    sent, because an earlier one came back or was unwanted."""

    REFUSED = "refused"
    PERMANENT = "permanent"
    UNSURE = "unsure"
    COMPLAINT = "complaint"
    SUPPRESSED = "suppressed"
