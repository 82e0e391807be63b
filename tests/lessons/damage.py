"""Damage that can be done to any lesson, and where its author is to read of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

FORM, PLAY = "form", "play"
"""What finds the damage: reading the file, or playing the lesson."""
HEADING_RE = re.compile(r"## (?P<title>.+?) *\{#(?P<id>[a-z0-9-]+).*\}\Z")


@dataclass(frozen=True)
class Found:
    """What must be reported: the number of the line, from 1, and words of the message."""

    line: int
    words: str


class Draft:
    """A lesson's lines while they are being damaged; indexes are from 0."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")

    @property
    def text(self) -> str:
        """The file."""
        return "\n".join(self.lines)

    def headings(self) -> list[int]:
        """The first lines of the steps."""
        return [index for index, line in enumerate(self.lines) if HEADING_RE.match(line)]

    def fence(self, kind: str, start: int = 0) -> range:
        """The next fence of this kind, its two marker lines included."""
        first = next(i for i in range(start, len(self.lines)) if re.match(rf"```{kind}\b", self.lines[i]))
        last = next(i for i in range(first + 1, len(self.lines)) if self.lines[i] == "```")
        return range(first, last + 1)

    def body(self, kind: str, start: int = 0) -> range:
        """What stands in it."""
        fence = self.fence(kind, start)
        return range(fence.start + 1, fence.stop - 1)

    def put(self, span: range, *lines: str) -> Found:
        """Other lines in the place of these; the first of them is the place to be reported."""
        self.lines[span.start : span.stop] = lines
        return Found(span.start + 1, "")

    def change(self, index: int, old: str, new: str) -> Found:
        """One line, changed; it is the place to be reported."""
        assert old in self.lines[index], self.lines[index]
        self.lines[index] = self.lines[index].replace(old, new, 1)
        return Found(index + 1, "")

    def without(self, *kinds: str) -> Found:
        """The first step without its fences of these kinds; its heading is the place to be reported."""
        heading, second = [*self.headings(), len(self.lines)][:2]
        inside = self.lines[heading:second]
        kept = "\n".join(inside)
        for kind in kinds:
            kept = re.sub(rf"```{kind}\b.*?\n```\n?", "", kept, flags=re.DOTALL)
        self.lines[heading:second] = kept.split("\n")
        return Found(heading + 1, "")

    def first_id(self) -> str:
        """The id of the first step."""
        match = HEADING_RE.match(self.lines[self.headings()[0]])
        assert match
        return match["id"]

    def key(self, name: str) -> int:
        """The line of a key of the front matter."""
        return next(index for index, line in enumerate(self.lines) if line.startswith(f"{name}:"))

    def beginning(self) -> None:
        """Keep the first step only."""
        second = self.headings()[1]
        del self.lines[second:]
        self.lines = [line for line in self.lines if not line.startswith("requires:")]

    # --- damage of form -----------------------------------------------------------------------------------------------

    def doubled_id(self) -> Found:
        """The second step gets the first one's id."""
        second = self.headings()[1]
        self.lines[second] = re.sub(r"\{#[a-z0-9-]+", f"{{#{self.first_id()}", self.lines[second])
        return Found(second + 1, "is taken by the step in line")

    def no_id(self) -> Found:
        """The first step has none."""
        heading = self.headings()[0]
        self.lines[heading] = re.sub(r" *\{#.*", "", self.lines[heading])
        return Found(heading + 1, "this step needs one id")

    def misspelt_check(self) -> Found:
        """Two letters of a check's first word change places."""
        index = self.checks()[0]
        word = self.lines[index].split()[1 if self.lines[index].startswith("not ") else 0]
        return self.change(index, word, f"{word[:-2]}{word[-1]}{word[-2]}")

    def misspelt_keyword(self) -> Found:
        """A keyword of a check."""
        index = next(index for index in self.checks() if " netns " in self.lines[index])
        return self.change(index, " netns ", " netsn ")

    def checks(self) -> list[int]:
        """The lines of checks."""
        found, place = [], 0
        while any(line.startswith("```check") for line in self.lines[place:]):
            body = self.body("check", place)
            found += [index for index in body if not self.lines[index].startswith("#")]
            place = body.stop
        return found

    def open_fence(self) -> Found:
        """The last fence of the file is not closed."""
        last = max(index for index, line in enumerate(self.lines) if line == "```")
        opening = max(index for index in range(last) if self.lines[index].startswith("```"))
        del self.lines[last]
        return Found(opening + 1, "this fence is never closed")

    def early_hint(self) -> Found:
        """A weak hint holds the solution, which its step does not show otherwise."""
        for heading in self.headings():
            hint, solution = self.body("hint", heading), self.lines[self.body("solution", heading).start]
            following = next((other for other in self.headings() if other > heading), len(self.lines))
            if sum(solution in line for line in self.lines[heading:following]) == 1:
                return self.put(hint, f"Type {solution}")
        raise AssertionError("every step shows its solution")

    def arrowless(self) -> Found:
        """A wrong attempt without the words that it must get."""
        fence = self.fence("wrong")
        del self.lines[fence.stop - 2]
        return Found(fence.start + 1, "")

    def doubled_wrong(self) -> Found:
        """Two wrong attempts with one name."""
        fence = self.fence("wrong")
        copy = self.lines[fence.start : fence.stop]
        self.lines[fence.stop : fence.stop] = ["", *copy]
        return Found(fence.start + 1, "")

    def unanswered(self) -> Found:
        """A question without its answer."""
        fence = self.fence("ask")
        answer = next(index for index in fence if self.lines[index].startswith("answer:"))
        del self.lines[answer]
        return Found(fence.start + 1, "")

    def doubled_check(self) -> Found:
        """A check that stands twice in its step."""
        index = self.checks()[0]
        self.lines.insert(index, self.lines[index])
        return Found(index + 2, "")

    def front(self, key: str, line: str | None) -> Found:
        """Another line for a key of the front matter, or none."""
        index = self.key(key)
        if line is None:
            del self.lines[index]
            return Found(1, "")
        return self.put(range(index, index + 1), line)

    def unclosed_front(self) -> Found:
        """The front matter has no end."""
        del self.lines[self.lines.index("---", 1)]
        return Found(1, "")

    def insert(self, index: int, *lines: str) -> Found:
        """New lines, of which the first is the place to be reported."""
        return self.put(range(index, index), *lines)

    # --- damage that only plays show ----------------------------------------------------------------------------------

    def add_to(self, kind: str, line: str) -> Found:
        """One more line in the first fence of this kind, and that is the place to be reported."""
        return self.put(range(self.body(kind).stop, self.body(kind).stop), line)

    def at_first_check(self) -> Found:
        """The place of the first check."""
        return Found(self.checks()[0] + 1, "")

    def wrong_solution(self) -> Found:
        """A solution that does nothing."""
        self.put(self.body("solution"), "true")
        return self.at_first_check()

    def wrong_alternative(self) -> Found:
        """A second solution that does nothing."""
        self.insert(self.fence("solution").stop, "", "```solution", "true", "```")
        return self.at_first_check()

    def right_wrong_attempt(self) -> Found:
        """A wrong attempt that is the solution."""
        solution = [self.lines[index] for index in self.body("solution")]
        body, opening = self.body("wrong"), self.fence("wrong").start
        self.put(range(body.start, body.stop - 1), *solution)
        return Found(opening + 1, "")

    def other_words(self) -> Found:
        """Words that the learner never reads."""
        body = self.body("wrong")
        return self.put(range(body.stop - 1, body.stop), "=> xyzzy")

    def already_true(self) -> Found:
        """Checks that hold in the untouched world."""
        return self.put(self.body("check"), "link lo netns host")

    def needless_already(self) -> Found:
        """A reason for what needs none."""
        self.change(self.fence("check").start, "```check", "```check already: it may")
        return self.at_first_check()


Damage = tuple[str, Callable[[Draft], Found], str]
"""What finds it, what does it, and words of the message."""

TABLE: Mapping[str, Damage] = {
    "the check fences are removed": (FORM, lambda d: d.without("check", "ask"), "this step has no check and no"),
    "the solution fences are removed": (FORM, lambda d: d.without("solution"), "this step has no solution"),
    "the hint fences are removed": (FORM, lambda d: d.without("hint"), "this step has no hint"),
    "an id is doubled": (FORM, Draft.doubled_id, "is taken by the step in line"),
    "an id is removed": (FORM, Draft.no_id, "this step needs one id"),
    "an id has capital letters": (
        FORM,
        lambda d: d.change(d.headings()[0], "{#", "{#X"),
        "an id is made of small letters",
    ),
    "an attribute is misspelt": (
        FORM,
        lambda d: d.change(d.headings()[0], "}", " .requird}"),
        "did you mean `.required`?",
    ),
    "a heading lacks its space": (
        FORM,
        lambda d: d.change(d.headings()[0], "## ", "##"),
        "a heading needs a space behind `##`",
    ),
    "a check is misspelt": (FORM, Draft.misspelt_check, "did you mean `"),
    "a keyword of a check is misspelt": (FORM, Draft.misspelt_keyword, "did you mean `netns`?"),
    "a check stands twice": (FORM, Draft.doubled_check, "this check stands in line"),
    "a fence is misspelt": (
        FORM,
        lambda d: d.change(d.fence("hint").start, "hint", "hnit"),
        "unknown fence `hnit`; did you mean `hint`?",
    ),
    "a fence is not closed": (FORM, Draft.open_fence, "this fence is never closed"),
    "a fence is empty": (FORM, lambda d: Found(d.put(d.body("hint")).line - 1, ""), "the `hint` fence is empty"),
    "an early hint gives the solution away": (FORM, Draft.early_hint, "only the last hint may hold a whole line"),
    "a wrong attempt without its words": (FORM, Draft.arrowless, "a wrong attempt ends with a line `=> WORDS"),
    "a wrong attempt without a name": (
        FORM,
        lambda d: d.put(range(d.fence("wrong").start, d.fence("wrong").start + 1), "```wrong"),
        "a wrong attempt has a name",
    ),
    "two wrong attempts with one name": (FORM, Draft.doubled_wrong, "two wrong attempts of this step are called"),
    "a question without its answer": (FORM, Draft.unanswered, "the question has no `answer:`"),
    "a setup in a step": (
        FORM,
        lambda d: d.insert(d.headings()[0] + 1, "```setup", "true", "```"),
        "`setup` belongs in the intro",
    ),
    "a hint in the introduction": (
        FORM,
        lambda d: d.insert(d.headings()[0], "```hint", "Think.", "```", ""),
        "a `hint` fence belongs in a step",
    ),
    "a control character": (FORM, lambda d: d.insert(d.headings()[0] + 1, "bell \a"), "control character U+0007"),
    "no format": (FORM, lambda d: d.front("format", None), "the front matter has no `format`"),
    "a format of the future": (FORM, lambda d: d.front("format", "format: 2"), "upgrade nstutor"),
    "a key is misspelt": (FORM, lambda d: d.front("title", "titel: x"), "did you mean `title`?"),
    "an id that is none": (FORM, lambda d: d.front("id", "id: The Lesson"), "`id` must be small letters"),
    "tools that are no list": (FORM, lambda d: d.front("tools", "tools: ip"), "`tools` must be a list"),
    "the front matter is not closed": (FORM, Draft.unclosed_front, "the front matter is not closed"),
    "a wrong solution": (PLAY, Draft.wrong_solution, "the step is not passed by the solution in line"),
    "a wrong alternative": (PLAY, Draft.wrong_alternative, "the step is not passed by the solution in line"),
    "a initially_true check": (PLAY, lambda d: d.add_to("check", "link lo netns host up"), "never failed"),
    "checks that hold already": (PLAY, Draft.already_true, "this step holds before its solution"),
    "a step that says `already` and need not": (PLAY, Draft.needless_already, "fails before its solution"),
    "a wrong attempt that passes": (PLAY, Draft.right_wrong_attempt, "passes its step"),
    "words that the learner never reads": (PLAY, Draft.other_words, "the learner does not read `xyzzy`"),
    "a slip that no check notices": (
        PLAY,
        lambda d: d.add_to("solution", "ip netns add unasked"),
        'leaving out "ip netns add unasked" is not noticed',
    ),
}
