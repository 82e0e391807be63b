"""The marks in a shell's output: found wherever a read cuts them, and never where another session put them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from nstutor.shell.marks import Mark, Marked, MarkReader, environment, make_nonce, without_echo

NONCE = "0123456789abcdef"
OTHER = "fedcba9876543210"
STREAM = (
    b"echo\r\n"
    + f"\x1b]133;C;{NONCE}\x07".encode()
    + b"\x1b[31mred\x1b[0m \xe7\x8e\x8b\xe5\xa9\x86\r\n"
    + f"\x1b]133;D;127;{NONCE}\x07".encode()
    + b"greenland> "
    + f"\x1b]133;B;{NONCE}\x07".encode()
    + f"\x1b]133;P;{NONCE}\x07".encode()
)
MARKS = [Marked(Mark.START), Marked(Mark.READY, 127), Marked(Mark.PROMPT), Marked(Mark.MORE)]
TEXTS = [b"echo\r\n", b"\x1b[31mred\x1b[0m \xe7\x8e\x8b\xe5\xa9\x86\r\n", b"greenland> ", b"", b""]


def read(pieces: Iterable[bytes]) -> tuple[list[Marked], list[bytes]]:
    """The marks in the pieces of a stream, and the output before, between and behind them."""
    reader = MarkReader(NONCE)
    marks: list[Marked] = []
    texts = [b""]
    for piece in pieces:
        for item in reader.feed(piece):
            if isinstance(item, Marked):
                marks.append(item)
                texts.append(b"")
            else:
                assert item, "a piece of output is never empty"
                texts[-1] += item
    texts[-1] += reader.flush()
    return marks, texts


@pytest.mark.parametrize("position", range(len(STREAM) + 1))
def test_a_stream_that_is_cut_anywhere_is_read_the_same(position: int) -> None:
    """Each byte position, also in the middle of a mark or of a character."""
    assert read([STREAM[:position], STREAM[position:]]) == (MARKS, TEXTS)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_a_stream_that_comes_in_drops_is_read_the_same(size: int) -> None:
    """One byte at a time is enough."""
    assert read(STREAM[start : start + size] for start in range(0, len(STREAM), size)) == (MARKS, TEXTS)


FORGED = {
    "another nonce": f"\x1b]133;D;0;{OTHER}\x07",
    "no nonce": "\x1b]133;D;0\x07",
    "another letter": f"\x1b]133;A;{NONCE}\x07",
    "the end of another sequence": f"\x1b]133;D;0;{NONCE}\x1b\\",
    "a long status": f"\x1b]133;D;1234;{NONCE}\x07",
    "a title": f"\x1b]0;133;D;0;{NONCE}\x07",
    "a nonce that goes on": f"\x1b]133;D;0;{NONCE}0\x07",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("cut", [True, False])
def test_what_only_looks_like_a_mark_is_output(forged: str, cut: bool) -> None:
    """It is passed on byte by byte, and a true mark behind it is found."""
    data = forged.encode()
    pieces = [data[index : index + 1] for index in range(len(data))] if cut else [data]
    assert read([*pieces, STREAM]) == (MARKS, [data + TEXTS[0], *TEXTS[1:]])


def test_an_unfinished_mark_is_not_held_for_ever() -> None:
    """A forged beginning without an end delays 64 bytes at most; the rest is on the screen."""
    reader = MarkReader(NONCE)
    shown = b"".join(item for item in reader.feed(b"\x1b]133;" + b"x" * 70) if isinstance(item, bytes))
    shown += b"".join(item for item in reader.feed(b"y") if isinstance(item, bytes))
    assert shown + reader.flush() == b"\x1b]133;" + b"x" * 70 + b"y"
    assert len(shown) > 0


def test_escapes_that_begin_no_mark_are_not_held() -> None:
    """Colours come at once; a lone escape may begin a mark, and waits."""
    reader = MarkReader(NONCE)
    assert list(reader.feed(b"\x1b[1m")) == [b"\x1b[1m"]
    assert list(reader.feed(b"a\x1b")) == [b"a"]
    assert reader.flush() == b"\x1b"
    assert reader.flush() == b""


def test_nonces_differ() -> None:
    """Two sessions, one in the other, do not take each other's marks."""
    assert make_nonce() != make_nonce()


def test_a_nested_session_has_its_own_marks() -> None:
    """Every variable that marks carries the nonce, and no `!` is expanded."""
    variables = environment(NONCE)
    assert all(NONCE in variables[name] for name in ("PROMPT_COMMAND", "PS0", "PS2"))
    assert (variables["PS1"], variables["histchars"]) == ("", "")


# --- the echo ---------------------------------------------------------------------------------------------------------

ECHOES = {
    "a syntax error": (b"fi\r\nbash: syntax error near unexpected token `fi'\r\n", "fi", "",
                       b"bash: syntax error near unexpected token `fi'\r\n"),
    "an empty line": (b"\r\n", "", "", b""),
    "no echo at all": (b"bash: oops\r\n", "fi", "", b"bash: oops\r\n"),
    "twice, by the terminal and by readline": (b"fi\r\nx> fi\r\nbash: oops\r\n", "fi", "x> ", b"bash: oops\r\n"),
    "bracketed paste": (b"\x1b[?2004hx> fi\r\n\x1b[?2004l\rbash: oops\r\n", "fi", "x> ", b"bash: oops\r\n"),
    "wide characters": ("王婆(\r\nbash: oops\r\n".encode(), "王婆(", "", b"bash: oops\r\n"),
    "a byte that is no text": (b"\xff(\r\nbash: oops\r\n", "\udcff(", "", b"bash: oops\r\n"),
    "blanks around it": (b"  fi  \r\nbash: oops\r\n", "  fi  ", "", b"bash: oops\r\n"),
    "output that only contains the line": (b"fi\r\nfi is no command\r\n", "fi", "", b"fi is no command\r\n"),
}  # fmt: skip


@pytest.mark.parametrize(("output", "line", "prompt", "rest"), ECHOES.values(), ids=ECHOES)
def test_the_echo_is_taken_off_and_the_message_stays(output: bytes, line: str, prompt: str, rest: bytes) -> None:
    """Where no mark tells them apart, the typed words do."""
    assert without_echo(output, line, prompt) == rest
