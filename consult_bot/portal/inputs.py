"""The inputs of a form as they arrived, for sync handlers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from consult_bot.portal.safety import TooLarge

MOST_FILES = 50
MOST_TEXT_BYTES = 4 * 1024 * 1024
"""All of a form that is no file, as it was sent: the longest answer allowed has at most 800 kB, 2.4 MB where each byte is
written as `%F0`, and one that is longer gets its message. Of a body as large as photos may make it, text alone took 600 MB
of memory."""


class _Parts(MultiPartParser):
    """Keeps files on disk, as its parent does, and no more text than is allowed. Names are short: the parser sees to it."""

    _text_bytes = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is None:
            self._text_bytes += end - start
            if self._text_bytes > MOST_TEXT_BYTES:
                raise TooLarge
        super().on_part_data(data, start, end)


async def _counted(body: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Yield a body that has nothing but text in it. Raises TooLarge."""
    text_bytes = 0
    async for piece in body:
        text_bytes += len(piece)
        if text_bytes > MOST_TEXT_BYTES:
            raise TooLarge
        yield piece


async def _sent(request: Request) -> AsyncIterator[FormData]:
    """Give the form; what cannot be read as one is refused, and TooLarge gets the page of `safety`."""
    async with aclosing(request.stream()) as body:
        try:
            form = await _parsed(request, body)
        except MultiPartException as unreadable:
            raise HTTPException(400, unreadable.message) from None
    try:
        yield form
    finally:
        await form.close()


async def _parsed(request: Request, body: AsyncGenerator[bytes, None]) -> FormData:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        parts = _Parts(request.headers, body, max_files=MOST_FILES, max_part_size=MOST_TEXT_BYTES)
        return await parts.parse()
    if kind == "application/x-www-form-urlencoded":
        return await FormParser(request.headers, _counted(body), max_part_size=MOST_TEXT_BYTES).parse()
    return FormData()


Inputs = Annotated[FormData, Depends(_sent)]
"""What a browser sent; its files are closed when the answer is out."""


def text_of(form: FormData, name: str) -> str:
    """Return an input's text, the empty string where it is missing or a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def texts_of(form: FormData, name: str) -> list[str]:
    """Return every text sent under a name."""
    return [value for value in form.getlist(name) if isinstance(value, str)]


def all_texts(form: FormData) -> dict[str, list[str]]:
    """Return every text that was sent, by name."""
    texts: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            texts.setdefault(name, []).append(value)
    return texts


def files_of(form: FormData, name: str) -> list[UploadFile]:
    """Return the files chosen under a name; a browser sends an empty one where none was."""
    sent = (value for value in form.getlist(name) if isinstance(value, UploadFile))
    return [file for file in sent if file.filename or file.size]
