"""The two cookies: a session after the code was typed, and a device that only the patient uses."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from consult_bot.case.model import Case
from consult_bot.portal.signed import Seal
from storage.keys import Keys
from storage.store import Work

SESSION = timedelta(minutes=30)
DEVICE = timedelta(days=30)
SESSION_COOKIE = "session"
DEVICE_COOKIE = "device"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who typed the code of one case. `id` is random and binds the forms of its pages to it.

    `number` is the newest case that goes on from the one whose code was typed: that is where their page is now.
    """

    number: int
    until: datetime
    id: str


class Sessions:
    """Opens, finds and ends sessions. They live in the signed cookie and go by the practice's clock; the store only
    remembers which were ended early, so that a copy of the cookie opens nothing afterwards."""

    def __init__(self, keys: Keys, *, secure: bool) -> None:
        self._cookie = Seal(partial(keys.signing, "session"), "session")
        self._form = Seal(partial(keys.signing, "session"), "form of a session")
        self._secure = secure

    def open(self, response: Response, number: int, now: datetime) -> None:
        """Let the browser see this case for half an hour."""
        value = self._cookie.write([number, (now + SESSION).timestamp(), secrets.token_hex(16)])
        response.set_cookie(
            SESSION_COOKIE, value, path="/", httponly=True, samesite="lax", secure=self._secure
        )

    def find(self, request: Request, work: Work) -> Session | None:
        """Return the session of a request, None where there is none or it has ended."""
        value = self._cookie.read(request.cookies.get(SESSION_COOKIE))
        if value is None:
            return None
        number, until, session_id = value
        session = Session(work.cases.goes_on_in(number), datetime.fromtimestamp(until, UTC), session_id)
        over = work.now() >= session.until or work.inbound.seen(_left(session)) is not None
        return None if over else session

    def end(self, work: Work, session: Session) -> None:
        """Note that the session is over before its time. Repeating changes nothing."""
        if work.inbound.seen(_left(session)) is None:
            work.inbound.remember(_left(session), session.number, work.now())

    def take_away(self, response: Response) -> None:
        """Take the session's cookie from the browser."""
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=self._secure)

    def form_token(self, session: Session) -> str:
        """Return what each form of this session's pages carries, so that no other site can post in its name."""
        return self._form.write(session.id)

    def is_own_form(self, session: Session, token: str) -> bool:
        """Tell whether a form was drawn for this session."""
        found = self._form.read(token)
        return isinstance(found, str) and hmac.compare_digest(found, session.id)


class Devices:
    """Remembers devices that only the patient uses, each for one case, so that they need no code."""

    def __init__(self, keys: Keys, *, secure: bool) -> None:
        self._cookie = Seal(partial(keys.signing, "device"), "device")
        self._secure = secure

    def remember(self, response: Response, number: int, now: datetime) -> None:
        """Let this browser open the case's link without the code for 30 days."""
        value = self._cookie.write([number, (now + DEVICE).timestamp()])
        age_seconds = int(DEVICE.total_seconds())
        response.set_cookie(_name(number), value, max_age=age_seconds, **self._attributes())

    def knows(self, request: Request, line: Iterable[Case], now: datetime) -> bool:
        """Tell whether this browser may open the links of these cases without the code: one patient's, who had it
        remembered for one of them."""
        return any(self._knows(request, case.number, now) for case in line)

    def forget(self, response: Response, line: Iterable[Case]) -> None:
        """Ask for the code again from now on."""
        for case in line:
            response.delete_cookie(_name(case.number), **self._attributes())

    def _knows(self, request: Request, number: int, now: datetime) -> bool:
        value = self._cookie.read(request.cookies.get(_name(number)))
        return value is not None and value[0] == number and now.timestamp() < value[1]

    def _attributes(self) -> dict[str, Any]:
        return {"path": "/", "httponly": True, "samesite": "lax", "secure": self._secure}


def _name(number: int) -> str:
    return f"{DEVICE_COOKIE}-{number}"


def _left(session: Session) -> str:
    """What the store knows the end of a session by."""
    return f"left:{session.id}"
