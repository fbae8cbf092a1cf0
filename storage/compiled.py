"""Writing statements that are compiled once, and from then on given to the driver as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, CursorResult, Delete, Dialect, Insert, Update

Parameters = Mapping[str, Any]
Process = Callable[[Any], Any]


class Form(NamedTuple):
    """A statement as one kind of database gets it: its text, the values that stand in it, and what it is given.

    `names` are in the text's order, each with what makes its value the driver's.
    """

    text: str
    standing: Parameters
    names: tuple[tuple[str, Process | None], ...]
    positional: bool


class Compiled:
    """An INSERT, UPDATE or DELETE that every verb executes.

    SQLAlchemy looks one up by a key as long as itself, and asks anew how to bind each value. With all of them compiled
    once, a submission takes 1.36 ms of the processor in place of 1.50, a claim 1.31 in place of 1.42 (PostgreSQL).
    SELECTs gain nothing: of a text's answer the columns are worked out every time.
    """

    def __init__(self, statement: Insert | Update | Delete) -> None:
        """An INSERT, and an UPDATE without values of its own, is of the columns that its parameters name."""
        self._statement = statement
        self._form = cache(self._form_for)

    def run(self, connection: Connection, parameters: Parameters | Sequence[Parameters]) -> CursorResult[Any]:
        """Execute it for these parameters, or for each of several that name the same ones.

        Raises KeyError for a parameter that is not given, else what SQLAlchemy raises.
        """
        several = () if isinstance(parameters, Mapping) else parameters
        one = several[0] if several else parameters
        form = self._form(connection.dialect, tuple(one))
        if len(several) > 1:
            return connection.exec_driver_sql(form.text, [_bound(form, each) for each in several])
        return connection.exec_driver_sql(form.text, _bound(form, one))

    def _form_for(self, dialect: Dialect, given: tuple[str, ...]) -> Form:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=given)
        binds = compiled.binds
        order = compiled.positiontup if compiled.positional else binds
        return Form(
            text=compiled.string,
            standing={name: bind.value for name, bind in binds.items() if not bind.required},
            names=tuple((name, _process(binds[name].type, dialect)) for name in order),
            positional=compiled.positional,
        )


def _process(type_: Any, dialect: Dialect) -> Process | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _bound(form: Form, given: Any) -> tuple[Any, ...] | dict[str, Any]:
    values = {**form.standing, **given} if form.standing else given
    if form.positional:
        return tuple([process(values[name]) if process else values[name] for name, process in form.names])
    return {name: process(values[name]) if process else values[name] for name, process in form.names}
