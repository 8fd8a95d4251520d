"""`make bench`: the figures of RESULTS.md, measured on this machine, in one run.

Streaming is given as a ratio to PostgreSQL's own COPY of the same query, the two
alternating; latencies stand beside the same machine's SELECT 1.
"""

import argparse
import tempfile
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.measures import MEASURES
from benchmarks.subject import running_subject


def main() -> None:
    options = parse()
    print(describe_machine())
    with (
        tempfile.TemporaryDirectory(prefix="vo_lcc_bench_") as folder,
        running_subject(Path(folder), options.objects) as subject,
    ):
        for title, measure in MEASURES:
            print(f"\n## {title}\n")
            for line in measure(subject):
                print(line, flush=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=1_000_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
