"""What a load did not take, for who puts it right."""

import csv
from typing import TextIO

from vo_lcc.db import Database
from vo_lcc.errors import NotFoundError

HEADER = ("file", "line", "outcome", "reason", "column", "value", "text")
AT_ONCE = 10_000


def write_rejects(database: Database, name: str, label: str | None, out: TextIO) -> int:
    """Write the rejects of a release as CSV, in the order of the input; how many.

    Without a label they are those of the draft, else of the latest release. Raises
    NotFoundError where there is no such release.
    """
    release = _find_release(database, name, label)
    writer = csv.writer(out)
    writer.writerow(HEADER)
    count = 0
    with database.transaction() as cur:
        cur.execute(
            "DECLARE rejected NO SCROLL CURSOR FOR"
            " SELECT file, line, outcome, reason, column_name, value, line_text"
            " FROM vo_lcc.rejects WHERE collection = %s AND release = %s"
            " ORDER BY unit, ctid",
            (name, release),
        )
        while True:
            cur.execute(f"FETCH {AT_ONCE} FROM rejected")
            rows = cur.fetchall()
            writer.writerows(rows)
            count += len(rows)
            if len(rows) < AT_ONCE:
                return count


def _find_release(database: Database, name: str, label: str | None) -> int:
    rows = database.fetch(
        "SELECT release FROM vo_lcc.releases WHERE collection = %s"
        " AND (label = %s OR %s IS NULL AND state <> 'withdrawn')"
        " ORDER BY state = 'draft' DESC, release DESC LIMIT 1",
        (name, label, label),
    )
    for (release,) in rows:
        return int(release)
    wanted = name if label is None else f"{name}, release {label}"
    raise NotFoundError(f"there is nothing of {wanted}")
