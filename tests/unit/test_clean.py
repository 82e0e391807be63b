"""A script as it was handed in becomes the lines that were meant; what bash understands stays as it is."""

from __future__ import annotations

import codecs
import time
from pathlib import Path

import pytest

from nstutor.grading.clean import LONGEST, clean
from nstutor.grading.submission import read_submission

MEANT: dict[str, tuple[str, str]] = {
    "dollar": ("$ ip link\n$ ip addr", "ip link\nip addr"),
    "number sign": (
        "# ip netns add a\n# ip netns ls\na\n# ping -c 1 10.0.0.1",
        "ip netns add a\nip netns ls\n\nping -c 1 10.0.0.1",
    ),
    "user and host": ("root@box:~# ip link\nroot@box:/tmp$ ip addr", "ip link\nip addr"),
    "user and host among plain lines": (
        "ip link\nip addr\nip route\nroot@box:~# ip link",
        "ip link\nip addr\nip route\nip link",
    ),
    "brackets": ("[root@localhost ~]# ip link\n[root@localhost ~]$ exit", "ip link\nexit"),
    "of a virtual environment": ("(venv) stu@box:~/lab$ sudo ip link", "sudo ip link"),
    "of a mac": ("stu@mac ~ % ip link", "ip link"),
    "ours": ("host ❯ ip link set a up\n  ± a  + up\nhost › greenland ❯ ip addr", "ip link set a up\n\nip addr"),
    "of a bare shell": ("sh-5.2# ip link", "ip link"),
    "named": ("greenland> ip link\ngreenland> cat /proc/1/comm\nip link", "ip link\ncat /proc/1/comm\nip link"),
    "named with a number sign": ("greenland# ip link", "ip link"),
    "only a prompt": ("$ ip link\n$\n", "ip link\n\n"),
    "behind tabs": ("\t$ ip link\n\t\t$ ip addr", "ip link\nip addr"),
    "output": (
        "$ ip netns ls\neden\n$ ip link\n1: lo: <LOOPBACK>\n    link/loopback\n",
        "ip netns ls\n\nip link\n\n\n",
    ),
    "output with an apostrophe": (
        "$ ip netns exec a ip link\nthere isn't any\n$ ip addr",
        "ip netns exec a ip link\n\nip addr",
    ),
    "exit is an echo": (
        "$ ip netns exec a bash\n# exit\nexit\n$ ip link\n$ ip addr",
        "ip netns exec a bash\n# exit\n\nip link\nip addr",
    ),
    "a line without a prompt in a copy": ("$ ip link\n$ ip addr\nip route", "ip link\nip addr\nip route"),
    "a function without a prompt in a copy": (
        "$ up() { ip link set $1 up; }\n$ ip link\nup lo",
        "up() { ip link set $1 up; }\nip link\nup lo",
    ),
    "continued": ("$ ip link add a \\\n> type veth\n$ ip link", "ip link add a \\\ntype veth\nip link"),
    "a loop": ("$ for n in a b; do\n> ip netns add $n\n> done", "for n in a b; do\nip netns add $n\ndone"),
    "a here-document with prompts": ("$ bash <<X\n> ip link\n> X\n$ ip addr", "bash <<X\nip link\nX\nip addr"),
    "a here-document without prompts": ("$ cat <<X\n> quoted\nX\n$ ip link", "cat <<X\n> quoted\nX\nip link"),
    "a remark": ("ip netns ls\t\t//查看", "ip netns ls"),
    "a remark behind a blank": (
        "ip netns exec a ping -c 1 10.0.0.1 // it's there",
        "ip netns exec a ping -c 1 10.0.0.1",
    ),
    "a remark with a quotation in it": ('ip link // 1. "state DOWN\nip addr', "ip link\nip addr"),
    "a remark behind a shell": ("ip netns exec a bash\t// 进入\nexit //退出", "ip netns exec a bash\nexit"),
    "a remark behind a substitution": (
        'bash -rcfile <(echo "PS1=\\"a\\"")\t// 修改',
        'bash -rcfile <(echo "PS1=\\"a\\"")',
    ),
    "a remark behind another command": ("ip link; ip addr // all", "ip link; ip addr"),
    "a remark alone": ("\t// traceroute\n//ping\n//veth 从名字", "\n\n"),
    "a folder with a blank": ("me@box:~/my work$ ip link # x", "ip link # x"),
    "a Mac's prompt": ("mac:~ me$ ip link\nmac:work me$ ip addr", "ip link\nip addr"),
    "zsh's prompt with a theme": ("➜  ~ ip link\n➜  nets git:(main) ✗ ip addr", "ip link\nip addr"),
    "sudo and a remark": ("sudo -E ip link //x", "sudo -E ip link"),
}

STAYS = (
    "echo a // b",
    "cd //tmp",
    "cat //etc/hosts",
    "sed s//x/ f",
    "sed 's // / '",
    "//usr/bin/ip link",
    "ip -batch //tmp/lines",
    "ip link > //tmp/links",
    "ip netns exec a cat //etc/hosts",
    "echo http://x // y",
    "# a comment",
    "# ip link shows the links\nip link",
    "#!/bin/bash\n# ip netns add a\nfor n in a b; do ip netns add $n; done",
    "# ip netns add a\n./build.sh",
    "ip link # a // b",
    "echo '$ ip link' '//x'",
    "cat <<X\n$ ip link\nip link // x\n> quoted\nX\nip link",
    "cat <<-'X Y'\n\t$ ip link\n\tX Y\nip link",
    "x='\n$ ip link\nip link // x\n'",
    'x="\n$ ip link // x\n$(ip link)\n"\nip link',
    "echo $((8 // 2)) $((1 << 2))\nip link",
    "cat> ip\nlog> route",
    "> empty",
    "ip link\nip addr\nsome output\nip route",
    "echo ${x#//} ${#x}\nip link",
    "python3\nx = 7 // 2\nexit()",
    "case x in a) ip link ;; esac\nip addr",
    "ip link set a up \\\n\n",
    "PS1='$ '\nip link",
    "echo {a,b} `ip link` \\# x",
    "# ip netns add a\n# ip link\nprintf 'link\\n' | ip -batch -",
    "# ip link\n# ip addr\n\\ip link\n'ip' addr",
    "echo ❯ here\nip link",
    "case $x in\n  //*) ip link ;;\n  //a|//b) ip addr ;;\nesac",
    "ip link >| //links",
    "ip link >& //links",
)

HUGE = {
    "quotations": ['""' * 50_000 + " //x"],
    "words and quotations": ["a " * 50_000 + '"" ' * 50_000],
    "remarks that are none": ["echo" + " //" * 50_000],
    "documents": ["cat" + " <<A" * 20_000, *["A"] * 20_000],
    "a document without an end": ["$ ip link", "$ ip addr", "cat <<A", *["x"] * 50_000],
}

DOUBTFUL = {
    "ip link\nip addr\n$ ip route": "line 3 is `$ ip route`",
    "make\t// everything": "line 1 is `make\t// everything`",
    "grep x //全部": "line 1 is `grep x //全部`",
    "$ ip link\n# ip addr": "line 2 is `# ip addr`",
}


@pytest.mark.parametrize("name", MEANT)
def test_taken_as_meant(name: str) -> None:
    """Prompts, output and remarks go; as many lines stay, and it is told which were changed."""
    before, after = MEANT[name]
    lines, notes = clean(before.split("\n"))
    assert lines == tuple(after.split("\n"))
    assert notes


@pytest.mark.parametrize("text", STAYS)
def test_left_alone(text: str) -> None:
    """A line that bash understands as it is stays so."""
    lines, notes = clean(text.split("\n"))
    assert lines == tuple(text.split("\n"))
    assert not [note for note in notes if "typed as it stands" not in note]


@pytest.mark.parametrize("text", DOUBTFUL)
def test_told_where_it_is_not_certain(text: str) -> None:
    """What may be a prompt or a remark stays, and its line is told."""
    lines, notes = clean(text.split("\n"))
    assert lines[-1] == text.rpartition("\n")[2]
    assert DOUBTFUL[text] in notes[-1]


@pytest.mark.parametrize("name", HUGE)
def test_a_huge_script_keeps_nobody_waiting(name: str) -> None:
    """The time is that of its length, and not of the square of it: these took minutes."""
    began = time.process_time()
    lines, _ = clean(HUGE[name])
    assert time.process_time() - began < 10
    assert lines[-1] == HUGE[name][-1]


def test_what_nobody_has_copied_is_left_alone() -> None:
    """A script of megabytes is typed as it stands, which is told; and no note is as long as its script."""
    lines, notes = clean(["$ ip link", ": " + "y" * LONGEST])
    assert lines[0] == "$ ip link"
    assert notes == ("it is longer than 2 MiB: prompts and remarks were left in",)
    _, notes = clean(["$ ip link", "output"] * 2000 + ["$ ip addr"])
    assert max(map(len, notes)) < 2000


def test_lines_are_told_in_spans() -> None:
    """A note names lines that follow one another as one span, and shows the first."""
    _, notes = clean(["$ ip link", "$ ip addr", "# so", "$ ip route"])
    assert notes == ("typed without the prompt in lines 1-2, 4; line 1 as `ip link`",)


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (codecs.BOM_UTF8 + b"ip link\r\nip addr\r\n", ""),
        (b"ip link\rip addr", ""),
        (codecs.BOM_UTF16_LE + "ip link\r\nip addr".encode("utf-16-le"), "the file is UTF-16 and was read as such"),
        (codecs.BOM_UTF16_BE + "ip link\nip addr".encode("utf-16-be"), "the file is UTF-16"),
        ("ip link\nip addr\n".encode("utf-16-le"), "the file is UTF-16"),
        ("ip link\nip addr //查看".encode("gbk"), "line 2 has bytes that are not UTF-8, of GBK perhaps"),
        (b"ip link\nip addr //\xff\xff", "line 2 has bytes that are not UTF-8, and"),
    ],
)
def test_whatever_editor_wrote_it(tmp_path: Path, data: bytes, note: str) -> None:
    """Line ends, byte order marks and encodings are seen through, or told."""
    (tmp_path / "work.sh").write_bytes(data)
    submission = read_submission(str(tmp_path / "work.sh"))
    assert submission.lines == ("ip link", "ip addr")
    assert note in " ".join(submission.notes)
    assert bool(note) == any("the file" in told or "bytes" in told for told in submission.notes)


@pytest.mark.parametrize(
    "piece",
    [
        "cat <<E\nx\nE\n",
        "cat <<'E\t'\nx\nE\t\n",
        "$ cat <<E\n> x\n> E\n",
        "cat <<a <<a <<a\n",
        ";//",
        "x //a //b ",
        f"{'sudo ' * 60}//a ",
        "a //b \\\n",
        '"$(',
        "((",
        "${",
        "x › ",
        "\n",
    ],
)
def test_reading_is_linear(piece: str) -> None:
    """However much of it there is: half a megabyte takes seconds of a processor, and no minutes."""
    began = time.process_time()
    clean((piece * (2**19 // len(piece))).split("\n"))
    assert time.process_time() - began < 15
