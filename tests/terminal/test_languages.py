"""The program speaks the learner's language: with LANG=zh_CN.UTF-8 no word of its own is English."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from conftest import OpenTerminal
from foreign import WORD, english
from learner import NSTUTOR, Learner, runtime_folder

from nstutor.cli import VERBS
from nstutor.lesson.catalog import course
from nstutor.lesson.parse import load

BY_LANG = {"LANGUAGE": "", "LC_ALL": "", "LANG": "zh_CN.UTF-8"}
WAYS: Sequence[tuple[Mapping[str, str], tuple[str, ...]]] = (
    (BY_LANG, ()),
    ({"LANGUAGE": "", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}, ("--lang", "zh")),
    ({"LANGUAGE": "fr:zh_CN:en", "LC_ALL": "", "LANG": "en_US.UTF-8"}, ()),
)
"""Environment, and words in front of the command's."""

LESSONS = [load(path) for path in course()]
TITLES = [
    word
    for lesson in LESSONS
    for title in (lesson.title, *(step.title for step in lesson.steps))
    for word in WORD.findall(title)
]
"""A lesson without a translation keeps its titles."""

LESSON = """\
---
format: 1
id: bridge
title: 两个院子
---
先盖两个院子。

## 盖一个院子 {#house}

盖一个叫 eden 的院子。

```solution
ip netns add eden
```

```check
netns eden
```

```hint
院子就是命名空间。
```

```hint
`ip netns add`
```

```why
现在有了。
```

## 接通电源 {#power}

把 lo 接通。

```solution
ip -n eden link set lo up
```

```check
link lo netns eden up
ping 127.0.0.1 netns eden
```

```hint
`ip -n`
```

## 看一看 {#look}

看看 lo。

```solution
ip -n eden link
```

```check
ran netns eden -- ip link
```

```hint
`ip link`
```

```ask
lo 的状态是什么？
answer: link lo netns eden operstate
```
"""
NAMES = ("wp", "x", "eden", "Eden", "house", "power", "look", "work", "s")


def said(*arguments: str, environment: Mapping[str, str] = BY_LANG, words: Sequence[str] = ()) -> str:
    """What nstutor prints, on both ways out."""
    command = [sys.executable, "-m", "nstutor", *words, *arguments]
    answer = subprocess.run(
        command,
        env={**os.environ, "COLUMNS": "80", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in answer.stdout, answer.stdout
    return answer.stdout


@pytest.mark.parametrize(("environment", "words"), WAYS, ids=["LANG", "--lang", "LANGUAGE"])
def test_language_is_the_environments_or_the_one_that_is_named(
    environment: Mapping[str, str], words: Sequence[str]
) -> None:
    """The help is Chinese by LANG, by --lang in front of or behind the verb, and by LANGUAGE before LANG."""
    for text in (
        said("--help", environment=environment, words=words),
        said("check", "--help", environment=environment, words=words),
        said("check", *words, "--help", environment=environment),
    ):
        assert "显示这条帮助并退出" in text
        assert english(text, NAMES) == []


def test_english_stays_the_default() -> None:
    """Where nobody asks for another language the program speaks English, also in one that it does not know."""
    for language in ("C.UTF-8", "en_US.UTF-8", "fr_FR.UTF-8"):
        text = said("--help", environment={"LANGUAGE": "", "LC_ALL": "", "LANG": language})
        assert "show this help message and exit" in text
    assert "there is no command" in said("chekc", environment=BY_LANG, words=("--lang", "en"))


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_every_verb_is_chinese(verb: str) -> None:
    """No English in a verb's help, argparse's own words included; each line fits the terminal."""
    text = said(verb, "--help")
    assert text.startswith(f"用法：nstutor {verb} ")
    assert english(text, NAMES) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("chekc",),
        ("check",),
        ("check", "bridge", "--format", "nix"),
        ("check", "nix", "x.sh"),
        ("check", "bridge", "nowhere/"),
        ("list", "x"),
        ("check", "bridge", "--limit", "0", "x.sh"),
        ("check", "bridge", "--limit"),
        ("check", "--nix", "bridge"),
        ("check", "bridge", "no-such.sh"),
        ("check", "./no-such.md", "x.sh"),
        ("learn", "bridge"),
        ("attach",),
        ("lesson", "test", "--jobs", "x", "a.md"),
        ("lesson", "new", "a", "b"),
        ("lesson", "new", "a"),
        ("--nix",),
        ("doctor", "--for", "nix"),
        ("learn",),
        ("learn", "bridge", "--lang"),
    ],
    ids=" ".join,
)
def test_mistakes_are_told_in_chinese(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Wrong arguments, names that nothing answers to, files that cannot be read: no word of English."""
    text = said(*arguments, environment={**BY_LANG, "XDG_DATA_HOME": str(tmp_path)})
    given = WORD.findall(" ".join(arguments))
    assert text.strip(), "nothing was said"
    assert english(text, (*NAMES, *TITLES, *given, "loopback", "bridge", "veth")) == []


def test_list_and_doctor_speak_chinese() -> None:
    """The course and the machine's state; what programs and kernels are called stays."""
    assert english(said("list"), (*TITLES, "loopback", "bridge", "veth")) == []
    names = WORD.findall(
        "traceroute route ifconfig tcpdump brctl nft less vim dummy vlan macvlan ipvlan vxlan gre tbf"
        " netem tmux python release"
    )
    names += WORD.findall(os.uname().release)
    text = said("doctor")
    assert "实验环境：" in text
    assert english(text, names) == []


def test_report_of_a_failed_submission_is_chinese(tmp_path: Path) -> None:
    """Verdicts, advice, notes and the outcome; the titles are the lesson's."""
    script = tmp_path / "work.sh"
    lines = ("ip netns add ximenqing-ns", "ip link add wangpo type bridge", "ip netns add panjinlian-nss", "\x07", "(")
    script.write_text("\n".join(lines))
    text = said("check", "bridge", str(script))
    assert "没有通过" in text
    names = (*TITLES, *WORD.findall("ximenqing-ns panjinlian-nss wangpo wp2xmq xmq2wp x work address bridge"))
    assert english(text, names) == []


def test_faults_of_a_lesson_are_told_in_chinese(tmp_path: Path) -> None:
    """Each with its place; the file's own lines stand below it as they are."""
    lesson = tmp_path / "a.md"
    faulty = LESSON.replace("```check\nnetns eden", "```check\nnetsn eden")
    lesson.write_text(faulty)
    text = said("check", str(lesson), "x.sh")
    assert "未知的检查 `netsn`；是不是想写 `netns`？" in text
    lesson.write_text(faulty.replace("```hint\n`ip -n`\n```\n", ""))
    text += said("lesson", "test", str(lesson))
    assert "这一步没有提示" in text
    assert english("\n".join(line for line in text.splitlines() if "│" not in line), NAMES) == []


def test_course_is_chinese(terminal: OpenTerminal, tmp_path: Path) -> None:
    """The menu of the lessons, its keys included."""
    environment = {**BY_LANG, "XDG_DATA_HOME": str(tmp_path / "data"), "XDG_RUNTIME_DIR": runtime_folder(tmp_path)}
    screen = terminal(*NSTUTOR, environment=environment).wait("动手学 Linux 网络命名空间")
    assert english(screen, TITLES) == []


def own_lines(screen: str) -> str:
    """What the tutor says on a screen: not what was typed, nor what the commands print in the lab's own locale."""
    foreign = re.compile(r"^(?:.*❯|exit$|Cannot |bash: |ping: |PING |\d+ |---|rtt |.*icmp_seq|\d+: |    link/)")
    return "\n".join(line for line in screen.splitlines() if not foreign.match(line))


TYPED = (
    "ip netns exec edne ip link",
    ":check",
    ":hint",
    ":hint",
    ":help",
    ":map",
    ":changes",
    ":hnit",
    "hint",
    ":step",
    "ip link add wp1 type veth peer name wp2",
    ":map",
    ":map plain",
    ":map x",
    "ip netns add Eden",
    ":check",
    ":goto 99",
    ":goto",
    ":answer x",
    ":save",
    "ip netns add eden",
    "",
    "ip link set lo2 up",
    "ip netns exec eden ping -c 1 -W 1 127.0.0.1",
    ":check",
    ":map",
    ":solution",
    "ip -n eden link set lo up",
    "",
    ":answer UP",
    "ip -n eden link",
    ":answer",
    ":answer UP",
    ":answer UNKNOWN",
    ":save work.sh",
    ":save work.sh",
    ":hint",
    ":check",
    "exit",
    ":reset",
    ":goto power",
)
"""A lesson with every kind of mistake, and each of the tutor's words."""


def test_learner_meets_no_english(terminal: OpenTerminal, tmp_path: Path) -> None:
    """From the first line to the last, everything that the tutor says is in the language of the environment."""
    (tmp_path / "lesson.md").write_text(LESSON)
    environment = {**BY_LANG, "XDG_DATA_HOME": str(tmp_path / "data"), "XDG_RUNTIME_DIR": runtime_folder(tmp_path)}
    learner = Learner(
        terminal(*NSTUTOR, "learn", "./lesson.md", columns=80, rows=40, environment=environment, folder=tmp_path),
        tmp_path / "data",
    )
    screens = {"": learner.at_prompt()}
    for line in TYPED:
        screens[line] = screens.get(line, "") + learner.line(line)
    assert {line: found for line, screen in screens.items() if (found := english(own_lines(screen), NAMES))} == {}
    assert "第 1 步，共 3 步" in screens[""]
    assert "还没有创建过命名空间。" in screens["ip netns exec edne ip link"]
    assert "名字是 Eden；应该是 eden" in screens[":check"]
    assert '看 "state" 后面。' in screens[":answer UP"]
    assert "每一步都通过了" in screens[":answer UNKNOWN"]
