"""Translations: what they give, what is missing from them, and what is wrong with them, by line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from nstutor.checks.answer import right_answer
from nstutor.errors import UsageError
from nstutor.kernel.model import Snapshot
from nstutor.lesson.languages import beside, notice
from nstutor.lesson.model import Lesson, Step
from nstutor.lesson.parse import load
from nstutor.lesson.pieces import Key, Part, line_of, pieces
from nstutor.lesson.translation import Translation, read
from nstutor.proof.languages import LanguageProof, languages_of
from nstutor.text import i18n as language

DATA = Path(__file__).parent.parent / "data" / "lessons"
ENGLISH = (DATA / "cellar.md").read_text(encoding="utf-8")
CHINESE = (DATA / "cellar.zh.md").read_text(encoding="utf-8")
NOWHERE = Snapshot({})


def written(folder: Path, chinese: str = CHINESE, english: str = ENGLISH) -> Path:
    """The lesson and its translation in a folder; the path of the lesson."""
    (folder / "cellar.md").write_text(english, encoding="utf-8")
    (folder / "cellar.zh.md").write_text(chinese, encoding="utf-8")
    return folder / "cellar.md"


def translation(folder: Path, chinese: str) -> Translation:
    """What is read of a translation."""
    path = written(folder, chinese)
    return read(str(path.with_suffix(".zh.md")), "zh", load(path))


def proof(folder: Path, chinese: str) -> LanguageProof:
    """What is to be said of it."""
    (found,) = languages_of(load(written(folder, chinese), "en"), ("zh",))
    return found


def bare(step: Step) -> Step:
    """A step without its texts."""
    return step._replace(title="", prose="", hints=(), why="", questions=())


def answers(lesson: Lesson, step: int) -> set[str]:
    """Which of these answer the step's question."""
    question = lesson.steps[step].questions[0]
    words = ("one, lo", "一块，就是 lo", "none", "一块也没有", "owl", "猫头鹰")
    return {word for word in words if right_answer(question, word, NOWHERE)}


# --- what it gives ----------------------------------------------------------------------------------------------------


def test_a_translation_gives_the_texts_and_nothing_else(tmp_path: Path) -> None:
    """Each piece is another, and checks, solutions, lines, the file and its digest are the lesson's own."""
    path = written(tmp_path)
    own, chinese = load(path, "en"), load(path, "zh")
    assert (own.language, chinese.language) == ("en", "zh")
    same = {Key(Part.HINT, "dig", 1), Key(Part.HINT, "lo", 1)}
    assert {key for key, text in pieces(own).items() if pieces(chinese)[key] == text} == same
    assert pieces(own).keys() == pieces(chinese).keys()
    assert [bare(step) for step in own.steps] == [bare(step) for step in chinese.steps]
    assert (own.sha256, own.source, own.path) == (chinese.sha256, chinese.source, chinese.path)


def test_answers_are_right_in_both_languages(tmp_path: Path) -> None:
    """A choice is right by its place; a fixed answer has a further form."""
    path = written(tmp_path)
    own, chinese = load(path, "en"), load(path, "zh")
    assert (answers(own, 0), answers(own, 1)) == ({"one, lo"}, {"owl"})
    assert (answers(chinese, 0), answers(chinese, 1)) == ({"one, lo", "一块，就是 lo"}, {"owl", "猫头鹰"})
    assert chinese.steps[2].questions[0].answer == own.steps[2].questions[0].answer


def test_the_language_in_use_is_what_is_read(tmp_path: Path) -> None:
    """Unless another is asked for; one without a translation gets the lesson as it is."""
    path = written(tmp_path)
    assert load(path).language == "en"
    with language.speaking("zh"):
        assert load(path).title == "房子下面的地窖"
        assert load(path, "en").title == "A cellar below the house"
    assert load(path, "fr").title == "A cellar below the house"


def test_what_is_missing_is_the_lesson_s_own(tmp_path: Path) -> None:
    """A title, a step, a last hint, the choices."""
    chinese = CHINESE[: CHINESE.index("## 打开它的 lo")].replace("title: 房子下面的地窖\n", "")
    chinese = chinese.replace("```hint\n`ip netns add NAME`\n```\n", "").replace("choices:\n- 一块也没有\n", "")
    chinese = chinese.replace("- 一块，就是 lo\n- 和 host 里一样多\n", "")
    lesson = load(written(tmp_path, chinese), "zh")
    assert lesson.language == "zh"
    assert lesson.title == "A cellar below the house"
    assert lesson.steps[0].title == "挖一个地窖"
    assert lesson.steps[0].hints == ("地窖就是一个命名空间。", "`ip netns add NAME`")
    assert lesson.steps[0].questions[0].choices == ("none", "one, lo", "as many as in host")
    assert lesson.steps[1].title == "Set its lo up"


def test_a_translation_is_found_beside_its_lesson(tmp_path: Path) -> None:
    """By its name, and no other file with such a name; it is no lesson of its own."""
    path = written(tmp_path)
    for name in ("cellar.fr.md", "cellar.old.md", "attic.zh.md", "cellar.x.zh.md", "cellar.zh.md~"):
        (tmp_path / name).touch()
    assert beside(str(path)) == {"fr": str(tmp_path / "cellar.fr.md"), "zh": str(tmp_path / "cellar.zh.md")}
    with pytest.raises(UsageError, match=r"is a translation; name the lesson itself: .*cellar\.md"):
        load(tmp_path / "cellar.zh.md")


def test_a_damaged_translation_is_noted_and_not_used(tmp_path: Path) -> None:
    """The lesson is its own, and there is one line for the learner."""
    lesson = load(written(tmp_path, CHINESE.replace("lang: zh", "lang: fr")), "zh")
    assert (lesson.title, lesson.language) == ("A cellar below the house", "en")
    assert "cellar.zh.md has faults" in notice(lesson)
    assert "\n" not in notice(lesson)
    assert notice(load(written(tmp_path), "zh")) == ""


# --- what is wrong with it --------------------------------------------------------------------------------------------

ASK = CHINESE[CHINESE.index("```ask") : CHINESE.index("```why")]
Damage = tuple[str, str, str, int, str]
# What is replaced, by what, and where the fault is: the text of its line, its column, words of its message.
DAMAGE: list[Damage] = [
    # front matter
    ("---\nformat: 1\n", "format: 1\n", "format: 1", 1, "a lesson file begins with `---`"),
    ("format: 1\n", "", "---", 1, "the front matter has no `format`"),
    ("format: 1", "format: 2", "format: 2", 9, "format 2 is newer"),
    ("id: cellar\n", "", "---", 1, "the front matter has no `id`"),
    ("id: cellar", "id: cave", "id: cave", 5, "`id` must be `cellar`, as the file's name says"),
    ("lang: zh\n", "", "---", 1, "the front matter has no `lang`"),
    ("lang: zh", "lang: cn", "lang: cn", 7, "`lang` must be `zh`, as the file's name says"),
    ("lang: zh", "lnag: zh", "lnag: zh", 1, "unknown key `lnag`; did you mean `lang`?"),
    ("lang: zh", "lang: zh\nminutes: 5", "minutes: 5", 1, "unknown key `minutes`"),
    ("title: 房子下面的地窖", 'title: ""', 'title: ""', 8, "`title` must be a text"),
    # steps
    ("{#dig}", "{#dog}", "## 挖一个地窖 {#dog}", 1, "the lesson has no step `dog`; did you mean `dig`?"),
    ("{#dig}", "{#roof}", "## 挖一个地窖 {#roof}", 1, "the lesson has no step `roof`; there are: dig, lo, look"),
    (" {#dig}", "", "## 挖一个地窖", 1, "write `{#dig}` at its end"),
    ("{#look}", "{#lo}", "## 看看里面 {#lo}", 1, "the id `lo` is taken by the step in line"),
    ("{#dig}", "{#look}", "## 打开它的 lo {#lo}", 1, "`lo` stands before `look` in the lesson; keep its order"),
    # fences that are the lesson's own
    ("```why\n现在", "```check\nnetns cellar\n```\n\n```why\n现在", "```check", 1, "a translation has no `check`"),
    ("```why\n现在", "```solution\ntrue\n```\n\n```why\n现在", "```solution", 1, "a translation has no `solution`"),
    (
        "```why\n现在",
        "```wrong 大写\ntrue\n=> x\n```\n\n```why\n现在",
        "```wrong 大写",
        1,
        "a translation has no `wrong`",
    ),
    ("## 挖", "```setup\ntrue\n```\n\n## 挖", "```setup", 1, "a translation has no `setup`"),
    ("## 挖", "```hint\n提示\n```\n\n## 挖", "```hint", 1, "a `hint` fence belongs in a step"),
    (
        "## 看看里面 {#look}",
        "## 看看里面 {#lock}\n\n```check\nnetns x\n```\n",
        "```check",
        1,
        "a translation has no `check`",
    ),
    # other fences
    ("```hint\n地窖就是一个命名空间。\n```", "```hint\n```", "```hint", 1, "the `hint` fence is empty"),
    ("```hint\n地窖", "```hnit\n地窖", "```hnit", 4, "unknown fence `hnit`; did you mean `hint`?"),
    ("```hint\n地窖", "```hint 1\n地窖", "```hint 1", 1, "unexpected `1`; write ```hint"),
    (
        "```ask\n一个",
        "```hint\n再多一条\n```\n\n```ask\n一个",
        "```hint",
        1,
        "this step has 2 `hint` in the lesson itself; this is one more",
    ),
    ("```ask\n`ip", "```ask\n什么？\n```\n\n```ask\n`ip", "```ask", 1, "this step has 1 `ask` in the lesson itself"),
    (
        "## 看看里面 {#look}\n",
        "## 看看里面 {#look}\n\n```why\n因为。\n```\n",
        "```why",
        1,
        "this step has 0 `why` in the lesson itself",
    ),
    ("没有。\n```\n", "没有。\n", "```why", 1, "this fence is not closed"),
    # questions
    (ASK, "```ask\nchoices:\n- 一\n- 二\n- 三\n```\n", "```ask", 1, "the question has no text"),
    ("- 和 host 里一样多\n", "", "```ask", 1, "the question has 3 choices in the lesson itself, and 2 here"),
    ("- 和 host", "- 四\n- 和 host", "```ask", 1, "the question has 3 choices in the lesson itself, and 4 here"),
    ("- 一块也没有", "- 一块，就是 lo", "```ask", 1, "two choices of this question read the same"),
    (
        "哪种动物的名字听起来像 loop？",
        "哪种动物的名字听起来像 loop？\nchoices:\n- 猫\n- 狗",
        "```ask",
        1,
        "the question has 0 choices in the lesson itself, and 2 here",
    ),
    (
        "- 和 host 里一样多\n",
        "- 和 host 里一样多\nanswer: = 一块，就是 lo\n",
        "answer: = 一块，就是 lo",
        1,
        "the answer to this question stands in the lesson itself",
    ),
    (
        "显示它的状态是什么？",
        "显示它的状态是什么？\nanswer: = UNKNOWN",
        "answer: = UNKNOWN",
        1,
        "the answer to this question stands in the lesson itself",
    ),
    ("answer: = 猫头鹰", "answer: 猫头鹰", "answer: 猫头鹰", 1, "a further answer is `answer: = TEXT`"),
    ("answer: = 猫头鹰", "answer: =", "answer: =", 1, "a further answer is `answer: = TEXT`"),
    ("answer: = 猫头鹰", "answer：= 猫头鹰", "answer：= 猫头鹰", 1, "unknown word `answer：`; did you mean `answer:`?"),
    ("choices:\n- 一", "choices：\n- 一", "choices：", 1, "unknown word `choices：`; did you mean `choices:`?"),
    # bytes
    ("现在它也有地址了。", "现在\x07", "现在\ufffd", 3, "control character U+0007"),
]


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_located(tmp_path: Path, case: Damage) -> None:
    """Every kind of damage is reported in the translation's own file, at its line and column."""
    old, new, line, column, message = case
    damaged = CHINESE.replace(old, new, 1)
    assert damaged != CHINESE
    faults = translation(tmp_path, damaged).faults
    found = next((fault for fault in faults if message in fault.message), None)
    assert found is not None, [str(fault) for fault in faults]
    assert (found.source, found.column) == (line, column)
    assert found.path.endswith("cellar.zh.md")
    assert damaged.replace("\x07", "\ufffd").split("\n")[found.line - 1] == line


def test_the_table_has_rows(tmp_path: Path) -> None:
    """It holds what it is meant to hold, and the undamaged translation has no fault."""
    assert len(DAMAGE) > 35
    assert not translation(tmp_path, CHINESE).faults


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    """Those of the front matter, headings, fences and questions, in the order of their lines."""
    damaged = CHINESE.replace("lang: zh", "lang: fr").replace("{#dig}", "{#dog}").replace("```why\n现", "```check\n现")
    faults = translation(tmp_path, damaged.replace("answer: = 猫头鹰", "answer: 猫头鹰")).faults
    assert len(faults) == 4
    assert list(faults) == sorted(faults)


def test_every_line_left_out_is_met_calmly(tmp_path: Path) -> None:
    """Whichever line is missing: a translation, or located faults, and nothing else."""
    lines = CHINESE.split("\n")
    found = [translation(tmp_path, "\n".join(lines[:index] + lines[index + 1 :])).faults for index in range(len(lines))]
    assert sum(bool(faults) for faults in found) > 15
    assert all(0 < fault.line <= len(lines) and fault.column > 0 for faults in found for fault in faults)


# --- how much it covers -----------------------------------------------------------------------------------------------


def test_all_of_it_is_translated(tmp_path: Path) -> None:
    """Title, introduction, and of each step title, prose, hints, question, choices and why."""
    found = proof(tmp_path, CHINESE)
    assert (found.translated, found.of, found.percent, found.missing) == (21, 21, 100, ())
    assert found.proved


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("title: 房子下面的地窖\n", "", "title: A cellar below the house", "the title is not"),
        ("## 挖一个地窖 {#dig}", "## {#dig}", "## Dig a cellar {#dig}", "the title of step `dig`"),
        ("列出 cellar 里的网卡。\n", "", "Ask for the devices in cellar.", "the prose of step `look`"),
        (
            "```hint\n`ip -n NAMESPACE link set DEV up`\n```\n",
            "",
            "`ip -n NAMESPACE link set DEV up`",
            "hint 2 of step `lo`",
        ),
        ("```ask\n`ip link` 显示它的状态是什么？\n```\n", "", "```ask", "question 1 of step `look`"),
        ("```why\n现在它也有地址了。\n```\n", "", "Now it has an address, too.", "the `why` of step `lo`"),
    ],
)
def test_what_is_missing_is_told_where_it_stands_in_the_lesson(
    tmp_path: Path, old: str, new: str, line: str, message: str
) -> None:
    """One place for each piece."""
    assert old in CHINESE
    found = proof(tmp_path, CHINESE.replace(old, new, 1))
    assert not found.faults
    (missing,) = found.missing
    assert (found.translated, found.percent) == (20, 95)
    assert message in missing.message
    assert missing.source == line
    assert missing.path.endswith("cellar.md")
    assert not found.proved


def test_missing_choices_are_counted_one_by_one(tmp_path: Path) -> None:
    """Each at its own line."""
    found = proof(tmp_path, CHINESE.replace("choices:\n- 一块也没有\n- 一块，就是 lo\n- 和 host 里一样多\n", ""))
    assert [fault.source for fault in found.missing] == ["- none", "- one, lo", "- as many as in host"]


def test_a_translation_that_is_not_there(tmp_path: Path) -> None:
    """It lacks everything where it is demanded, and is not spoken of where it is not."""
    (tmp_path / "cellar.md").write_text(ENGLISH, encoding="utf-8")
    lesson = load(tmp_path / "cellar.md")
    assert languages_of(lesson, ()) == ()
    (found,) = languages_of(lesson, ("en", "zh"))
    assert (found.translated, found.percent, found.proved) == (0, 0, False)
    assert "there is no" in found.missing[0].message


@pytest.mark.parametrize(
    "key", [key for key in pieces(load(DATA / "cellar.md", "en")) if key.part is not Part.QUESTION]
)
def test_each_piece_has_its_line(key: Key) -> None:
    """The line of the lesson where it begins."""
    lesson = load(DATA / "cellar.md", "en")
    first = pieces(lesson)[key].split("\n")[0]
    assert first in lesson.source[line_of(lesson, key) - 1]


# --- what it says otherwise -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("127.0.0.1/8 里", "127.0.0.1/24 里", "127.0.0.1/24", "127.0.0.1/24 stands nowhere"),
        ("但是关着", "但是关着，地址是192.0.2.1", "192.0.2.1", "192.0.2.1 stands nowhere"),
        ("地窖就是一个命名空间。", "ip netns add cellar", "ip netns add cellar", "only the last hint may hold a whole"),
    ],
)
def test_what_it_says_otherwise(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    """An address that is not the lesson's, a solution given away: at its place; the learner still gets the texts."""
    assert old in CHINESE
    found = proof(tmp_path, CHINESE.replace(old, new, 1))
    assert not found.faults
    (finding,) = found.findings
    assert words in finding.message
    assert finding.column == finding.source.index(place) + 1
    assert not found.proved
    assert load(tmp_path / "cellar.md", "zh").language == "zh"


def test_addresses_of_the_same_step_may_be_named(tmp_path: Path) -> None:
    """With or without their prefix length, wherever in the step they stand."""
    assert not proof(tmp_path, CHINESE.replace("127.0.0.1/8 里", "127.0.0.1 里")).findings
