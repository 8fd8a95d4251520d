"""Points as arrays, as they are kept, and the same points as rows."""

import statistics
import time
from collections.abc import Iterator

from benchmarks.subject import Subject


def storage(subject: Subject) -> Iterator[str]:
    """Size on disk, and milliseconds of statements on points, stored both ways."""
    database = subject.database
    database.fetch("CREATE TABLE public.rows AS SELECT * FROM curves.photometry")
    database.fetch("CREATE INDEX ON public.rows (object_id)")
    database.fetch("ANALYZE public.rows")
    tables = {"arrays": "curves_r1.lightcurves", "rows": "public.rows"}
    size = "SELECT pg_total_relation_size('{}')"
    megabytes = {k: database.fetch(size.format(v))[0][0] for k, v in tables.items()}
    n_points, n_curves = database.fetch(COUNTS)[0]
    yield f"| {n_points:,} points in {n_curves:,} light curves | as arrays | as rows |"
    yield "|---|---|---|"
    yield (
        f"| on disk, with indexes (MB) | {megabytes['arrays'] / 1e6:.0f} |"
        f" {megabytes['rows'] / 1e6:.0f} |"
    )
    for title, sql in POINT_QUERIES:
        arrays, rows = (
            statement_seconds(subject, sql.format(points=table))
            for table in ("curves.photometry", "public.rows")
        )
        yield f"| {title} (ms) | {1000 * arrays:.1f} | {1000 * rows:.1f} |"
    database.fetch("DROP TABLE public.rows")


COUNTS = "SELECT sum(n_points), count(*) FROM curves_r1.lightcurves"
POINT_QUERIES = (
    (
        "one light curve",
        "SELECT * FROM {points} WHERE object_id = 'b0000123' ORDER BY obs_time",
    ),
    ("count of all points", "SELECT count(*) FROM {points}"),
    ("mean of all magnitudes", "SELECT avg(mag) FROM {points}"),
    (
        "mean magnitude of each object",
        "SELECT object_id, avg(mag) FROM {points} GROUP BY object_id",
    ),
)


def statement_seconds(subject: Subject, sql: str) -> float:
    """The median time of a statement in the database."""
    times = []
    for _ in range(subject.effort.rounds):
        start = time.perf_counter()
        subject.database.fetch(sql)
        times.append(time.perf_counter() - start)
    return statistics.median(times)
