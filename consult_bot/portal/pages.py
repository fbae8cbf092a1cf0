"""One frame for all pages of the patient: templates, the practice's name and the words of times."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from consult_bot.case.words import Words
from consult_bot.deadlines.hours_text import clock_words
from consult_bot.deadlines.spoken import when_with_zone
from consult_bot.deadlines.targets import answer_by
from consult_bot.deadlines.zones import find_zone, zone_words
from consult_bot.forms.safe_text import for_display
from consult_bot.portal.tap_to_call import tap_to_call
from consult_bot.roster.facts import Practice
from consult_bot.texts.days import day_words
from consult_bot.texts.phone import dialled

HERE = Path(__file__).parent
STATIC = HERE / "static"
SEE_OTHER = 303
UNAVAILABLE = 503
RETRY_AFTER_SECONDS = 5


class Pages:
    """Draws pages. Everything is escaped; nothing of a page is kept."""

    def __init__(
        self,
        practice: Practice,
        public_url: str,
        *,
        frame_ancestors: str = "'none'",
        folders: tuple[Path, ...] = (),
    ) -> None:
        """`frame_ancestors` is a source list of the Content-Security-Policy: who may show the pages in a frame."""
        self.practice = practice
        self.zone = find_zone(practice.zone)
        self.secure = public_url.startswith("https:")
        self.public_host = urlsplit(public_url).netloc
        self.frame_ancestors = frame_ancestors
        self._public_url = public_url
        self._environment = self._made_environment((HERE / "templates", *folders))

    def including(self, folder: Path) -> Pages:
        """Return pages that can also draw the templates of another room."""
        return Pages(self.practice, self._public_url, frame_ancestors=self.frame_ancestors, folders=(folder,))

    def show(self, template: str, status: int = 200, **known: Any) -> HTMLResponse:
        """Return a page. The templates know the practice and what is named here."""
        html = self._environment.get_template(template).render(**known)
        return HTMLResponse(html, status_code=status)

    def go(self, path: str) -> RedirectResponse:
        """Send the browser to a page of ours, with a GET."""
        return RedirectResponse(path, status_code=SEE_OTHER)

    def clock(self, at: datetime) -> str:
        """Return the time of day on the practice's wall, for somebody who may be elsewhere: "4:30 pm (Pacific time)"."""
        return f"{self._clock(at)} ({zone_words(self.zone)})"

    def moment(self, at: datetime, now: datetime) -> str:
        """Return a moment that has passed: "Monday 23 November, 4:30 pm", with the year where it is another."""
        return f"{self.day(at, now)}, {self._clock(at)}"

    def day(self, at: datetime, now: datetime) -> str:
        """Return a day on the practice's wall: "Monday 23 November", with the year where it is another."""
        return day_words(at.astimezone(self.zone).date(), self.today(now))

    def by_when(self, at: datetime, now: datetime) -> str:
        """Return a deadline as people say it: "today by 4:30 pm (Pacific time)"."""
        return when_with_zone(at, now, self.zone)

    def answer_expected(self, now: datetime) -> str:
        """Return by when something sent now is answered."""
        return self.by_when(answer_by(self.practice, now, urgent=False), now)

    def today(self, now: datetime) -> date:
        """Return the date on the practice's wall."""
        return now.astimezone(self.zone).date()

    def _clock(self, at: datetime) -> str:
        there = at.astimezone(self.zone)
        return clock_words(there.hour * 60 + there.minute)

    def _made_environment(self, folders: tuple[Path, ...]) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.filters.update(shown=shown, moment=self.moment, tap_to_call=tap_to_call)
        environment.globals.update(
            practice=self.practice,
            phone_url=f"tel:{dialled(self.practice.phone)}",
            hours=self.practice.hours.described(),
            style_url=f"/static/style.css?{hashlib.sha256((STATIC / 'style.css').read_bytes()).hexdigest()[:12]}",
        )
        return environment


def for_later(page: Response) -> Response:
    """Return the page as one that asks to try again in a moment."""
    page.status_code = UNAVAILABLE
    page.headers["retry-after"] = str(RETRY_AFTER_SECONDS)
    return page


def shown(text: Words | str) -> str:
    """Return what somebody wrote as it is shown: nothing in it reorders or hides other text."""
    return for_display(text.reveal() if isinstance(text, Words) else text)
