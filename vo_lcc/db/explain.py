"""What PostgreSQL makes of a statement before it is run."""

import re
from dataclasses import dataclass

from vo_lcc.db.session import Statement
from vo_lcc.db.stream import Streams

ESTIMATE = re.compile(r"\(cost=[\d.]+\.\.(?P<cost>[\d.]+) rows=(?P<rows>\d+) ")


@dataclass(frozen=True, slots=True)
class Estimate:
    """The plan as EXPLAIN prints it, the rows it is thought to give, what it costs.

    A cost of 1 is that of reading a page in sequence.
    """

    rows: int
    cost: float
    plan: tuple[str, ...]


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
