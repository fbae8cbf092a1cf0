"""The inputs of a form as they arrived, for sync handlers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

MOST_FILES = 50
MOST_PART_BYTES = 4 * 1024 * 1024
"""A part that is no file: the longest answer allowed has at most 800 kB, and one that is longer gets its message."""


async def _sent(request: Request) -> AsyncIterator[FormData]:
    async with request.form(max_files=MOST_FILES, max_part_size=MOST_PART_BYTES) as form:
        yield form


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
