"""`make bench`: the figures of RESULTS.md, measured on this machine, in one run.

Streaming is given as a ratio to PostgreSQL's own COPY of the same query, the two
alternating; latencies stand beside the same machine's SELECT 1.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.measures import MEASURES
from benchmarks.regions import MILLION
from benchmarks.subject import running_subject

SIZES = (10_000, 100_000, MILLION)


def main() -> None:
    options = parse()
    print(describe_machine())
    with (
        tempfile.TemporaryDirectory(prefix="vo_lcc_bench_") as folder,
        running_subject(Path(folder), options.objects, options.sizes) as subject,
    ):
        for title, measure in MEASURES:
            if not any(word in title.lower() for word in options.only):
                continue
            print(f"\n## {title}\n")
            for line in measure(subject):
                print(line, flush=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--objects", type=int, default=1_000_000, help="objects of the collection"
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
    options = parser.parse_args()
    options.sizes = tuple(sorted({*options.sizes, MILLION}))
    return options


if __name__ == "__main__":
    main()
