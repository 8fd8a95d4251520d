"""Changes that must not stand in front of readers.

A change of a view waits for those who read it, and whoever comes later waits behind
it. So it waits for the blink of an eye only, is undone, and is tried again.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from vo_lcc.db import Database, Load
from vo_lcc.db.locks import Lock
from vo_lcc.errors import LockedError, TransientError
from vo_lcc.lightcurves.progress import Progress

T = TypeVar("T")

LOCK_TIMEOUT = 200  # ms: so long, at most, does a query wait for a publication
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)  # s; the last again and again
PATIENCE = 900.0  # s


def change(
    database: Database,
    what: str,
    make: Callable[[Load], T],
    progress: Progress,
    patience: float = PATIENCE,
) -> T:
    """What `make` gives, in one transaction that never makes readers wait.

    It is called again while others hold what it changes; after `patience` (s) that
    raises TransientError. `what` is said of it meanwhile.
    """
    end = time.monotonic() + patience
    for attempt in range(10**9):
        try:
            return _try(database, make)
        except LockedError as error:
            if time.monotonic() > end:
                raise TransientError(
                    f"{what} waited {patience:.0f} s for a query to end that reads what"
                    " is to be changed; nothing was changed, try again later"
                ) from error
        if attempt == 0:
            progress.stage(f"{what}: waits for a long query to end")
        time.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
    raise AssertionError


def _try(database: Database, make: Callable[[Load], T]) -> T:
    with database.load() as load:
        load.query(f"SELECT set_config('lock_timeout', '{LOCK_TIMEOUT}ms', true)")
        load.query(f"SELECT pg_advisory_xact_lock({Lock.PUBLICATION})::text")
        return make(load)
