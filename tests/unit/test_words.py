"""The catalogues: complete, up to date, and every text of the program is in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import words
from foreign import WORD, english

from nstutor.text import i18n as language

TRANSLATIONS = words.translations()
PLACEHOLDER = re.compile(r"\{[a-z_]*(?:![rs])?(?::[^{}]*)?\}|%\(\w+\)[srd]|%[srd]")

TELLING = frozenset(
    {
        "UsageError",
        "CannotRunHereError",
        "WorldDiedError",
        "ArgumentTypeError",
        "ValueError",
        "failed",
        "not_checked",
        "say",
        "fault",
        "add_line",
        "Advice",
        "Word",
        "Verb",
        "Candidate",
        "error",
        "require_terminal",
        "answered",
        "print",
        "first",
        "value",
        "confirm",
        "clauses",
        "sentences",
    }
)
"""What shows a text to a person, or takes one that is shown."""
SILENT = ("proof/",)
"""`lesson test` speaks English: it proves a lesson in the language that it was written in first."""
HELPING = frozenset({"help", "description", "epilog"})
"""Arguments of argparse's that do."""
MARKS = {"_": 1, "N_": 1, "n_": 2}
"""How many texts each of them takes."""
FEWEST = 2
"""English words that make a text of it; one may be a name."""
KEPT = WORD.findall("NAME OTHER monitor CONFIG wrong port left out address python venv key value EDITOR SIGKILL")
"""What stands in examples, and in command lines that are shown."""


def test_there_is_a_translation() -> None:
    """The tests below are about something."""
    others = [name for name in language.LANGUAGES if name != language.PRIMARY]
    assert [path.parts[-3] for path in TRANSLATIONS] == others


def test_template_has_the_texts_of_the_sources() -> None:
    """nstutor.pot is what `make words` would write now."""
    assert words.written(words.gather()) == words.TEMPLATE.read_text(encoding="utf-8"), "run: make words"


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.parts[-3])
def test_translation_is_complete(path: Path) -> None:
    """Every text of the sources has its translation, none is guessed, and none is left over."""
    catalogue = words.read(path)
    assert words.written(catalogue) == words.written(words.updated(path, words.gather())), "run: make words"
    assert [message.id for message in words.untranslated(catalogue)] == []


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.parts[-3])
def test_translation_keeps_every_placeholder(path: Path) -> None:
    """A translation fills in exactly what the text does."""
    wrong = []
    for message in words.read(path):
        for original, form in zip(_originals(message.id), words.forms(message), strict=True):
            if set(PLACEHOLDER.findall(original)) != set(PLACEHOLDER.findall(form)):
                wrong.append((original, form))
    assert wrong == []


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.parts[-3])
def test_translation_has_no_english_left(path: Path) -> None:
    """Only names, commands and keywords stay as they are."""
    left = [
        (form, found)
        for message in words.read(path)
        if message.id
        for form in words.forms(message)
        if (found := english(form, KEPT))
    ]
    assert left == []


@pytest.mark.parametrize("path", TRANSLATIONS, ids=lambda path: path.parts[-3])
def test_translation_keeps_the_cause_apart(path: Path) -> None:
    """What to make of a cause stands behind a semicolon, there too: the cause is named once (checks/judging.py)."""
    of_checks = {message.id for message in words.gather(words.SOURCES / "checks")}
    wrong = [
        (message.id, form)
        for message in words.read(path)
        if message.id in of_checks
        for original, form in zip(_originals(message.id), words.forms(message), strict=True)
        if (";" in original) != ("；" in form)
    ]
    assert wrong == []


def test_catalogue_is_compiled_and_spoken() -> None:
    """The texts come out of the compiled catalogue, in the language in use, singular and plural."""
    assert all(path.with_suffix(".mo").exists() for path in TRANSLATIONS), "make compiles them"
    with language.speaking("zh"):
        assert language._("Yes.") == "对。"
        assert language._("") == ""
        assert language.n_("{n} device", "{n} devices", 1).format(n=1) == "1 块网卡"
        assert language.listed(["a", "b", "c"]) == "a、b 和 c"
        assert language.cause_of(language.clauses("甲", "乙")) == "甲"
    assert language._("Yes.") == "Yes."


def test_every_text_is_marked() -> None:
    """No text with two English words goes to a person without `_`."""
    sources = {str(path.relative_to(words.SOURCES)): path for path in sorted(words.SOURCES.rglob("*.py"))}
    bare = [
        f"{name}:{node.lineno}: {ast.unparse(node)}"
        for name, path in sources.items()
        if not name.startswith(SILENT)
        for node in _bare_texts(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert bare == []


def test_every_mark_can_be_gathered() -> None:
    """A marked text is a plain literal, and stands in no f-string: there only newer Pythons let it be found."""
    lost = [
        f"{path.relative_to(words.SOURCES)}:{node.lineno}: {ast.unparse(node)}"
        for path in sorted(words.SOURCES.rglob("*.py"))
        for node in _lost_marks(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert lost == []


def _lost_marks(tree: ast.AST) -> Iterator[ast.expr]:
    inside = {part for text in ast.walk(tree) if isinstance(text, ast.JoinedStr) for part in ast.walk(text)}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node) in MARKS):
        texts = call.args[: MARKS[_name(call)]]
        literal = all(isinstance(text, ast.Constant) for text in texts)
        # `_(variable)` translates what another mark has put into a table.
        of_table = _name(call) == "_" and not isinstance(texts[0], ast.JoinedStr)
        if (literal and call in inside) or not (literal or of_table):
            yield call


def _originals(identity: str | Sequence[str]) -> tuple[str, ...]:
    """The text that a translation is of; its plural, for Chinese has one number only."""
    return (identity if isinstance(identity, str) else identity[1],)


def _bare_texts(tree: ast.AST) -> Iterator[ast.expr]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        told = call.args if _name(call) in TELLING else []
        helped = [keyword.value for keyword in call.keywords if keyword.arg in HELPING]
        for argument in (*told, *helped):
            yield from _texts(argument)


def _texts(node: ast.expr) -> Iterator[ast.expr]:
    """The texts in an argument that are not what some other call makes of them."""
    if isinstance(node, ast.Call):
        return
    if isinstance(node, ast.JoinedStr | ast.Constant):
        if len(english(_fixed(node), KEPT)) >= FEWEST:
            yield node
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from _texts(child)


def _fixed(node: ast.expr) -> str:
    """What always stands in a text, whatever is filled in."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return " ".join(part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""
