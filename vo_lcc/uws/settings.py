"""What the operator decides about jobs: places, times, limits."""

from dataclasses import dataclass

DAY = 86_400
GIB = 2**30


@dataclass(frozen=True)
class JobSettings:
    """Times in seconds, sizes in bytes. A `client_` limit of 0 means: none.

    `interactive` and `bulk` are how many jobs of each size one process runs at once.
    Each duration and lifetime has a default and a hard value. `lease` is how long a
    running job stays its worker's own without a sign of life, `attempts` how often a
    job is run whose workers die. `archive` is how long a job is still listed as
    ARCHIVED after its destruction. `wait` caps WAIT.
    """

    interactive: int = 4
    bulk: int = 2
    lease: int = 15
    attempts: int = 3
    execution_duration: int = 3600
    hard_execution_duration: int = DAY
    retention: int = 7 * DAY
    hard_retention: int = 30 * DAY
    archive: int = 0
    wait: int = 300
    sweep: int = 60
    result_size: int = 20 * GIB
    client_running: int = 8
    client_queued: int = 1000
    client_stored: int = 5000
    client_bytes: int = 50 * GIB
