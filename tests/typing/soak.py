"""The long series of the keyboard: fifty runs of each in every place, three at once on two processors.

Prints what each came to, and the seed of each fault; the streams of faults go into a folder. Exit status 1 on any.
Standard library only, apart from the program under test.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from places import PLACES, Place
from series import SEED, SERIES, Series, seed_given, sit


@dataclass(frozen=True)
class Job:
    """One sitting of the soak."""

    place: Place
    series: Series
    seed: int
    runs: int


def main(arguments: Sequence[str]) -> int:
    """Play everything; 1 if anything was lost."""
    options = _options(arguments)
    os.sched_setaffinity(0, set(itertools.islice(sorted(os.sched_getaffinity(0)), options.processors)))
    jobs = [job for place, series in _chosen(options) for job in _sittings(place, series, options)]
    print(f"{SEED}={options.seed}, {sum(job.runs for job in jobs)} runs, {options.at_once} at once", flush=True)
    faults: dict[tuple[str, str], int] = {}
    keep = Path(tempfile.mkdtemp(prefix="soak-"))
    with ThreadPoolExecutor(options.at_once) as pool:
        for job, told in zip(jobs, pool.map(lambda job: _play(job, options.lines), jobs), strict=True):
            if told:
                name = job.place.name, job.series.name
                faults[name] = faults.get(name, 0) + 1
                path = keep / f"{'-'.join(name)}-{job.seed}"
                path.write_text(told)
                print(f"{told.splitlines()[0]}\n    ({job.runs} runs; the stream: {path})", flush=True)
    _report(jobs, faults)
    return 1 if faults else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    places = [place.name for place in PLACES]
    parser.add_argument("--place", action="append", choices=places, help="only there; may be repeated")
    parser.add_argument("--series", action="append", choices=tuple(SERIES), help="only these; may be repeated")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--lines", type=int, default=25, help="of a run that types lines")
    parser.add_argument("--seed", type=int, default=seed_given())
    parser.add_argument("--at-once", type=int, default=3)
    parser.add_argument("--processors", type=int, default=2)
    return parser.parse_args(arguments)


def _chosen(options: argparse.Namespace) -> list[tuple[Place, Series]]:
    places = [place for place in PLACES if not options.place or place.name in options.place]
    return list(itertools.product(places, (SERIES[name] for name in options.series or SERIES)))


def _sittings(place: Place, series: Series, options: argparse.Namespace) -> list[Job]:
    """Seeds follow each other, so that one sitting can be played again by its own."""
    starts = range(0, options.runs, series.at_a_sitting)
    return [
        Job(place, series, options.seed + number, min(series.at_a_sitting, options.runs - start))
        for number, start in enumerate(starts)
    ]


def _play(job: Job, lines: int) -> str:
    """What went wrong, or nothing."""
    try:
        sit(job.place, job.series, job.seed, runs=job.runs, lines=lines)
    except AssertionError as error:
        return str(error)
    return ""


def _report(jobs: Sequence[Job], faults: dict[tuple[str, str], int]) -> None:
    """One line for each series in each place."""
    print()
    for (place, series), group in itertools.groupby(jobs, key=lambda job: (job.place.name, job.series.name)):
        sittings = list(group)
        bad, runs = faults.get((place, series), 0), sum(job.runs for job in sittings)
        whole = f"{len(sittings) - bad:3} of {len(sittings):3} sittings whole"
        print(f"{place:8} {series:16} {whole}, {runs} runs")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
