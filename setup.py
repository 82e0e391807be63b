"""Puts the course into the package when it is built: lessons/*.md becomes nstutor/_lessons/*.md in the wheel.

Everything else about the package stands in pyproject.toml.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

LESSONS = Path("lessons")


class BuildWithLessons(build_py):
    """The usual build of the Python files, and the lessons beside them.

    An editable installation gets no copies: there the program reads lessons/ in the checkout itself, where an author
    edits them.
    """

    def run(self) -> None:
        """Build, then copy the lessons."""
        super().run()
        if not self.editable_mode:
            for source, target in self._lessons().items():
                self.mkpath(str(Path(target).parent))
                self.copy_file(source, target)

    def _lessons(self) -> dict[str, str]:
        """Each lesson file and its place in the built package."""
        return {str(path): str(Path(self.build_lib, "nstutor", "_lessons", path.name)) for path in LESSONS.glob("*.md")}

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """The built files, the lessons among them."""
        lessons = [] if self.editable_mode else list(self._lessons().values())
        return [*super().get_outputs(include_bytecode), *lessons]


setup(cmdclass={"build_py": BuildWithLessons})
