"""What clinicians do and patients send, as several tests of this room need it."""

from __future__ import annotations

from collections.abc import Callable

from tests.builders import ANA
from tests.portal.site import Page, Site

TOO_LATE = 31
"""Days after which a closed case takes no reply any more."""

RIGHT = {
    "guidance": "Use the cream once a day, not three times.",
    "disposition": "home",
    "safety_net": "If it blisters, call us the same day.",
}


def opened(site: Site, **answers: str) -> tuple[int, str]:
    """A case that its patient has open, and Ana has claimed; with its access code."""
    number, code = site.submitted(**answers)
    site.opened(number, code)
    site.world.did("claim", ANA, number)
    return number, code


def advised(site: Site, **answers: str) -> tuple[int, str]:
    """A case whose patient has seen Ana's guidance; with its access code."""
    number, code = opened(site, **answers)
    site.world.advise(ANA, number, guidance="Use the cream three times a day.")
    site.world.advance(seconds=31)
    site.get("/case")
    return number, code


def corrected(site: Site, number: int) -> None:
    site.world.did("correct", ANA, number, **RIGHT)
    site.world.advance(seconds=31)


def closed(site: Site, number: int) -> None:
    site.world.did("close", ANA, number, reason="unsuitable")


def closed_long_ago(site: Site, **answers: str) -> tuple[int, str]:
    """A case that takes no reply any more; with its access code."""
    number, code = opened(site, **answers)
    closed(site, number)
    site.world.advance(days=TOO_LATE)
    return number, code


def send(
    site: Site, page: Page, form: str, files: list[tuple[str, bytes]] | None = None, **fields: str
) -> Page:
    """Send one of the page's forms: `reply`, `report`, `withdraw` or `acknowledge`."""
    form_id = form if form == "acknowledge" else f"{form}-form"
    return site.post(f"/case/{form}", {**page.hidden(form_id), **fields}, files)


def went_on(site: Site, words: str = "It came back.", **answers: str) -> tuple[int, int, str]:
    """A case that goes on from one that was closed too long ago: (old number, new number, access code)."""
    old, code = closed_long_ago(site, **answers)
    answer = send(site, site.opened(old, code), "reply", reply=words)
    assert answer.status == 303, answer.words
    with site.store.reading() as work:
        return old, work.cases.goes_on_in(old), code


def busy(act: Callable[..., object]) -> None:
    """Stands for a store that everybody wants at once."""
    from storage.errors import Conflict

    raise Conflict("locked")
