"""The example people's mailbox: the letters which the app wrote into its mail folder."""

import email
import email.policy
import re
from email.message import EmailMessage
from html import unescape
from pathlib import Path

HREF = re.compile(r"""href\s*=\s*["'](https?://[^"']+)["']""", re.IGNORECASE)
ADDRESS = re.compile(r"https?://[^\s<>\"')\]]+")

Letter = dict[str, object]


class Mailbox:
    """Reads `*.eml` files. A letter that was read once is not read again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, tuple[int, Letter]] = {}

    def letters(self) -> list[Letter]:
        """Returns `{to, subject, text, html, links}` of each letter, the newest last."""
        stamped = []
        for path in self._folder.glob("*.eml"):
            try:
                written_ns = path.stat().st_mtime_ns
                letter = self._letter(path, written_ns)
            except FileNotFoundError:
                continue  # taken away between the listing and the reading
            stamped.append((written_ns, path.name, letter))
        return [letter for _, _, letter in sorted(stamped, key=lambda each: each[:2])]

    def _letter(self, path: Path, written_ns: int) -> Letter:
        kept = self._read.get(path)
        if kept is None or kept[0] != written_ns:
            kept = (written_ns, _parsed(path.read_bytes()))
            self._read[path] = kept
        return kept[1]


def _parsed(raw: bytes) -> Letter:
    message = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
    text, html = _part(message, "plain"), _part(message, "html")
    links = [unescape(link) for link in HREF.findall(html)] + [
        link.rstrip(".,;:!?") for link in ADDRESS.findall(text)
    ]
    return {
        "to": str(message["To"] or ""),
        "subject": str(message["Subject"] or ""),
        "text": text,
        "html": html,
        "links": list(dict.fromkeys(links)),
    }


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
