"""Settings of the embedded PostgreSQL, from the memory of the machine."""

from pathlib import Path

import psutil

MIB = 2**20
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (looked at, never written)


def memory_bytes() -> int:
    """The memory this process may use: the machine's, or its container's."""
    total = int(psutil.virtual_memory().total)
    try:
        return min(total, int(CGROUP_LIMIT.read_text(encoding="ascii")))
    except (OSError, ValueError):
        return total


def server_settings(memory: int | None = None) -> dict[str, str]:
    """Names and values for postgresql.conf.

    >>> settings = server_settings(8 * 2**30)
    >>> settings["shared_buffers"], settings["effective_cache_size"]
    ('2048MB', '5120MB')
    """
    mebibytes = (memory_bytes() if memory is None else memory) // MIB
    return {
        "shared_buffers": f"{_between(mebibytes // 4, 32, 8192)}MB",
        "effective_cache_size": f"{_between(mebibytes * 5 // 8, 64, 65536)}MB",
        "maintenance_work_mem": f"{_between(mebibytes // 16, 32, 1024)}MB",
        "work_mem": f"{_between(mebibytes // 256, 4, 64)}MB",
        # of each process: 16 statements of requests and 8 of jobs at once, 8 for small
        # ones; an unused place costs some kilobytes
        "max_connections": "300",
        # the owner of the cluster is who may connect: there is no password
        "unix_socket_permissions": "0700",
        "dynamic_shared_memory_type": _shared_memory_type(),
        # loads write new tables in one transaction: without replicas their rows
        # need not be in the log
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "4GB",
        "wal_compression": "on",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "log_min_error_statement": "panic",
        "log_checkpoints": "off",
    }


def _between(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))


def _shared_memory_type() -> str:
    """Containers often have 64 MB of /dev/shm, too little for parallel queries."""
    try:
        room = psutil.disk_usage(str(SHARED_MEMORY)).total
    except OSError:
        return "mmap"
    return "posix" if room >= 512 * MIB else "mmap"
