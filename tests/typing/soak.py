"""The long series of the keyboard: fifty runs of each in every place, and four times as many random ends.

Three at once on two processors.

Prints what each came to, and the seed of each fault; the streams of faults go into a folder. Exit status 1 on any.
Standard library only, apart from the program under test.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ends import play_any
from places import PLACES, Place
from series import SEED, SERIES, Series, seed_given, sit

ANYWHERE, ENDS = "anywhere", "ends"
ENDS_FOR_A_RUN = 4


@dataclass(frozen=True)
class Job:
    """One sitting of the soak."""

    place: str
    series: str
    seed: int
    runs: int
    play: Callable[[], None]


def main(arguments: Sequence[str]) -> int:
    """Play everything; 1 if anything was lost."""
    options = _options(arguments)
    os.sched_setaffinity(0, set(itertools.islice(sorted(os.sched_getaffinity(0)), options.processors)))
    jobs = [job for place, series in _chosen(options) for job in _sittings(place, series, options)]
    jobs += _ends(options)
    print(f"{SEED}={options.seed}, {sum(job.runs for job in jobs)} runs, {options.at_once} at once", flush=True)
    keep = Path(tempfile.mkdtemp(prefix="soak-"))
    faults = 0
    with ThreadPoolExecutor(options.at_once) as pool:
        played = zip(jobs, pool.map(_play, jobs), strict=True)
        for _name, group in itertools.groupby(played, key=lambda one: (one[0].place, one[0].series)):
            faults += _told(list(group), keep)
    return 1 if faults else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    places, series = [*(place.name for place in PLACES), ANYWHERE], [*SERIES, ENDS]
    parser.add_argument("--place", action="append", choices=places, help="only there; may be repeated")
    parser.add_argument("--series", action="append", choices=series, help="only these; may be repeated")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--lines", type=int, default=25, help="of a run that types lines")
    parser.add_argument("--seed", type=int, default=seed_given())
    parser.add_argument("--at-once", type=int, default=3)
    parser.add_argument("--processors", type=int, default=2)
    return parser.parse_args(arguments)


def _chosen(options: argparse.Namespace) -> list[tuple[Place, Series]]:
    places = [place for place in PLACES if not options.place or place.name in options.place]
    return list(itertools.product(places, (SERIES[name] for name in options.series or SERIES if name in SERIES)))


def _sittings(place: Place, series: Series, options: argparse.Namespace) -> list[Job]:
    """Seeds follow each other, so that one sitting can be played again by its own."""
    starts = range(0, options.runs, series.at_a_sitting)
    return [
        _sitting(place, series, options.seed + number, min(series.at_a_sitting, options.runs - start), options.lines)
        for number, start in enumerate(starts)
    ]


def _sitting(place: Place, series: Series, seed: int, runs: int, lines: int) -> Job:
    return Job(place.name, series.name, seed, runs, partial(sit, place, series, seed, runs=runs, lines=lines))


def _ends(options: argparse.Namespace) -> list[Job]:
    """One way and one moment each."""
    if ANYWHERE not in (options.place or [ANYWHERE]) or ENDS not in (options.series or [ENDS]):
        return []
    seeds = range(options.seed, options.seed + ENDS_FOR_A_RUN * options.runs)
    return [Job(ANYWHERE, ENDS, seed, 1, partial(play_any, seed)) for seed in seeds]


def _play(job: Job) -> str:
    """What went wrong, or nothing."""
    try:
        job.play()
    except AssertionError as error:
        return str(error)
    return ""


def _told(played: Sequence[tuple[Job, str]], keep: Path) -> int:
    """Print what one series came to in one place, and each fault with its seed; how many there were."""
    faults = [(job, told) for job, told in played if told]
    for job, told in faults:
        path = keep / f"{job.place}-{job.series}-{job.seed}"
        path.write_text(told)
        print(f"{told.splitlines()[0]}\n    ({job.runs} runs; the stream: {path})")
    job, runs = played[0][0], sum(job.runs for job, _told in played)
    whole = f"{len(played) - len(faults)} of {len(played)}"
    print(f"{job.place:8} {job.series:16} {whole:>9} sittings whole, {runs} runs", flush=True)
    return len(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
