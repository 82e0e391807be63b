"""Grading on a Dask cluster: a real scheduler and two workers, all on this machine's loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from check_runs import DATA, ROOT, by_name, check
from mixed import LIMITS, submissions, write
from processes import Remains, descendants, name_of, until_it_runs

DASK = (sys.executable, "-m")
LOCAL = ("--host", "127.0.0.1", "--no-dashboard")
SOLUTION = DATA / "right" / "veth" / "plain.sh"


@dataclass(frozen=True)
class Cluster:
    """A running cluster."""

    address: str
    workers: tuple[subprocess.Popen[bytes], ...]


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program of Dask's, ended at the end by its pid; what it says is kept from the tests' output."""
    with subprocess.Popen((*DASK, *command), stderr=subprocess.DEVNULL, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler with two workers of two threads each; nothing of them is left at the end."""
    folder = tmp_path_factory.mktemp("dask")
    file = folder / "scheduler.json"
    with ExitStack() as stack:
        stack.enter_context(
            running("distributed.cli.dask_scheduler", *LOCAL, "--port", "0", "--scheduler-file", str(file))
        )
        workers = tuple(
            stack.enter_context(
                running(
                    "distributed.cli.dask_worker",
                    *LOCAL,
                    "--no-nanny",
                    "--nthreads",
                    "2",
                    "--scheduler-file",
                    str(file),
                    "--local-directory",
                    str(folder / name),
                )
            )
            for name in "ab"
        )
        yield Cluster(address_in(file), workers)
        remains = stack.enter_context(Remains([pid for worker in workers for pid in descendants(worker.pid)]))
        for worker in workers:
            worker.terminate()
        assert not remains.after(20)


def address_in(file: Path) -> str:
    """Where the scheduler listens and two workers have come to it, as Dask's own client sees it."""
    waiting = (
        "import sys; from distributed import Client\n"
        "with Client(scheduler_file=sys.argv[1], timeout=30) as client:\n"
        "    client.wait_for_workers(2, timeout=30)\n"
        "    print(client.scheduler.address)\n"
    )
    done = subprocess.run(
        (sys.executable, "-c", waiting, str(file)), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_class_is_graded_on_the_cluster(cluster: Cluster, tmp_path: Path) -> None:
    """The same verdicts as here, in the same order, from both workers."""
    known = submissions(18)
    run = check("bridge", write(tmp_path / "class", known), "--dask", cluster.address, "--format", "json", *LIMITS)
    assert (run.returncode, run.stderr) == (1, "")
    reports = by_name(json.loads(run.stdout))
    assert list(reports) == list(known)
    assert [name for name, submission in known.items() if not submission.judged_right(reports[name])] == []
    assert all(descendants(worker.pid) for worker in cluster.workers)


def test_the_lesson_travels_as_text(cluster: Cluster, tmp_path: Path) -> None:
    """A worker needs no file of ours: neither the lesson's nor the submission's."""
    lesson = tmp_path / "mine.md"
    lesson.write_text((ROOT / "lessons" / "02-veth.md").read_text())
    command = (sys.executable, "-m", "nstutor", "check", lesson, SOLUTION, "--dask", cluster.address)
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    assert "6 of 6   passed" in run.stdout


def test_a_dead_process_beside_a_worker_costs_one_submission(cluster: Cluster, tmp_path: Path) -> None:
    """The judge of one submission is killed: that one has an error, and the cluster grades on."""
    (tmp_path / "a").write_bytes(b"sleep 60\n")
    (tmp_path / "b").write_bytes(SOLUTION.read_bytes())
    options = ("--dask", cluster.address, "--format", "json")
    command = (sys.executable, "-m", "nstutor", "check", "veth", tmp_path, *options)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as run:
        end_the_judge_of("sleep", cluster)
        out, _ = run.communicate(timeout=60)
    reports = by_name(json.loads(out))
    assert run.returncode == 3
    assert [report["error"] for report in reports.values()] == ["the process that was at it has ended", None]
    assert reports["b"]["passed"]


def end_the_judge_of(name: str, cluster: Cluster) -> None:
    """Kill what stands above a program in a world: worker → workers → judge → factory → keeper → …"""
    until_it_runs(os.getpid(), name)
    for worker in cluster.workers:
        below = descendants(worker.pid)
        if name in names_below(worker.pid):
            judges = [pid for pid in below if depth(pid, worker.pid) == 2 and name in names_below(pid)]
            os.kill(judges[0], 9)
            return
    raise AssertionError(f"no worker has a {name}")


def names_below(pid: int) -> set[str]:
    """The names of what a process has started."""
    return {name_of(child) for child in descendants(pid)}


def depth(pid: int, above: int) -> int:
    """How many generations below."""
    return sum(pid in descendants(other) for other in (above, *descendants(above)))


def test_nobody_answers(tmp_path: Path) -> None:
    """The reason is said and stands in the report, and the exit code is 4."""
    report = tmp_path / "report.json"
    run = check("veth", SOLUTION, "--dask", "tcp://127.0.0.1:9", "--format", "json", "--output", report)
    assert run.returncode == 4
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in run.stderr
    assert "Traceback" not in run.stderr
    assert json.loads(report.read_text())["error"].startswith("no Dask scheduler answers")


@pytest.mark.parametrize("address", ["nosuch://x:1", "localhost"])
def test_what_is_no_address(address: str) -> None:
    """It is a mistake on the command line, and told as such: a client that was begun with it would not end."""
    run = check("veth", SOLUTION, "--dask", address)
    assert run.returncode == 2
    assert f"{address} is no address of a Dask scheduler" in run.stderr
    assert "Traceback" not in run.stderr


def test_without_dask_it_says_how_to_get_it(tmp_path: Path) -> None:
    """Where the extra is not installed (here it is hidden) the words are those that install it."""
    (tmp_path / "distributed.py").write_text("raise ImportError('hidden')\n")
    command = (sys.executable, "-m", "nstutor", "check", "veth", SOLUTION, "--dask", "tcp://127.0.0.1:9")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT, timeout=60, check=False)
    assert (run.returncode, run.stdout) == (2, "")
    assert "pip install 'nstutor[dask]'" in run.stderr
