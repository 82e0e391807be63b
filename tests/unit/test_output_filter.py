"""What a program that is not trusted may write to a terminal, in whatever pieces it comes."""

from __future__ import annotations

import pytest

from nstutor.ui.output_filter import OutputFilter

KEPT = (
    "plain ü 好\r\n\t\b\a",
    "\x1b[1;31mred\x1b[m",
    "\x1b[2J\x1b[3;4H\x1b[K",
    "\x1b[?1049h\x1b[?25l\x1b[?25;7h",
    "\x1b7\x1b8\x1b(B",
)
DROPPED = (
    "\x1b]52;c;eA==\x07",
    "\x1b]0;title\x1b\\",
    "\x1bP1$r0m\x1b\\",
    "\x1b_apc\x1b\\",
    "\x1b^pm\x1b\\",
    "\x1bXsos\x1b\\",
    "\x1b[6n",
    "\x1b[c",
    "\x1b[>c",
    "\x1b[21t",
    "\x1b[?1000h",
    "\x1b[?1003;1006h",
    "\x1b[>4;2m",
    "\x1b[0 q",
    "\x1b[!p",
    "\x1bc",
    "\x1bZ",
    "\x1b]unended\x1b[m\x07",
)
STEERING = (
    b"\x9b6n",
    b"\xc2\x9b6n",
    "\u202eevil".encode(),
    b"\x05",
    b"\x0e",
    b"\xff\xfe",
    b"\x1b\x1b]0;a",
    b"\x1b[12\x07m",
    b"\x1b]" + b"a" * 10000,
    b"\x1bP" + b"a" * 10000,
)


def shown(text: bytes, size: int) -> bytes:
    """What is shown of a text that comes in pieces of this size."""
    allowed = OutputFilter()
    return b"".join(allowed(text[at : at + size]) for at in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_drawing_is_kept_and_the_rest_dropped(size: int) -> None:
    """Each sequence is seen whole, wherever it was cut."""
    for kept in KEPT:
        for dropped in DROPPED:
            text = f"<{kept}{dropped}{kept}>"
            assert shown(text.encode(), size).decode() == f"<{kept}{kept}>", (kept, dropped)


@pytest.mark.parametrize("text", STEERING)
def test_nothing_else_steers(text: bytes) -> None:
    """Neither a control character of eight bits, nor a sequence that never ends."""
    left = shown(text + b"end" + b"." * 5000, 7).decode()
    assert not [char for char in left if not char.isprintable() and char not in "\a\b\t\r\n"]
    assert "end" in left
