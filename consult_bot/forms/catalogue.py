"""The forms on offer: ours, and those of the practice's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from consult_bot.forms.questionnaire import Form
from consult_bot.forms.reader import FormError, read_form

DATA_FOLDER = Path(__file__).parent / "data"


class CatalogueError(ValueError):
    """Forms cannot be used. The message holds every mistake of every file, one per line."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The forms a patient can choose from, in the order they are offered."""

    forms: tuple[Form, ...]

    def get(self, name: str) -> Form | None:
        """Return the form with this name, None where it is not on offer."""
        return next((form for form in self.forms if form.name == name), None)


def load(folder: Path | None = None) -> Catalogue:
    """Return the forms on offer: ours by file name, then those of `folder` (the FORMS setting).

    A form of `folder` with the name of one of ours stands in its place; with a status other than
    `active` it takes it off the list. Raises CatalogueError naming every file and linkId at fault.
    """
    if folder is not None and not folder.is_dir():
        raise CatalogueError(f"FORMS names {folder}, which is not a folder. Create it, or unset FORMS.")
    by_name = {form.name: form for form in _read_all(folder)}
    offered = tuple(form for form in by_name.values() if form.status == "active")
    if not offered:
        raise CatalogueError("No form is on offer: every one has a status other than active.")
    return Catalogue(offered)


def _read_all(own: Path | None) -> Iterator[Form]:
    problems: list[str] = []
    for folder in (DATA_FOLDER, own):
        yield from _read_folder(folder, problems) if folder else ()
    if problems:
        raise CatalogueError("\n".join(problems))


def _read_folder(folder: Path, problems: list[str]) -> Iterator[Form]:
    files: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            form = read_form(path)
        except FormError as error:
            problems.append(str(error))
            continue
        if form.name in files:
            problems.append(f"{path.name}: the form name {form.name} is also that of {files[form.name]}")
        files[form.name] = path.name
        yield form
