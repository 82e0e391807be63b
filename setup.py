"""Puts the course and the translations into the package when it is built.

lessons/*.md becomes nstutor/_lessons/*.md in the wheel; its pictures go beside that: a lesson names them
../assets/NAME.svg, in the checkout and in the wheel. Each lesson is parsed into nstutor/_compiled/*.json. Each
nstutor/locale/*/LC_MESSAGES/*.po becomes the .mo beside it. Everything else about the package stands in pyproject.toml.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

LESSONS = Path("lessons")
PICTURES = Path("assets")
LOCALE = Path("nstutor/locale")


class BuildWithData(build_py):
    """The usual build of the Python files, with the lessons, their pictures and the compiled translations beside them.

    An editable installation gets no copies: there the program reads lessons/ in the checkout itself, where an author
    edits them, and the lessons and translations are compiled there.
    """

    def run(self) -> None:
        """Build, then copy the course, and compile it and the translations."""
        super().run()
        if not self.editable_mode:
            for source, target in self._course().items():
                self.mkpath(str(Path(target).parent))
                self.copy_file(source, target)
        for source, target in self._translations().items():
            self.mkpath(str(Path(target).parent))
            compile_translation(source, target)
        compiled = self._built() / "nstutor" / "_compiled"
        self.mkpath(str(compiled))
        compile_lessons(compiled)

    def _course(self) -> dict[str, str]:
        """Each lesson file and picture, and its place in the built package."""
        package = Path(self.build_lib, "nstutor")
        lessons = {str(path): str(package / "_lessons" / path.name) for path in LESSONS.glob("*.md")}
        return lessons | {str(path): str(package / "assets" / path.name) for path in PICTURES.glob("*.svg")}

    def _translations(self) -> dict[str, str]:
        """Each .po file and the place of its .mo: in the built package, or beside it for an editable installation."""
        return {str(path): str(self._built() / path.with_suffix(".mo")) for path in LOCALE.glob("*/LC_MESSAGES/*.po")}

    def _built(self) -> Path:
        """What holds the package that is made."""
        return Path() if self.editable_mode else Path(self.build_lib)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """The built files, the course and the translations among them."""
        compiled = map(str, Path(self.build_lib).glob("nstutor/_compiled/*.json"))
        data = [] if self.editable_mode else [*self._course().values(), *self._translations().values(), *compiled]
        return [*super().get_outputs(include_bytecode), *data]


def compile_translation(source: str, target: str) -> None:
    """Compile a .po file (GNU gettext manual, "The Format of PO Files") to a .mo file."""
    # Only a build needs it; whoever asks for the version alone need not have it.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    with open(source, "rb") as file:
        catalogue = read_po(file)
    # Else a .mo bears the minute in which it was made, and no two builds are alike.
    catalogue.creation_date = catalogue.revision_date = datetime.fromtimestamp(0, UTC)
    with open(target, "wb") as file:
        write_mo(file, catalogue)


def compile_lessons(target: Path) -> None:
    """Parse the lessons into a folder, by the nstutor that is being built."""
    sys.path.insert(0, str(Path(__file__).parent))
    from nstutor.lesson.compiled import compile_course  # noqa: PLC0415 - as above

    compile_course(LESSONS, target)


setup(cmdclass={"build_py": BuildWithData})
