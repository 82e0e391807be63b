"""Puts the course into the package when it is built: lessons/*.md becomes nstutor/_lessons/*.md in the wheel.

Its pictures go beside that: a lesson names them ../assets/NAME.svg, in the checkout and in the wheel.

Everything else about the package stands in pyproject.toml.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

LESSONS = Path("lessons")
PICTURES = Path("assets")


class BuildWithLessons(build_py):
    """The usual build of the Python files, and the lessons and their pictures beside them.

    An editable installation gets no copies: there the program reads lessons/ in the checkout itself, where an author
    edits them.
    """

    def run(self) -> None:
        """Build, then copy the course."""
        super().run()
        if not self.editable_mode:
            for source, target in self._course().items():
                self.mkpath(str(Path(target).parent))
                self.copy_file(source, target)

    def _course(self) -> dict[str, str]:
        """Each lesson file and picture, and its place in the built package."""
        package = Path(self.build_lib, "nstutor")
        lessons = {str(path): str(package / "_lessons" / path.name) for path in LESSONS.glob("*.md")}
        return lessons | {str(path): str(package / "assets" / path.name) for path in PICTURES.glob("*.svg")}

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """The built files, the course among them."""
        course = [] if self.editable_mode else list(self._course().values())
        return [*super().get_outputs(include_bytecode), *course]


setup(cmdclass={"build_py": BuildWithLessons})
