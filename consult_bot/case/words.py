"""Text that people wrote: it can be stored and shown, but never printed by accident."""

from __future__ import annotations

from typing import Any


class Words:
    """What a patient or a clinician wrote, or anything that says who a patient is.

    `str()`, `repr()`, f-strings and `%` show only the length, so that a log line, an exception or a
    debugger's dump carries no health information. `reveal()` is the one way to the text; call it
    where the text is shown to somebody entitled to it, or encrypted.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return f"Words({len(self._text)} characters)"

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Words) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Words, self._text))

    def __len__(self) -> int:
        return len(self._text)

    def __bool__(self) -> bool:
        return bool(self._text.strip())

    def __reduce__(self) -> Any:
        raise TypeError("Words are not pickled: reveal them where they are encrypted, nowhere else.")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let the storage's codec read and write Words as JSON strings."""
        from pydantic_core import core_schema

        from_text = core_schema.no_info_after_validator_function(cls, core_schema.str_schema())
        return core_schema.json_or_python_schema(
            json_schema=from_text,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), from_text]),
            serialization=core_schema.plain_serializer_function_ser_schema(cls.reveal, when_used="json"),
        )
