"""`nstutor lesson show`: the handout, in a pager and as a page."""

from __future__ import annotations

import functools
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from proof_runs import run
from rich.cells import cell_len

CELLAR = Path(__file__).parent.parent / "data" / "lessons" / "cellar.md"


@functools.cache
def html() -> str:
    """The page of the cellar, made once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cellar.html"
        done = run("show", CELLAR, "--format", "html", "--output", path)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert list(Path(folder).iterdir()) == [path]
        return path.read_text(encoding="utf-8")


def test_a_page_has_the_network_after_each_step_that_changed_it() -> None:
    """As whole drawings in the page itself, made from a lab in which the lesson was played."""
    pictures = [f"<svg{part.split('</svg>')[0]}</svg>" for part in html().split("<svg")[1:]]
    assert len(pictures) == 2
    texts = ["".join(ET.fromstring(picture).itertext()) for picture in pictures]
    assert all("host" in text and "cellar" in text for text in texts)
    assert texts[0] != texts[1]
    steps = html().split('<section class="step"')
    assert [part.count("<svg") for part in steps] == [0, 1, 1, 0]


@pytest.mark.parametrize("columns", ["60", "80"])
def test_a_pager_gets_what_the_learner_sees(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain text as wide as COLUMNS says, every step and question, and nothing that gives away an answer."""
    monkeypatch.setenv("COLUMNS", columns)
    done = run("show", CELLAR)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert max(map(cell_len, done.stdout.splitlines())) <= int(columns)
    for shown in ("A cellar below the house", "step 3 of 3", "How many devices", "3 as many as in host", "Which an"):
        assert shown in done.stdout
    assert "owl" not in done.stdout
    assert "ip -n cellar link set lo up" not in done.stdout
    assert "ip -n cellar link set lo up" in run("show", CELLAR, "--solutions").stdout


def test_a_handout_in_chinese() -> None:
    """`--lang` chooses the translation; a lesson of the course is named by its id."""
    done = run("show", CELLAR, "--lang", "zh")
    assert "房子下面的地窖" in done.stdout
    assert "请先看一看，再回答。" in done.stdout
    assert "Wang Po" in run("show", "bridge").stdout


def test_where_no_lab_can_be_made_there_are_no_pictures(tmp_path: Path) -> None:
    """The page is made all the same, and standard error says what it lacks."""
    show = shlex.join([sys.executable, "-m", "nstutor", "lesson", "show", str(CELLAR), "--format", "html"])
    nowhere = ["unshare", "-Ur", "sh", "-c", f"echo 0 > /proc/sys/user/max_user_namespaces && exec {show}"]
    done = subprocess.run(nowhere, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "<svg" not in done.stdout
    assert "</html>" in done.stdout
    assert "no pictures" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "nothing"], "there is no lesson 'nothing'"),
        (["show", str(CELLAR), "--format", "json"], "invalid choice: 'json'"),
        (["test", str(CELLAR), "--format", "html"], "invalid choice: 'html'"),
        (["new", "x.md", "--format", "html"], "unrecognized arguments: --format html"),
        (["test", str(CELLAR), "--solutions"], "unrecognized arguments: --solutions"),
        (["show", str(CELLAR), "--languages", "zh"], "unrecognized arguments: --languages zh"),
        (["show", str(CELLAR), "--output", "/nowhere/x.html"], "cannot write /nowhere/x.html"),
        (["show", str(CELLAR), str(CELLAR)], "unrecognized arguments"),
        (["show", str(CELLAR.with_suffix(".zh.md"))], "is a translation; name the lesson itself"),
        (["test", str(CELLAR), "--languages", "chinese"], "languages of two letters"),
    ],
)
def test_what_makes_no_sense_is_said(arguments: list[str], words: str) -> None:
    """Exit code 2, and what to do."""
    done = run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_the_images_of_a_lesson_stand_in_the_page(tmp_path: Path) -> None:
    """Those that lie beside it; standard error says which do not, and their descriptions stand for them."""
    text = CELLAR.read_text(encoding="utf-8")
    images = "![a ladder](ladder.svg)\n\n![a secret](/etc/passwd.svg)\n\n![a hole](hole%00.svg)\n\n"
    (tmp_path / "mine.md").write_text(text.replace("    host   ", f"{images}    host   "), encoding="utf-8")
    (tmp_path / "ladder.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"><script>x</script><text>rungs</text></svg>', encoding="utf-8"
    )
    done = run("show", tmp_path / "mine.md", "--format", "html")
    assert done.returncode == 0
    assert 'aria-label="a ladder"' in done.stdout
    assert "<text>rungs</text>" in done.stdout
    assert "<script" not in done.stdout
    assert "<p>a secret</p>" in done.stdout
    assert "/etc/passwd.svg" in done.stderr
    assert "hole%00.svg" in done.stderr
    assert "ladder" not in run("show", tmp_path / "mine.md").stdout
