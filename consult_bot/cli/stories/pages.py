"""Reading a page as a browser does: its forms, what they hold, and the words in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"input", "br", "img", "meta", "link", "hr"}
TICKED = {"checkbox", "radio"}
SENT_AS_IS = {"text", "hidden", "date", "email", "tel", "number", "search", "url", "password"}
UNREAD = {"script", "style", "head", "option"}


@dataclass
class Form:
    """One form: where it goes, and what it sends if nobody types anything."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    inputs: set[str] = field(default_factory=set)


class Page(HTMLParser):
    """A page taken apart: `forms`, `links`, `images`, the text by element id, and all visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.images: list[str] = []
        self.by_id: dict[str, str] = {}
        self._open: list[tuple[str, str | None]] = []
        self._words: list[str] = []
        self._textarea: str | None = None
        self._select: str | None = None
        self.feed(html)

    @property
    def text(self) -> str:
        """What a person reads, in one line."""
        return " ".join(" ".join(self._words).split())

    def form(self, *, holding: str) -> Form:
        """Return the form that has this input. Raises LookupError where none has."""
        for form in self.forms:
            if holding in form.inputs:
                return form
        raise LookupError(f"no form on this page has the input {holding}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append((tag, had.get("id")))
        if had.get("id"):
            self.by_id.setdefault(had["id"], "")
        if tag == "form":
            self.forms.append(Form(had.get("action", ""), had.get("method", "get").lower()))
        elif tag == "a" and "href" in had:
            self.links.append(had["href"])
        elif tag == "img":
            self.images.append(had.get("src", ""))
        elif tag in {"input", "textarea", "select", "button"} and had.get("name") and self.forms:
            self._note_input(tag, had)
        elif tag == "option" and self._select and "selected" in had:
            self.forms[-1].values[self._select] = [had.get("value", "")]

    def _note_input(self, tag: str, had: dict[str, str]) -> None:
        form, name = self.forms[-1], had["name"]
        form.inputs.add(name)
        kind = had.get("type", "text")
        if tag == "textarea":
            self._textarea = name
            form.values[name] = [""]
        elif tag == "select":
            self._select = name
        elif tag == "input" and (kind in SENT_AS_IS or (kind in TICKED and "checked" in had)):
            form.values.setdefault(name, []).append(had.get("value", "on"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = None
        if tag == "select":
            self._select = None
        while self._open:
            opened, _ = self._open.pop()
            if opened == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._textarea and self.forms:
            self.forms[-1].values[self._textarea][0] += data
        if any(tag in UNREAD for tag, _ in self._open):
            return
        self._words.append(data)
        for _, element_id in self._open:
            if element_id:
                self.by_id[element_id] += data
