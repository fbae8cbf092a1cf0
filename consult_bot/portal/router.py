"""The portal's addresses."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from consult_bot.desk import Desk
from consult_bot.forms.catalogue import Catalogue
from consult_bot.portal.case_acts import CaseActs
from consult_bot.portal.case_door import CaseDoor
from consult_bot.portal.case_page import CasePage
from consult_bot.portal.new_link import NewLink
from consult_bot.portal.pages import Pages
from consult_bot.portal.reply import Reply
from consult_bot.portal.unlock import Unlock
from storage.store import Store

LOOK = ["GET", "HEAD"]
ACT = ["POST"]


def portal_router(
    desk: Desk, store: Store, pages: Pages, offered: Catalogue, nudge: Callable[[], None] = lambda: None
) -> APIRouter:
    """Return the patient's addresses: `/p/{token}`, `/link` and `/case`.

    `offered` are the forms, whose questions a case that goes on asks again. `nudge` is called when a new link's
    letter waits to be sent.
    """
    unlock = Unlock(store, pages)
    new_link = NewLink(store, pages, nudge)
    case_page = CasePage(desk, store, pages, offered)
    door = CaseDoor(store, pages, case_page)
    reply = Reply(desk, store, door, case_page, offered)
    acts = CaseActs(desk, store, pages, door, case_page)
    router = APIRouter(include_in_schema=False)
    for path, look in (
        ("/p/{token}", unlock.page),
        ("/link", new_link.page),
        ("/case", case_page.page),
        ("/case/ended", case_page.ended),
        ("/case/photos/{photo_id}/{size}", case_page.photo),
    ):
        router.add_api_route(path, look, methods=LOOK)
    for path, act in (
        ("/p/{token}", unlock.open),
        ("/link", new_link.send),
        ("/case/reply", reply.send),
        ("/case/acknowledge", acts.acknowledge),
        ("/case/report", acts.report),
        ("/case/withdraw", acts.withdraw),
        ("/case/leave", acts.leave),
    ):
        router.add_api_route(path, act, methods=ACT)
    return router
