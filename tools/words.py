"""Gather the texts of the program for translation: `make words`.

nstutor/locale/nstutor.pot has every text that the sources mark; the .po files keep their translations of those that
are still there. No places and no dates: a text that moves changes nothing.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

SOURCES = Path(__file__).parents[1] / "nstutor"
LOCALE = SOURCES / "locale"
TEMPLATE = LOCALE / "nstutor.pot"
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "n_": (1, 2)}
UNKEPT = (
    "Project-Id-Version",
    "POT-Creation-Date",
    "PO-Revision-Date",
    "Language-Team",
    "Last-Translator",
    "Generated-By",
    "Report-Msgid-Bugs-To",
)
"""Lines of a catalogue's head that change by themselves, or say nothing."""
WIDTH = 110


def gather(folder: Path = SOURCES) -> Catalog:
    """Every text that the sources in a folder mark."""
    catalogue = Catalog(fuzzy=False, header_comment="# The texts of nstutor, gathered by `make words`.")
    found = extract_from_dir(folder, method_map=[("**.py", "python")], keywords=KEYWORDS)
    for _file, _line, message, _comments, context in found:
        catalogue.add(message, context=context)
    return catalogue


def written(catalogue: Catalog) -> str:
    """A catalogue as it stands in its file."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=WIDTH, no_location=True, sort_output=True, ignore_obsolete=True)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(tuple(f'"{name}:' for name in UNKEPT)))


def read(path: Path) -> Catalog:
    """A catalogue from its file."""
    with open(path, "rb") as file:
        return read_po(file, locale=path.parts[-3] if path.suffix == ".po" else None)


def translations() -> list[Path]:
    """The .po files, one a language."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))


def updated(path: Path, template: Catalog) -> Catalog:
    """A translation with the template's texts: the new ones empty, those that are gone left out."""
    catalogue = read(path)
    catalogue.update(template, no_fuzzy_matching=True)
    return catalogue


def untranslated(catalogue: Catalog) -> list[Message]:
    """The texts that have no translation, or one that was only guessed."""
    return [message for message in catalogue if message.id and (message.fuzzy or not all(forms(message)))]


def forms(message: Message) -> tuple[str, ...]:
    """A text's translation in each of its numbers."""
    string = message.string or ""
    return tuple(string) if isinstance(string, tuple | list) else (string,)


def main() -> None:
    """Write the template and bring every translation up to date; say what is still to be translated."""
    template = gather()
    TEMPLATE.write_text(written(template), encoding="utf-8")
    for path in translations():
        catalogue = updated(path, template)
        path.write_text(written(catalogue), encoding="utf-8")
        empty = len(untranslated(catalogue))
        print(f"{path.relative_to(SOURCES.parent)}: {empty} of {len(catalogue)} texts are to be translated")


if __name__ == "__main__":
    main()
