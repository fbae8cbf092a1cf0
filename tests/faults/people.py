"""The people of a town: patients who press again after a lost answer, clinicians who look and go on where things stand."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from consult_bot.case.model import MessageKind, State
from consult_bot.case.visibility import PatientView, patient_view
from consult_bot.cli.stories.pages import Page
from consult_bot.cli.stories.players import Colleague, StoryBroken
from tests.faults.town import Town
from tests.portal.site import photo

FORM = {
    "writing_for": "self",
    "given_name": "Quillon",
    "family_name": "Zarbex",
    "birth_date": "1990-05-01",
    "sex": "female",
    "state": "WA",
    "address_now": "12 Far Road, Twisp",
    "phone": "+1 555 010 0142",
    "consent": "true",
    "onset": "Sunday",
    "allergies": "none known",
}
PICTURE = photo(64, 48)
PATIENCE_SECONDS = 60.0
HTTP_SECONDS = 10.0


@dataclass
class Told:
    """What people did, and what they were told became of it. Marks are words that occur nowhere else."""

    submitted: dict[str, int | None] = field(default_factory=dict)
    """Each submission's mark -> the case number on the page; None where no answer came and nobody pressed again."""
    codes: dict[int, str] = field(default_factory=dict)
    emails: dict[int, str] = field(default_factory=dict)
    replies: dict[str, int] = field(default_factory=dict)
    """The mark of each reply that was accepted -> its case."""
    notes: dict[str, int] = field(default_factory=dict)
    """The mark of each note typed in a thread -> its case."""
    tries: int = 0
    """How many requests got no answer, or a 5xx."""


class NoAnswer(Exception):
    """The connection broke, or the answer was that it did not work now; then it is in `response`."""

    def __init__(self, what: str, response: httpx.Response | None = None) -> None:
        super().__init__(what)
        self.response = response


class Browser:
    """A patient's browser; it goes to another door of the practice whenever one does not answer."""

    def __init__(self, doors: list[str], random: Random, told: Told) -> None:
        self._http = httpx.Client(verify=False, trust_env=False, timeout=HTTP_SECONDS)
        self._doors = doors
        self._random = random
        self._told = told

    def forget(self) -> None:
        self._http.cookies.clear()

    def once(self, method: str, path: str, **sent: Any) -> httpx.Response:
        """Ask one of the doors. Raises NoAnswer."""
        door = self._random.choice(self._doors)
        try:
            response = self._http.request(method, f"{door}{path}", **sent)
        except httpx.TransportError as error:
            self._told.tries += 1
            raise NoAnswer(type(error).__name__) from None
        if response.status_code >= 500:
            self._told.tries += 1
            raise NoAnswer(str(response.status_code), response)
        return response

    def ask(self, method: str, path: str, **sent: Any) -> httpx.Response:
        """Ask, and press again until there is an answer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.once(method, path, **sent)
            except NoAnswer:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


class Patient:
    """Sends forms, opens links, answers what is asked, understands what is advised."""

    def __init__(self, town: Town, told: Told, name: str, seed: str) -> None:
        self._town = town
        self._told = told
        self._name = name
        self._random = Random(f"{seed}/{name}")
        self._browser = Browser(town.doors, self._random, told)
        self._sent = 0
        self._mark = ""
        self._form: dict[str, Any] = {}
        self.mine: list[int] = []

    def submit(self, *, may_give_up: bool = False) -> int | None:
        """Send a form, again until it is answered; return the case number, None for one who gave up."""
        self.fill_in()
        if may_give_up and self._random.random() < 0.1:
            with suppress(NoAnswer):
                return self.press_once()
            return None
        return self.press()

    def fill_in(self, photos: int | None = None) -> None:
        """Get a form and fill it in."""
        self._sent += 1
        self._mark = f"{self._name}x{self._sent}x"
        page = Page(self._browser.ask("GET", "/intake/general").text)
        token = page.form(holding="concern").values["_form"]
        about = {"email": f"{self._mark}@example.org", "concern": f"concern {self._mark}"}
        count = self._random.choice((0, 0, 1, 2)) if photos is None else photos
        self._form = {
            "data": {**FORM, **about, "_form": token},
            "files": [("photos", ("a.jpg", PICTURE, "image/jpeg"))] * count or None,
        }
        self._told.submitted[self._mark] = None

    def press_once(self) -> int:
        """Send the form that is filled in; return the case number. Raises NoAnswer."""
        return self._read(self._browser.once("POST", "/intake/general", **self._form))

    def press(self) -> int:
        """Send it, again until there is an answer."""
        return self._read(self._browser.ask("POST", "/intake/general", **self._form))

    def _read(self, response: httpx.Response) -> int:
        page = Page(response.text)
        assert "case-number" in page.by_id, f"{self._mark}: status {response.status_code}"
        number = int(page.by_id["case-number"].strip().removeprefix("C-"))
        self._told.submitted[self._mark] = number
        self._told.emails[number] = f"{self._mark}@example.org"
        if code := page.by_id.get("access-code", "").strip():
            self._told.codes[number] = code
        self.mine.append(number)
        return number

    def look_at(self, path: str) -> httpx.Response:
        """Open a page. Raises NoAnswer."""
        return self._browser.once("GET", path)

    def visit(self, number: int) -> None:
        """Open a case's page and do what it asks for."""
        html = self.open(number)
        if html:
            self._act(number, Page(html))

    def open(self, number: int) -> str | None:
        """Open a case's page from its letter; return the page, None without a letter."""
        link = link_in(self._town, self._told.emails[number])
        code = self._told.codes.get(number)
        if link is None or code is None:
            return None
        self._browser.forget()
        opened = self._browser.ask("POST", link, data={"access_code": code})
        assert opened.status_code == 303, f"C-{number}: the code gave {opened.status_code}"
        return self._browser.ask("GET", "/case").text

    def read(self, numbers: Iterable[int]) -> None:
        """Open these pages; each must show what was asked and advised."""
        for number in numbers:
            html = self.open(number)
            assert html is not None, f"C-{number} cannot be opened"
            for entry in self._view(number).entries:
                assert entry.words.reveal() in html, f"C-{number}: message {entry.id} is not on the page"

    def _act(self, number: int, page: Page) -> None:
        for path, holding in (("/case/acknowledge", "about"), ("/case/reply", "reply")):
            form = next((form for form in page.forms if form.action == path), None)
            if form is None or (holding == "reply" and not self._wants_to_write(number)):
                continue
            fields: dict[str, Any] = dict(form.values)
            self._sent += 1
            mark = f"{self._name}x{self._sent}x"
            if holding == "reply":
                fields["reply"] = [f"reply {mark}"]
            answer = self._browser.ask("POST", path, data=fields)
            if holding == "reply" and answer.status_code == 303:
                self._told.replies[mark] = number

    def _wants_to_write(self, number: int) -> bool:
        view = self._view(number)
        return view.waiting_for_patient or self._random.random() < 0.1

    def live(self, done: threading.Event, most: int = 1_000_000) -> None:
        """Go on until told to stop: a few cases at a time."""
        while not done.is_set():
            busy = [number for number in self.mine[-8:] if self._is_open(number)]
            if len(busy) < 5 and len(self.mine) < most:
                self.submit(may_give_up=True)
            elif busy:
                self.visit(self._random.choice(busy))
            done.wait(0.02)

    def _view(self, number: int) -> PatientView:
        return self._town.peek(lambda work: patient_view(work.cases.get(number), work.now(), {}))

    def _is_open(self, number: int) -> bool:
        return self._town.peek(lambda work: work.cases.get(number).open)


def link_in(town: Town, address: str) -> str | None:
    """Return the path in the newest letter to an address, None where there is none."""
    letters = [letter for letter in town.sandbox.slack.mailbox.letters() if letter["to"] == address]
    links = [str(link) for letter in letters[-1:] for link in letter["links"]]  # type: ignore[attr-defined]
    found = next((link for link in links if "/p/" in link), None)
    return "/p/" + found.split("/p/")[1] if found else None


class Clinician:
    """Takes cases by their number, and does what comes next, whatever became of the last try."""

    def __init__(self, town: Town, told: Told, user: str, seed: str) -> None:
        self._town = town
        self._told = told
        self._random = Random(f"{seed}/{user}")
        self.user = user
        self._hands = Colleague(town.slack, user, user)
        self._written = 0

    def live(self, done: threading.Event, numbers: dict[int, str]) -> None:
        """Go on until told to stop. `numbers` grows while patients write."""
        while not done.is_set():
            mine = [number for number in list(numbers) if number % 2 == self.user.startswith("U0A")][-8:]
            if mine:
                self.go_on_with(self._random.choice(mine))
            done.wait(0.02)

    def go_on_with(self, number: int) -> None:
        """Do one thing on the case. An app that does not answer is asked again later."""
        try:
            self._next(number)
        except (StoryBroken, httpx.HTTPError, LookupError):
            done_with = {"user": self.user, "clear": True}
            self._town.slack._http.post("/_control/view_close", json=done_with)

    def _next(self, number: int) -> None:
        case, place, now = self._town.peek(
            lambda work: (work.cases.get(number), work.cards.place(number), work.now())
        )
        if case.unsent(now):
            return
        if case.owner == self.user and place and self._random.random() < 0.15:
            return self._note(number, place.ts)
        if case.state is State.NEW:
            self._hands.types(f"claim C-{number}")
        elif case.owner != self.user:
            return
        elif case.state is State.CLAIMED and case.last_of(MessageKind.QUESTION) is None:
            self._send(f"ask C-{number}", question=f"question {self._mark()}")
        elif case.state is State.CLAIMED:
            self._send(
                f"advise C-{number}",
                guidance=f"guidance {self._mark()}",
                safety_net="Call us if it gets worse.",
                disposition="home",
            )
        elif case.state is State.ADVISED and case.advice and case.advice.acknowledged_at:
            self._hands.types(f"close C-{number} answered")

    def _note(self, number: int, ts: str) -> None:
        mark = self._mark()
        self._told.notes[mark] = number
        self._hands.says(f"note {mark}", ts)

    def _send(self, command: str, **fields: str) -> None:
        self._hands.types(command)
        self._hands.fills_in(**fields)
        self._hands.fills_in()
        self._town.slack._http.post("/_control/view_close", json={"user": self.user, "clear": True})

    def _mark(self) -> str:
        self._written += 1
        return f"{self.user}x{self._written}x"


class Crowd:
    """Patients and clinicians at work, each in a thread of their own; what breaks one of them is raised at the end."""

    def __init__(self, town: Town, seed: str, *, patients: int = 3, most: int = 1_000_000) -> None:
        self.told = Told()
        self.patients = [Patient(town, self.told, f"P{place}", seed) for place in range(patients)]
        self.clinicians = [Clinician(town, self.told, user, seed) for user in ("U0ANA", "U0BEN")]
        self._most = most
        self._done = threading.Event()
        self._broken: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        lives = [lambda p=p: p.live(self._done, self._most) for p in self.patients]
        lives += [lambda c=c: c.live(self._done, self.told.emails) for c in self.clinicians]
        self._done.clear()
        self._threads = [threading.Thread(target=self._watched, args=(life,), daemon=True) for life in lives]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let everyone finish what they are at."""
        self._done.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS + 30)
        if self._broken:
            raise self._broken[0]

    def close(self) -> None:
        self._done.set()

    def _watched(self, life: Any) -> None:
        try:
            life()
        except BaseException as error:
            self._broken.append(error)


@contextmanager
def at_work(town: Town, seed: str, **crowd: Any) -> Iterator[Crowd]:
    """Give people at work, while the clock runs. At the end they finish what they are at, and all settles."""
    people = Crowd(town, seed, **crowd)
    town.let_time_pass()
    people.begin()
    try:
        yield people
        people.stop()
        town.settle()
    finally:
        people.close()
