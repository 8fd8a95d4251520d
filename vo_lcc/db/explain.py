"""What PostgreSQL makes of a statement before it is run."""

import re
from dataclasses import dataclass

from vo_lcc.db.session import Statement
from vo_lcc.db.stream import Streams

SCAN = re.compile(
    r"(?P<kind>Seq Scan|Index Scan|Index Only Scan|Bitmap Heap Scan)(?: Backward)?"
    r"(?: using (?P<index>\S+))? on (?P<table>\S+)"
)
PART = re.compile(r"Bitmap Index Scan on (\S+)")
ESTIMATE = re.compile(r"\(cost=[\d.]+\.\.(?P<cost>[\d.]+) rows=(?P<rows>\d+) ")


@dataclass(frozen=True, slots=True)
class Estimate:
    """The plan as EXPLAIN prints it, the rows it is thought to give, what it costs.

    A cost of 1 is that of reading a page in sequence.
    """

    rows: int
    cost: float
    plan: tuple[str, ...]

    def access(self) -> list[tuple[str, str | None]]:
        """Each table that is read, and the index it is read by; None for every row.

        >>> Estimate(1, 1.0, ("Seq Scan on t", "Index Scan using i on u")).access()
        [('t', None), ('u', 'i')]
        """
        found: list[tuple[str, str | None]] = []
        for line in self.plan:
            scan, part = SCAN.search(line), PART.search(line)
            if part is not None and found:
                found[-1] = (found[-1][0], found[-1][1] or part[1])
            elif scan is not None:
                found.append((scan["table"], scan["index"]))
        return list(dict.fromkeys(found))


async def explain(streams: Streams, sql: str) -> Estimate:
    """Plan a query as `streams` would run it, under the same limits; do not run it.

    Raises what `Streams.stream` does.
    """
    statement = Statement(f"EXPLAIN {sql}", copy=False)
    lines = [
        line
        async for batch in streams.run(statement)
        for line in batch.column(0).to_pylist()
    ]
    return read_estimate(lines)


def read_estimate(lines: list[str]) -> Estimate:
    """The estimate that the first line of a plan tells for all of it.

    >>> read_estimate(["Result  (cost=0.00..0.01 rows=1 width=4)"])
    Estimate(rows=1, cost=0.01, plan=('Result  (cost=0.00..0.01 rows=1 width=4)',))
    """
    found = ESTIMATE.search(lines[0])
    if found is None:
        raise ValueError(f"no estimate in {lines[0]!r}")
    return Estimate(int(found["rows"]), float(found["cost"]), tuple(lines))
