"""Compiles what nstutor is built with: the translations and the course. hatchling's build hook (pyproject.toml).

An editable installation has them in the checkout, where the course is read from lessons/ itself. A wheel has lessons/
as nstutor/_lessons and its pictures as nstutor/assets: a lesson names them ../assets/NAME.svg, in both places.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledData(BuildHookInterface):  # type: ignore[type-arg]
    """Makes what is not in the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say what belongs where in a wheel; `version` is "editable" or "standard"."""
        checkout = Path(self.root)
        if version == "editable":
            compile_all(checkout, checkout)
            return
        self._made = TemporaryDirectory(prefix="nstutor-build-")
        made = Path(self._made.name)
        compile_all(checkout, made)
        places = {path: path.relative_to(made) for path in made.rglob("*") if path.is_file()}
        places |= {path: Path("nstutor/_lessons", path.name) for path in checkout.glob("lessons/*.md")}
        places |= {path: Path("nstutor/assets", path.name) for path in checkout.glob("assets/*.svg")}
        build_data["force_include"].update({str(path): place.as_posix() for path, place in places.items()})

    def finalize(self, version: str, *_: object) -> None:
        """Take away what was compiled for a wheel."""
        if version != "editable":
            self._made.cleanup()


def compile_all(checkout: Path, target: Path) -> None:
    """Compile every nstutor/locale/*/LC_MESSAGES/*.po, and the lessons into nstutor/_compiled, below the target."""
    for path in checkout.glob("nstutor/locale/*/LC_MESSAGES/*.po"):
        compile_translation(path, (target / path.relative_to(checkout)).with_suffix(".mo"))
    sys.path.insert(0, str(checkout))
    from nstutor.lesson.compiled import compile_course

    folder = target / "nstutor" / "_compiled"
    folder.mkdir(parents=True, exist_ok=True)
    compile_course(checkout / "lessons", folder)


def compile_translation(source: Path, target: Path) -> None:
    """Compile a .po file (GNU gettext manual, "The Format of PO Files") to a .mo file."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file)
    # Else a .mo bears the minute in which it was made, and no two builds are alike.
    catalogue.creation_date = catalogue.revision_date = datetime.fromtimestamp(0, UTC)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        write_mo(file, catalogue)
