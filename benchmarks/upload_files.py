"""Tables as clients send them: files of each format, and the form that holds one."""

import io
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPConnection
from types import MappingProxyType
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
from astropy.table import Table
from pyarrow import parquet

from benchmarks.server import Server

BOUNDARY = "bench-boundary"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
PART = "Content-Disposition: form-data; name="


def votable(table: Table, serialisation: str) -> bytes:
    """As astropy writes it, which most clients do."""
    file = io.BytesIO()
    table.write(file, format="votable", tabledata_format=serialisation)
    return file.getvalue()


def fits(table: Table) -> bytes:
    """A binary table, as astropy writes it."""
    file = io.BytesIO()
    table.write(file, format="fits")
    return file.getvalue()


def parquet_file(table: Table) -> bytes:
    """As pyarrow writes it when nothing is asked for."""
    file = io.BytesIO()
    columns = {name: np.asarray(table[name]) for name in table.colnames}
    parquet.write_table(pa.table(columns), file)
    return file.getvalue()


def csv(table: Table) -> bytes:
    """Comma-separated values."""
    file = io.StringIO()
    table.write(file, format="ascii.csv")
    return file.getvalue().encode()


FILES: Mapping[str, Callable[[Table], bytes]] = MappingProxyType(
    {
        "TABLEDATA": partial(votable, serialisation="tabledata"),
        "BINARY2": partial(votable, serialisation="binary2"),
        "BINARY": partial(votable, serialisation="binary"),
        "FITS": fits,
        "Parquet": parquet_file,
        "CSV": csv,
    }
)


def form(query: str, file: bytes, name: str) -> bytes:
    """The body of a request that sends `file` as the table TAP_UPLOAD.`name`."""
    values = {
        "LANG": "ADQL",
        "QUERY": query,
        "UPLOAD": f"{name},param:file",
        "RESPONSEFORMAT": "votable/b2",
    }
    return multipart(values, file)


def multipart(values: Mapping[str, str], file: bytes) -> bytes:
    """The body of a form with these values, and a file named `file`."""
    parts = [f'{PART}"{key}"\r\n\r\n{text}'.encode() for key, text in values.items()]
    parts.append(f'{PART}"file"; filename="file"\r\n\r\n'.encode() + file)
    line = f"--{BOUNDARY}".encode()
    return b"\r\n".join([*(line + b"\r\n" + part for part in parts), line + b"--\r\n"])


class Poster:
    """Sends queries with tables over one connection."""

    def __init__(self, server: Server) -> None:
        self._connection = HTTPConnection(urlsplit(server.base).netloc)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def post(self, body: bytes) -> dict[str, float]:
        """The milliseconds of each phase up to the first rows, once all have come.

        Raises RuntimeError when the answer is an error.
        """
        self._connection.request("POST", "/tap/sync", body, {"Content-Type": MULTIPART})
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != 200 or b'"ERROR"' in answer[-1000:]:
            raise RuntimeError(f"{response.status}: {answer[-1000:]!r}")
        return read_phases(response.getheader("Server-Timing", ""))


def read_phases(header: str) -> dict[str, float]:
    """What a Server-Timing header tells.

    >>> read_phases("upload;dur=16.29, plan;dur=1.5")
    {'upload': 16.29, 'plan': 1.5}
    """
    phases = (each.partition(";dur=") for each in header.split(", ") if each)
    return {name: float(milliseconds) for name, _, milliseconds in phases}
