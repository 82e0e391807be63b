"""Colours of the line and of the namespaces."""

from __future__ import annotations

import subprocess
import sys

import pytest
from prompt_toolkit.document import Document
from prompt_toolkit.styles import parse_color
from rich.color import Color
from snapshots import BRIDGE, snapshot

from nstutor.shell.highlight import STYLES, LabLexer
from nstutor.text.colours import HOST_COLOUR, PALETTE, colour_of

LAB = snapshot(*BRIDGE)


def coloured(line: str) -> list[tuple[str, str]]:
    """The fragments of one line."""
    lexer = LabLexer(lambda: LAB, {"hint": ""})
    return [(fragment[0], fragment[1]) for fragment in lexer.lex_document(Document(line))(0)]


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [*PALETTE, HOST_COLOUR])
def test_palette_is_readable_on_dark_and_light(colour: str) -> None:
    """The contrast against black and against white is over 3.5, and both libraries know the notation."""
    light = luminance(colour)
    assert (light + 0.05) / 0.05 > 3.5
    assert 1.05 / (light + 0.05) > 3.5
    assert parse_color(colour)
    assert Color.parse(colour).triplet is not None


def test_colours_are_stable_and_tell_the_lessons_namespaces_apart() -> None:
    """The namespaces of the course have one colour each, none of them host's."""
    names = ["host", "eden", "greenland", "ximenqing-ns", "panjinlian-ns"]
    colours = [colour_of(name) for name in names]
    assert colours == [colour_of(name) for name in names]
    assert len(set(colours)) == len(names)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "ip link",
        "echo 'open",
        'echo "a b" | grep "x',
        "ip netns exec ximenqing-ns ip l s xmq2wp up  ",
        ":hint",
        ":hint 2",
        "a\tb",
        "ip -n",
        "x" * 5000,
        "ip netns exec 西门 ping",
        "<<E",
        "$((1+2)",
        "\\",
        "a\\",
        "`",
        "ip netns exec",
    ],
)
def test_no_character_is_lost(line: str) -> None:
    """The fragments together are the line, whatever is half typed."""
    assert "".join(text for _, text in coloured(line)) == line


def test_namespaces_have_their_own_colour() -> None:
    """A live namespace is shown in its colour, also behind /run/netns/; an unknown name is not."""
    assert (f"fg:{colour_of('ximenqing-ns')}", "ximenqing-ns") in coloured("ip netns exec ximenqing-ns bash")
    entering = coloured("nsenter --net=/run/netns/panjinlian-ns ip a")
    assert (f"fg:{colour_of('panjinlian-ns')}", "panjinlian-ns") in entering
    assert not any("fg:#" in style for style, _ in coloured("ip netns exec nobody bash"))


def test_words_of_ip_are_keywords() -> None:
    """Object, verb and keywords, abbreviated too, and those of the command inside."""
    fragments = coloured("ip -n x l s wp2xmq master wangpo; ip netns exec x ip addr add 1.2.3.4/24 dev y")
    keywords = [text for style, text in fragments if style == STYLES["keyword"]]
    assert keywords == ["l", "s", "master", "netns", "exec", "addr", "add", "dev"]


def test_tutor_words() -> None:
    """Only a word that the tutor knows is one."""
    assert coloured(":hint now")[0] == (STYLES["tutor"], ":hint")
    assert all(style != STYLES["tutor"] for style, _ in coloured(":(){ :|:& };:"))


def test_bash_is_coloured_by_pygments() -> None:
    """Strings and comments look like strings and comments."""
    styles = {text.strip(): style for style, text in coloured("echo 'hi' # look")}
    assert "green" in styles["'hi'"]
    assert "italic" in styles["# look"]


def test_first_prompt_does_not_import_pygments() -> None:
    """An empty line is drawn without it: it costs 25 ms."""
    script = (
        "import sys; from prompt_toolkit.document import Document; from nstutor.shell.highlight import LabLexer\n"
        "LabLexer().lex_document(Document(''))(0); print('pygments.lexers.shell' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
