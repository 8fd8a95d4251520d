"""What is sent to a server, and the same rows from PostgreSQL's own COPY."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.machine import PSQL
from benchmarks.server import MAXREC
from benchmarks.subject import Subject
from vo_lcc.adql import compile_query
from vo_lcc.db.catalog import load_catalog
from vo_lcc.db.session import PLANNER
from vo_lcc.errors import ParameterError
from vo_lcc.formats import find_format

SINK = os.devnull
OBJECTS = (
    "SELECT object_id, ra, dec, hpx, n_points, t_min, g_median, g_amplitude"
    " FROM bench.objects"
)
POINTS = "SELECT object_id, passband, obs_time, mag, mag_err, flags"
FEW = "(SELECT TOP 20 passband AS other FROM curves.photometry) AS few"
# of 20,000,000 rows and more, when the collections have their full size
ENDLESS = f"{POINTS} FROM curves.photometry AS points, {FEW}"
WANTED = (
    "votable/b2",
    "votable/td",
    "votable/b",
    "csv",
    "tsv",
    "fits",
    "parquet",
    "arrow",
    "json",
    "text",
    "html",
)


@dataclass(frozen=True)
class Answer:
    """What came: `first` is the time of the first byte; seconds, and bytes."""

    status: int
    seconds: float
    first: float
    size: float
    encoding: str


def offered_formats() -> list[str]:
    """Those of WANTED that this version writes."""
    return [name for name in WANTED if is_offered(name)]


def is_offered(name: str) -> bool:
    """Does this version write the format?"""
    try:
        find_format(name)
    except ParameterError:
        return False
    return True


def tap_path(query: str, form: str) -> str:
    """The path of a query."""
    asked = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": form, "MAXREC": MAXREC}
    return f"/tap/sync?{urlencode(asked)}"


def curl_command(url: str, encoding: str = "") -> list[str]:
    """Read an answer and throw it away; says how it went."""
    said = (
        "%{http_code} %{time_total} %{time_starttransfer} %{size_download}"
        " %header{content-encoding}"
    )
    headers = ["-H", f"Accept-Encoding: {encoding}"] if encoding else []
    return ["curl", "-sS", "-o", SINK, *headers, "-w", said, url]


def curl(url: str, encoding: str = "") -> Answer:
    """Read an answer to its end; raises RuntimeError where it breaks off."""
    done = subprocess.run(
        curl_command(url, encoding), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{url}: {done.stderr.strip()} ({done.stdout})")
    return read_answer(done.stdout)


def read_answer(said: str) -> Answer:
    """What curl said.

    >>> read_answer("200 0.5 0.01 1000 gzip").encoding
    'gzip'
    """
    status, total, first, size, *encoding = said.split()
    return Answer(
        int(status), float(total), float(first), float(size), "".join(encoding)
    )


def server_sql(subject: Subject, query: str) -> str:
    """The statement that the server runs for this query."""
    return compile_query(query, load_catalog(subject.database), MAXREC).sql


def copy_seconds(subject: Subject, sql: str, form: str) -> float:
    """Seconds of `psql -c "COPY (sql) ..." > /dev/null`, planned as for readers."""
    options = " ".join(f"-c {name}={value}" for name, value in PLANNER.items())
    start = time.perf_counter()
    with Path(SINK).open("wb") as sink:
        subprocess.run(
            [PSQL, "-X", "-c", f"COPY ({sql}) TO STDOUT ({form})", subject.dsn],
            stdout=sink,
            env={**os.environ, "PGOPTIONS": options},
            check=True,
        )
    return time.perf_counter() - start
