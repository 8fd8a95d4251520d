"""What PostgreSQL makes of a statement before it is run."""

import re
from dataclasses import dataclass

SCAN = re.compile(
    r"(?P<kind>Seq Scan|Index Scan|Index Only Scan|Bitmap Heap Scan)(?: Backward)?"
    r"(?: using (?P<index>\S+))? on (?P<table>\S+)"
)
PART = re.compile(r"Bitmap Index Scan on (\S+)")
ESTIMATE = re.compile(
    r"\(cost=[\d.]+\.\.(?P<cost>[\d.]+) rows=(?P<rows>\d+) width=(?P<width>\d+)\)"
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """The plan as EXPLAIN prints it, the rows it is thought to give, what it costs.

    A cost of 1 is that of reading a page in sequence; `width` is bytes a row.
    """

    rows: int
    cost: float
    width: int
    plan: tuple[str, ...]

    def access(self) -> list[tuple[str, str | None]]:
        """Each table that is read, and the index it is read by; None for every row.

        >>> Estimate(1, 1.0, 4, ("Seq Scan on t", "Index Scan using i on u")).access()
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


def read_estimate(lines: list[str]) -> Estimate:
    """The estimate that the first line of a plan tells for all of it.

    >>> found = read_estimate(["Result  (cost=0.00..0.01 rows=1 width=4)"])
    >>> found.rows, found.cost, found.width
    (1, 0.01, 4)
    """
    found = ESTIMATE.search(lines[0])
    if found is None:
        raise ValueError(f"no estimate in {lines[0]!r}")
    rows, cost, width = int(found["rows"]), float(found["cost"]), int(found["width"])
    return Estimate(rows, cost, width, tuple(lines))
