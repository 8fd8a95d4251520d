"""Tables without room to spare: what appends left free is given back to the disk.

Rows at the end of a table move to what is free before them, some pages at a time, and
the empty end is cut off. Readers see each row once, wherever it is.
"""

from functools import partial

from vo_lcc.db import Database, Load, quote_name
from vo_lcc.lightcurves.progress import Silent
from vo_lcc.lightcurves.releases.patience import change

PAGES = 500  # whose rows move in one transaction
ROOM = 1.03  # pages are not filled to the last byte
SHARE = 20  # of a table moves at a time
ROUNDS = 10
INVALID = """
SELECT format('%%I.%%I', nspname, relname) FROM pg_index
JOIN pg_class AS c ON c.oid = indexrelid JOIN pg_namespace AS n ON n.oid = relnamespace
WHERE nspname = %s AND NOT indisvalid"""
NEEDED = """
SELECT coalesce(sum((pg_column_size(t.*) + 7) / 8 * 8 + 4), 0) / 8168 FROM {} AS t"""


def squeeze(database: Database, schema: str, table: str) -> None:
    """Have a table of short rows take as few pages as it can.

    The next append gives its rows room again, see `statements.room_for_changes`.
    """
    name = f"{quote_name(schema)}.{quote_name(table)}"
    ((needed,),) = database.fetch(NEEDED.format(name))
    database.alone(f"ALTER TABLE {name} RESET (fillfactor)")
    database.alone(f"VACUUM (TRUNCATE false) {name}")
    _move_end(database, name, int(needed * ROOM) + 1, PAGES)


def shorten(database: Database, schema: str, table: str, step: int) -> None:
    """Move the end of a table forward as long as there is room for it.

    `step` is the number of pages whose rows move in one transaction.
    """
    name = f"{quote_name(schema)}.{quote_name(table)}"
    for _ in range(ROUNDS):
        before = n_pages(database, name)
        _move_end(database, name, before - before // SHARE, step)
        after = n_pages(database, name)
        if after > before:  # there was no room: back to where they were
            _move_end(database, name, before, step)
        if after > before - before // SHARE // 2:
            return


def n_pages(database: Database, name: str) -> int:
    """How many pages a table has; `name` is quoted."""
    rows = database.fetch(
        "SELECT pg_relation_size(%s::regclass)"
        " / current_setting('block_size')::integer",
        (name,),
    )
    return int(rows[0][0])


def _move_end(database: Database, name: str, start: int, step: int) -> None:
    """Have the rows of the pages from `start` on lie elsewhere."""
    for end in range(n_pages(database, name), start, -step):
        move = partial(_move, table=name, first=max(start, end - step), end=end)
        change(database, f"compact {name}", move, Silent())
    database.alone(f"VACUUM {name}")


def _move(load: Load, table: str, first: int, end: int) -> None:
    load.execute(f"""
WITH moved AS (DELETE FROM {table}
  WHERE ctid >= '({first},0)' AND ctid < '({end},0)' RETURNING *)
INSERT INTO {table} SELECT * FROM moved""")  # noqa: S608 (quoted)


def renew_indexes(database: Database, schema: str, table: str) -> None:
    """Make the indexes of a table anew, without what is no longer used."""
    for (index,) in database.fetch(INVALID, (schema,)):  # of one that was killed
        database.alone(f"DROP INDEX CONCURRENTLY {index}")
    name = f"{quote_name(schema)}.{quote_name(table)}"
    database.alone(f"REINDEX TABLE CONCURRENTLY {name}")
