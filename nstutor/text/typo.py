"""Which name was meant by one that is not there."""

from __future__ import annotations

from collections.abc import Iterable


def is_slip(word: str, meant: str) -> bool:
    """One letter more, less or other, or two neighbours swapped; never digits alone: eth0 is not a misspelt eth1."""
    start = next((i for i, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), min(len(word), len(meant)))
    a, b = word[start:], meant[start:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    if len(a) == len(b) == 2:
        return a == b[::-1]
    return len(a) <= 1 and len(b) <= 1 and not (a + b).isdigit()


def meant_by(word: str, names: Iterable[str], shortest: int = 4) -> str | None:
    """The one name that differs by letter case only, else by one slip of the finger; None if in doubt.

    A name of fewer than `shortest` letters is too easily near to anything.
    """
    candidates = sorted({name for name in names if name != word})
    same = [name for name in candidates if name.casefold() == word.casefold()]
    close = same or [name for name in candidates if len(name) >= shortest and is_slip(word, name)]
    return close[0] if len(close) == 1 else None


def nearest(word: str, options: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The option most like the word, letter case aside; None if none comes up to `cutoff` (difflib's ratio)."""
    import difflib

    by_lower = {option.lower(): option for option in options}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[found[0]] if found else None
