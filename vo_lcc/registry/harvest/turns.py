"""One harvest of a peer at a time, of all processes that share a database."""

from collections.abc import Iterator
from contextlib import contextmanager

from vo_lcc.db import Database, Load, quote_text
from vo_lcc.db.load import load_faults
from vo_lcc.db.locks import Lock
from vo_lcc.errors import LockedError


@contextmanager
def turn(database: Database, url: str) -> Iterator[None]:
    """Hold the lock of a peer; raises LockedError where another process does.

    It is that of a connection, so it ends with the process, however that ends.
    """
    with load_faults():
        holding = Load(database.url)
        try:
            got = holding.query(
                f"SELECT pg_try_advisory_lock({Lock.HARVEST},"
                f" hashtext({quote_text(url)})) AS got"
            )
            if not got.to_pylist()[0]["got"]:
                raise LockedError(f"{url} is being harvested by another process")
            yield
        finally:
            holding.close()
