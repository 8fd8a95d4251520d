"""The advisory locks of the database, in one place: no two have the same number."""

from enum import IntEnum, unique


@unique
class Lock(IntEnum):
    """What is done by one at a time, of all processes that share a database.

    >>> f"SELECT pg_advisory_xact_lock({Lock.MIGRATION})"
    'SELECT pg_advisory_xact_lock(7652001)'
    """

    MIGRATION = 7_652_001
    PUBLICATION = 7_652_003
    LOAD = 7_652_004  # of a connection; a load may take hours
    RECORDS = 7_652_005  # our resource records change
    HARVEST = 7_652_006  # of a connection, with a hash of the peer's URL
    CLAIM = 7_652_007  # jobs are claimed
    SWEEP = 7_652_008  # jobs and files are removed
    AUTHORITIES = 7_652_009  # it is settled which peer has which
