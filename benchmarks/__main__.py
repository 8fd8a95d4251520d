"""`make bench`: the figures of RESULTS.md, measured on this machine, in one run.

Streaming is given as a ratio to PostgreSQL's own COPY of the same statement, in
alternation. Of a whole run the figures are written into RESULTS.md; a partial one
(`--only`, `--objects`, `--quick`) prints them and writes nothing.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from benchmarks.machine import describe_machine
from benchmarks.measures import MEASURES
from benchmarks.regions import MILLION
from benchmarks.report import RESULTS, START, replaced, write_results
from benchmarks.subject import Effort, made_subject

SIZES = (10_000, 100_000, MILLION)
QUICK = Effort(rounds=1, load_seconds=1, slow_seconds=4)


def main() -> None:
    options = parse()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    if options.whole:
        replaced(RESULTS.read_text(encoding="utf-8"), "")  # fails now, not at the end
    lines = []
    for line in measured(options):
        print(line, flush=True)
        lines.append(line)
    if options.whole:
        write_results(lines)
        print(f"\nwritten to {RESULTS}, after {START}")
    else:
        print("\na partial run: nothing is written")


def measured(options: argparse.Namespace) -> Iterator[str]:
    """Every line, from the machine to the last measure."""
    yield f"{describe_machine()}; measured {datetime.now(UTC):%Y-%m-%d}."
    start = time.perf_counter()
    effort = QUICK if options.quick else Effort()
    with (
        tempfile.TemporaryDirectory(prefix="vo_lcc_bench_") as folder,
        made_subject(Path(folder), options.objects, options.sizes, effort) as subject,
    ):
        loaded = time.perf_counter() - start
        yield f"\n{subject.data()}: made, loaded and published in {loaded:.0f} s."
        for title, measure in MEASURES:
            if any(word.lower() in title.lower() for word in options.only):
                yield f"\n### {title}\n"
                yield from measure(subject)
    yield f"\nAll of this took {(time.perf_counter() - start) / 60:.1f} minutes."


def leave(number: int, frame: FrameType | None) -> None:
    """End as after Ctrl-C: servers stopped, folders removed."""
    sys.exit(128 + number)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--objects", type=int, default=MILLION, help="objects of the collection"
    )
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=SIZES,
        help="objects of each table of positions; 10000000 takes two minutes more",
    )
    parser.add_argument(
        "--only", nargs="+", default=[""], help="words in the titles of measures"
    )
    parser.add_argument(
        "--quick", action="store_true", help="short: to see that everything works"
    )
    options = parser.parse_args()
    if options.objects < 1000:
        parser.error("--objects: at least 1000")
    options.whole = (
        not options.quick and options.only == [""] and options.objects == MILLION
    )
    options.sizes = tuple(sorted({*options.sizes, MILLION}))
    return options


if __name__ == "__main__":
    main()
