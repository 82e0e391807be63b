"""Slips of typing and pasting, seen in the line itself: foreign characters, a copied prompt, `//` remarks."""

from __future__ import annotations

import re
import shlex
import unicodedata

from nstutor.coach import lines
from nstutor.coach.advice import Advice, Attempt
from nstutor.text.i18n import N_, PRIMARY, _, in_use

_SPACES = "\u00a0\u2002\u2003\u2009\u202f\u3000"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_DOUBLE_QUOTES, _SINGLE_QUOTES = "\u201c\u201d\u201e\u201f", "\u2018\u2019\u201a\u201b"
_OTHERS = {
    "\u3001": ",",
    "\u3002": ".",
    "\uff61": ".",
    "\u3010": "[",
    "\u3011": "]",
    "\u300a": "<",
    "\u300b": ">",
    "\u200b": "",
    "\u200c": "",
    "\u200d": "",
    "\ufeff": "",
    "\uffe5": "$",
}
_FULL_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
MEANT = {
    **_FULL_WIDTH,
    **_OTHERS,
    **dict.fromkeys(_SPACES, " "),
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys(_SINGLE_QUOTES, "'"),
}
"""What each character of an input method or a word processor stands for in a shell."""
_NAMES = {
    "\u3000": N_("a full-width space"),
    "\u00a0": N_("a no-break space"),
    "\uff0d": N_("a full-width dash"),
    **dict.fromkeys("\u2013\u2014", N_("a dash of a word processor")),
    "\uff0c": N_("a full-width comma"),
    **dict.fromkeys("\u201c\u201d\u2018\u2019", N_("a curly quote")),
}

_ASIDE = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|(?:(?<=\s)|^)(?:\#|//).*""", re.DOTALL)
_REMARK = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|(?:(?<=\s)|^)(?P<remark>//.*)""", re.DOTALL)
_PROMPTS = (
    re.compile(r"(?P<prompt>(?:\[?[\w.-]+@[^\s#$]*(?: [^\s#$]+)?[#$]|[$%❯➜»])\s+)(?P<rest>\S.*)", re.DOTALL),
    re.compile(r"(?P<prompt>(?:[\w.-]+ › )*[\w.-]+ ❯[ \t\u00a0]+)(?P<rest>\S.*)", re.DOTALL),
)
_ANGLE_PROMPT = re.compile(r"\s*(?P<name>[\w.@:~-]+)>[ \t]*(?P<rest>(?P<file>[\w./-]+).*)", re.DOTALL)
_HASH_PROMPT = re.compile(
    r"\s*#[ \t]+(?P<rest>(?:sudo +)?(?:ip|bridge|ping|brctl|ifconfig|route|traceroute|iptables|tcpdump|nsenter) .*)"
)
_TUTOR = ("hint", "map", "solution", "check", "reset", "goto", "quit", "answer", "changes", "save", "step")


def foreign_character(attempt: Attempt) -> Advice | None:
    """A full-width space, a typographic dash or quote where bash wants the plain one."""
    found = _first_foreign(attempt.line)
    if found is None or not (attempt.status or _named_with_foreign(attempt)):
        return None
    char = attempt.line[found]
    text = _("At column {column} stands {name} (U+{code:04X}), not {meant}.").format(
        column=found + 1, name=_called(char), code=ord(char), meant=_shown(MEANT[char])
    )
    return Advice(text, _plain(attempt.line))


def pasted_prompt(attempt: Attempt) -> Advice | None:
    """`$ ip link`, `root@host:~# ip link`, `greenland> ip link`: the prompt was copied along."""
    if angle := _angle_prompt(attempt):
        return angle
    for pattern in _PROMPTS:
        match = pattern.fullmatch(attempt.line.strip())
        if match and attempt.status:
            text = _("The prompt `{prompt}` was copied along.").format(prompt=match["prompt"].strip())
            return Advice(text, match["rest"])
    hashed = _HASH_PROMPT.fullmatch(attempt.line)
    if hashed and not attempt.output.strip():
        return Advice(_("The line begins with #, so bash took it for a remark and did nothing."), hashed["rest"])
    return None


def slash_remark(attempt: Attempt) -> Advice | None:
    """`ip link //look`: bash has no such remarks, the words went to the program."""
    remark = next((match for match in _REMARK.finditer(attempt.line) if match["remark"]), None)
    if remark is None or not attempt.status:
        return None
    rest = attempt.line[: remark.start()].rstrip()
    if not rest:
        return Advice(_("bash knows no // remarks; one begins with #."))
    program = lines.of(attempt)[0].program if lines.of(attempt) else _("the program")
    text = _("bash knows no // remarks, so {program} got the words behind it; a remark begins with #.")
    return Advice(text.format(program=program), rest)


def bash_help(attempt: Attempt) -> Advice | None:
    """`help` is a builtin of bash's."""
    if attempt.line.strip() == "help":
        return Advice(_("That is bash's own help. The tutor's is `:help`."))
    return None


def tutor_word(attempt: Attempt, name: str) -> Advice | None:
    """`hint` without its colon, or a colon with a word that is none."""
    if name.startswith(":") and name[1:].isalpha():
        return Advice(_("{word} is no word of the tutor's; `:help` lists them.").format(word=name))
    if name in _TUTOR and attempt.line.split()[:1] == [name]:
        return Advice(_("The tutor's words begin with a colon."), f":{attempt.line.strip()}")
    return None


def _first_foreign(line: str) -> int | None:
    aside = [match.span() for match in _ASIDE.finditer(line)]
    for index, char in enumerate(line):
        if char in MEANT and not any(start <= index < end for start, end in aside):
            return index
    return None


def _named_with_foreign(attempt: Attempt) -> bool:
    """Whether the command succeeded in making a namespace or a device whose name has such a character."""
    old = {link.name for link in attempt.before.links()} | attempt.before.namespaces.keys()
    new = {link.name for link in attempt.after.links()} | attempt.after.namespaces.keys()
    return any(char in MEANT for name in new - old for char in name)


def _plain(line: str) -> str:
    """The line with every foreign character outside quotes and remarks written as the shell wants it."""
    cut = next((match.start() for match in _ASIDE.finditer(line) if match[0][0] in "#/"), len(line))
    parts, position = [], 0
    for match in _ASIDE.finditer(line[:cut]):
        parts += [_translated(line[position : match.start()]), match[0]]
        position = match.end()
    return "".join([*parts, _translated(line[position:cut]), line[cut:]]).strip()


def _translated(text: str) -> str:
    text = re.sub(r"(?<!\S)[\u2013\u2014](?=[a-z]{2})", "--", text)
    return "".join(MEANT.get(char, char) for char in text)


def _shown(char: str) -> str:
    if char in ("", " "):
        return _("a plain space") if char else _("nothing")
    return _("the plain {char}").format(char=char)


def _called(char: str) -> str:
    """What a foreign character is called; Unicode has names in English only, elsewhere it shows itself."""
    if char in _NAMES:
        return _(_NAMES[char])
    return f"a {unicodedata.name(char, 'foreign character').lower()}" if in_use() == PRIMARY else f"`{char}`"


def _angle_prompt(attempt: Attempt) -> Advice | None:
    match = _ANGLE_PROMPT.fullmatch(attempt.line)
    if match is None or f"{match['name']}: command not found" not in attempt.output:
        return None
    made = shlex.quote(match["file"])
    text = _("The prompt `{prompt}` was copied along, and its > left an empty file: `{command}`.")
    text = text.format(prompt=f"{match['name']}>", command=f"rm {made}")
    return Advice(text, match["rest"].strip())
