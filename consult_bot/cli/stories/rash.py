"""Story 1, a rash: a parent sends a photo; a clinician asks twice, advises; the parent understands.

In words: a parent, 90 miles from a clinic, writes about the rash of a child of two and a half and adds a photo that their
phone has stamped with the place. The practice sees a card and the photo, without the place. Ana claims it; Ben is
too late and is told so. Ana asks two questions, each previewed, each answered from a link in an email and a code
that only the parent has. What the colleagues say in the thread is kept and stays there. Ana advises; the parent reads
it, taps "I understand", and Ana closes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from consult_bot.cli.stories.photo import photo_with_place, traces_in
from consult_bot.cli.stories.players import Colleague, Phone, StoryBroken, Workspace, as_read, until, words_in

UNDO_SECONDS = 31
LETTERS = 5
"""Received, two questions, guidance, closed: as many as the parent gets, and no more."""
CONCERN = "She has had a red, itchy rash on both arms since Sunday. It seems to spread."
QUESTIONS = ("Has she had a fever since it began?", "Did anything new touch her skin, a soap or a plant?")
REPLIES = ("No fever, she plays as usual.", "We walked through tall grass on Saturday.")
NOTE = "Looks like contact dermatitis to me, agree?"
GUIDANCE = "This looks like skin irritated by a plant. Wash it with cool water and use the cream twice a day."
SAFETY_NET = "If she gets a fever or the rash reaches her face, call us the same day."
PRIVATE = (CONCERN, *QUESTIONS, *REPLIES, NOTE, GUIDANCE, SAFETY_NET, "Wrenna", "Tallowmere", "rash")

FORM = {
    "writing_for": "child",
    "writer_name": "Osric Tallowmere",
    "relationship": "father",
    "given_name": "Wrenna",
    "family_name": "Tallowmere",
    "birth_date": "2024-05-01",
    "sex": "female",
    "state": "WA",
    "address_now": "12 Far Road, Twisp",
    "email": "osric.tallowmere@example.org",
    "phone": "+1 555 010 0142",
    "voicemail_ok": "true",
    "consent": "true",
    "concern": CONCERN,
    "onset": "Sunday",
    "medicines": "none",
    "allergies": "none known",
}


class RashStory:
    """One performance. `tell` is called with each line of the transcript.

    `number` and `code` are what the parent was shown, empty before.
    """

    def __init__(self, front_door: str, workspace: Workspace, tell: Callable[[str, str], None]) -> None:
        self._phone = Phone(front_door)
        self._workspace = workspace
        self._tell = tell
        self._ana = workspace.person("U0ANA", "Ana")
        self._ben = workspace.person("U0BEN", "Ben")
        self.number = ""
        self.code = ""

    def play(self) -> None:
        """Play it to the end. Raises StoryBroken where anything differs."""
        self.begin()
        self.preview_guidance()
        self._advise()
        self._understand()
        self._close()
        self._count_the_letters()
        self._nothing_private_in_the_mail()

    def begin(self) -> None:
        """Play it until everything is asked, answered and talked over. Raises StoryBroken."""
        self._submit()
        self._see_the_card()
        self._claim()
        for question, reply in zip(QUESTIONS, REPLIES, strict=True):
            self._ask(question)
            self._answer(question, reply)
        self._discuss()

    def preview_guidance(self) -> None:
        """Let Ana write the guidance; her modal shows the patient's page, and nothing is sent. Raises StoryBroken."""
        self._preview(
            self._ana,
            f"advise {self.number}",
            guidance=GUIDANCE,
            safety_net=SAFETY_NET,
            disposition="home",
        )

    def _submit(self) -> None:
        front = self._phone.open("/")
        expect("911" in front.text, "the front page gives the emergency line")
        self._phone.open("/intake/general")
        photo = photo_with_place()
        expect(len(traces_in(photo)) == 3, "the photo as it is sent tells camera and place")
        page = self._phone.send(
            holding="concern", files=[("photos", ("IMG_0231.jpg", photo, "image/jpeg"))], **FORM
        )
        expect(
            "case-number" in page.by_id,
            f"the form is accepted (status {self._phone.status}: {page.text[:400]})",
        )
        self.number = page.by_id["case-number"].strip()
        self.code = page.by_id["access-code"].strip()
        self._tell("Parent", f"“{CONCERN}” (and a photo)")
        self._tell("Page", f"Your number is {self.number}. Keep your access code: {self.code[:2]}··-····.")

    def _see_the_card(self) -> None:
        card = until("the card", lambda: self._workspace.card(self.number))
        shown = words_in(card["blocks"])
        expect(CONCERN in shown, "the card says it in the patient's own words")
        expect("2 years" in shown, "the card says the age")
        expect(card["text"] == f"{self.number} · new", "the line on a lock screen says nothing else")
        shared = until("the photo in the thread", self._shared_file)
        expect("IMG_0231" not in str(shared), "the file's name on the phone is gone")
        self._expect_no_traces(self._workspace.bytes_of(shared), "the photo in the thread")
        self._tell("Card", f"{card['text']}: {as_read(shown)[:150]}…")

    def _shared_file(self) -> dict[str, Any] | None:
        files = [file for reply in self._thread() for file in reply.get("files", ())]
        return files[0] if files else None

    def _thread(self) -> list[dict[str, Any]]:
        card = self._workspace.card(self.number) or {}
        return card.get("replies", [])

    def _expect_no_traces(self, image: bytes, which: str) -> None:
        try:
            traces = traces_in(image)
        except OSError:
            raise StoryBroken(f"{which} is no image") from None
        expect(not traces, f"{which} tells nothing of camera and place, but it holds {', '.join(traces)}")

    def _claim(self) -> None:
        self._ana.presses(self.number, "verb:claim", self.number)
        refusal = self._ben.types(f"claim {self.number}")
        expect("U0ANA" in refusal, f"Ben is told who has it: {refusal}")
        self._tell("Ana", "presses Claim.")
        self._tell("Ben", f"types /consult claim {self.number} and reads: {as_read(refusal)}")

    def _ask(self, question: str) -> None:
        self._preview(self._ana, f"ask {self.number}", question=question)
        self._send(self._ana)
        self._tell("Ana", f"asks: “{question}”")

    def _preview(self, who: Colleague, command: str, **fields: str) -> None:
        who.types(command)
        preview = until("the modal", who.view)
        expect(preview["callback_id"].startswith("verb:"), "a modal opens")
        previewed = who.fills_in(**fields)
        expect(
            next(iter(fields.values())) in words_in(previewed), "the preview shows what the patient will read"
        )

    def _send(self, who: Colleague) -> None:
        sent = who.fills_in()
        expect("Undo" in words_in(sent), f"what was sent can still be undone: {words_in(sent)[:300]}")
        letters = len(self._workspace.mail())
        self._workspace.advance(UNDO_SECONDS)
        until("the letter", lambda: len(self._workspace.mail()) > letters)

    def _open_the_link(self) -> None:
        letter = self._workspace.mail()[-1]
        expect(letter["to"] == FORM["email"], "the letter goes to the parent")
        self._tell("Email", letter["subject"])
        link = next(link for link in letter["links"] if "/p/" in link)
        self._phone.open(link)
        self._phone.send(holding="access_code", access_code=self.code)
        expect(self._phone.url.endswith("/case"), f"the code opens the page: {self._phone.page.text[:300]}")

    def _answer(self, question: str, reply: str) -> None:
        self._open_the_link()
        expect(question in self._phone.page.text, "the parent reads the question")
        self._phone.send(holding="reply", reply=reply)
        expect(reply in self._phone.page.text, "the parent sees their answer")
        self._tell("Parent", f"“{reply}”")
        until("the answer in the thread", lambda: reply in words_in(self._thread()))

    def _discuss(self) -> None:
        card = self._workspace.card(self.number) or {}
        self._ben.says(NOTE, card["ts"])
        until("the app hearing what Ben says", lambda: self._workspace.app_heard(NOTE))
        self._tell("Ben", f"(in the thread) “{NOTE}”")

    def _advise(self) -> None:
        self._send(self._ana)
        self._tell("Ana", f"advises: “{GUIDANCE}” “{SAFETY_NET}”")

    def _understand(self) -> None:
        self._open_the_link()
        read = self._phone.page.text
        expect(GUIDANCE in read and SAFETY_NET in read, "the parent reads the guidance and its safety net")
        expect(NOTE not in self._phone.html, "what colleagues said in the thread is not on the page")
        self._look_at_the_photo()
        self._phone.send(holding="about")
        expect(self._phone.status == 200, "“I understand” is accepted")
        self._tell("Parent", "taps “I understand”.")
        until("“Understood” on the card", lambda: "nderstood" in words_in(self._workspace.card(self.number)))

    def _look_at_the_photo(self) -> None:
        page = self._phone.page
        large = [link for link in page.links if link.startswith("/case/photos/")]
        expect(len(page.images) == 1 and len(large) == 1, "the parent sees the photo, and can open it larger")
        self._expect_no_traces(self._phone.bytes_of(page.images[0]), "the small photo of the page")
        self._expect_no_traces(self._phone.bytes_of(large[0]), "the large photo of the page")

    def _close(self) -> None:
        answer = self._ana.types(f"close {self.number} answered")
        until(
            "the closed card", lambda: "closed" in (self._workspace.card(self.number) or {}).get("text", "")
        )
        self._tell("Ana", f"types /consult close and reads: {as_read(answer)}")

    def _count_the_letters(self) -> None:
        until("the last letter", lambda: len(self._workspace.mail()) >= LETTERS)
        letters = [letter["subject"] for letter in self._workspace.mail()]
        expect(len(letters) == LETTERS, f"the parent gets {LETTERS} letters, but these came: {letters}")

    def _nothing_private_in_the_mail(self) -> None:
        for letter in self._workspace.mail():
            told = f"{letter['subject']} {letter['text']} {letter['html']}"
            for private in PRIVATE:
                expect(private not in told, "no letter holds health information")
        self._tell("Mailbox", f"{len(self._workspace.mail())} letters, none with health information.")


def expect(so: bool, what: str) -> None:
    """Raise StoryBroken, naming what was expected, unless it is so."""
    if not so:
        raise StoryBroken(f"expected: {what}")
