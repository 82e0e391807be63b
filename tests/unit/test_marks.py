"""The marks in a shell's output: found wherever a read cuts them, and never where another session put them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from nstutor.shell.marks import (
    LONGEST_MARK,
    Mark,
    Marked,
    MarkReader,
    environment,
    make_nonce,
    prompt_hook,
    without_echo,
    without_noise,
)

NONCE = "0123456789abcdef"
OTHER = "fedcba9876543210"
STREAM = (
    b"echo\r\n"
    + f"\x1b]133;C;{NONCE}\x07".encode()
    + b"\x1b[31mred\x1b[0m \xe7\x8e\x8b\xe5\xa9\x86\r\n"
    + f"\x1b]133;D;127;4711;emacs:monitor;{NONCE}\x07".encode()
    + b"greenland> "
    + f"\x1b]133;B;{NONCE}\x07".encode()
    + f"\x1b]133;P;4712;{NONCE}\x07".encode()
)
READY = Marked(Mark.READY, 127, frozenset(("emacs", "monitor")))
MARKS = [Marked(Mark.START), READY, Marked(Mark.PROMPT), Marked(Mark.MORE)]
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
    "another nonce": f"\x1b]133;D;0;1;vi;{OTHER}\x07",
    "no nonce": "\x1b]133;D;0;1;vi\x07",
    "no fields": f"\x1b]133;D;{NONCE}\x07",
    "another letter": f"\x1b]133;A;{NONCE}\x07",
    "the end of another sequence": f"\x1b]133;D;0;1;vi;{NONCE}\x1b\\",
    "a long status": f"\x1b]133;D;1234;1;vi;{NONCE}\x07",
    "a title": f"\x1b]0;133;D;0;1;vi;{NONCE}\x07",
    "a nonce that goes on": f"\x1b]133;D;0;1;vi;{NONCE}0\x07",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("cut", [True, False])
def test_what_only_looks_like_a_mark_is_output(forged: str, cut: bool) -> None:
    """It is passed on byte by byte, and a true mark behind it is found."""
    data = forged.encode()
    pieces = [data[index : index + 1] for index in range(len(data))] if cut else [data]
    assert read([*pieces, STREAM]) == (MARKS, [data + TEXTS[0], *TEXTS[1:]])


def test_an_unfinished_mark_is_not_held_for_ever() -> None:
    """A forged beginning without an end delays so many bytes at most; the rest is on the screen."""
    reader, much = MarkReader(NONCE), b"x" * (LONGEST_MARK + 6)
    shown = b"".join(item for item in reader.feed(b"\x1b]133;" + much) if isinstance(item, bytes))
    shown += b"".join(item for item in reader.feed(b"y") if isinstance(item, bytes))
    assert shown + reader.flush() == b"\x1b]133;" + much + b"y"
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
    assert all(NONCE in variables[name] for name in ("PROMPT_COMMAND", "PS0", "PS1", "PS2"))
    assert variables["histchars"] == ""


# --- what readline and `set -v` print beside them ---------------------------------------------------------------------

PROMPT_AGAIN = f"\x1b]133;D;0;4711;vi;{NONCE}\x07> \x1b]133;B;{NONCE}\x07".encode()


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_prompt_that_is_drawn_again_is_no_new_one(size: int) -> None:
    """Readline prints the prompt that bash expanded once more; a new one has another number."""
    data = STREAM[: STREAM.rindex(b"\x1b")] + PROMPT_AGAIN + b"echo on"
    marks, texts = read(data[start : start + size] for start in range(0, len(data), size))
    assert (marks, b"".join(texts)) == (MARKS[:3], b"".join(TEXTS) + b"echo on")
    marks, _ = read([data, PROMPT_AGAIN.replace(b"4711", b"4713")])
    assert marks[3:] == [Marked(Mark.READY, 0, frozenset(("vi",))), Marked(Mark.PROMPT)]


def test_prompts_without_numbers_are_all_taken() -> None:
    """A bash without SRANDOM, or one that does not expand its prompts at all."""
    for drawn in ("", "${SRANDOM-}"):
        again = f"\x1b]133;D;$?;{drawn};$SHELLOPTS;{NONCE}\x07\x1b]133;B;{NONCE}\x07".encode()
        marks, _ = read([again, again])
        assert [(marked.mark, marked.status) for marked in marks] == 2 * [(Mark.READY, None), (Mark.PROMPT, None)]


@pytest.mark.parametrize("size", [1, 40, 300, 10_000])
def test_the_text_of_the_hook_is_not_shown(size: int) -> None:
    """`set -v` prints it; what only begins like it is shown."""
    hook = prompt_hook(NONCE).encode()
    data = b"one\r\n" + 20 * b"-" + hook + b"\r\ntwo\r\n" + hook[:200] + b"\t{"
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert read(pieces) == ([], [data.replace(hook + b"\r\n", b"")])


# --- the echo ---------------------------------------------------------------------------------------------------------

ECHOES = {
    "a syntax error": (
        b"fi\r\nbash: syntax error near unexpected token `fi'\r\n",
        "fi",
        "",
        b"bash: syntax error near unexpected token `fi'\r\n",
    ),
    "an empty line": (b"\r\n", "", "", b""),
    "no echo at all": (b"bash: oops\r\n", "fi", "", b"bash: oops\r\n"),
    "twice, by the terminal and by readline": (b"fi\r\nx> fi\r\nbash: oops\r\n", "fi", "x> ", b"bash: oops\r\n"),
    "bracketed paste": (b"\x1b[?2004hx> fi\r\n\x1b[?2004l\rbash: oops\r\n", "fi", "x> ", b"bash: oops\r\n"),
    "wide characters": ("王婆(\r\nbash: oops\r\n".encode(), "王婆(", "", b"bash: oops\r\n"),
    "a byte that is no text": (b"\xff(\r\nbash: oops\r\n", "\udcff(", "", b"bash: oops\r\n"),
    "blanks around it": (b"  fi  \r\nbash: oops\r\n", "  fi  ", "", b"bash: oops\r\n"),
    "output that only contains the line": (b"fi\r\nfi is no command\r\n", "fi", "", b"fi is no command\r\n"),
}


@pytest.mark.parametrize(("output", "line", "prompt", "rest"), ECHOES.values(), ids=ECHOES)
def test_the_echo_is_taken_off_and_the_message_stays(output: bytes, line: str, prompt: str, rest: bytes) -> None:
    """Where no mark tells them apart, the typed words do."""
    assert without_echo(output, line, prompt) == rest


BESIDE = {
    "bracketed paste": (b"\x1b[?2004h[1]+  Done\r\n\x1b[?2004l\r", b"[1]+  Done\r\n"),
    "a line that a simple terminal clears": (b"                    \r", b""),
    "a line that is cleared": (b"\r\x1b[K\r", b""),
    "output": (b"  two  \r\nthree", b"  two  \r\nthree"),
}


@pytest.mark.parametrize(("printed", "shown"), BESIDE.values(), ids=BESIDE)
def test_what_readline_prints_at_its_prompt_is_no_output(printed: bytes, shown: bytes) -> None:
    """What a job prints there is."""
    assert without_noise(printed) == shown
