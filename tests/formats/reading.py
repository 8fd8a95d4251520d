"""Read a document back into Python rows: None for null, lists for arrays."""

import csv
import io
import json
import math
import re
import warnings
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from astropy.io import fits
from astropy.io.votable import parse
from astropy.table import Table

from tests.formats.limits import size_of
from vo_lcc.tables import Column


def read_rows(
    format_name: str, document: bytes, columns: Sequence[Column]
) -> list[tuple[Any, ...]]:
    """The rows of the first table of a document."""
    if format_name in ("csv", "tsv"):
        return read_delimited(format_name, document, columns)
    if format_name == "ecsv":
        return read_ecsv(document, columns)
    if format_name in COLUMNAR:
        return rows_of(COLUMNAR[format_name](document))
    if format_name == "html":
        return read_html(document, columns)
    if format_name == "text":
        return read_text(document, columns)
    if format_name == "json":
        return read_json(document, columns)
    read = read_fits if format_name == "fits" else read_votable
    cells = [
        [value_of(cell, m, c) for cell, m in zip(data, mask, strict=True)]
        for (data, mask), c in zip(read(document), columns, strict=True)
    ]
    return list(zip(*cells, strict=True))


def read_ecsv(document: bytes, columns: Sequence[Column]) -> list[tuple[Any, ...]]:
    """The rows as astropy shows them; complex numbers are lists of their parts.

    It cannot read arrays of fixed size where there are no rows.
    """
    if not document.split(b"\n# schema:")[1].split(b"\n", 2)[2]:
        return []
    table = Table.read(io.BytesIO(document), format="ascii.ecsv")
    cells = [
        [_from_ecsv(cell, column) for cell in table[column.name]] for column in columns
    ]
    return list(zip(*cells, strict=True))


def _from_ecsv(cell: Any, column: Column) -> Any:
    flat = np.ma.ravel(cell).tolist()  # None where it is masked
    return flat if column.is_list else flat[0]


def read_votable(document: bytes) -> list[tuple[np.ndarray, np.ndarray]]:
    """Values and masks of each column."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        array = parse(io.BytesIO(document)).get_first_table().array
    return [(array.data[name], array.mask[name]) for name in array.dtype.names]


def read_fits(document: bytes) -> list[tuple[np.ndarray, np.ndarray]]:
    """Values and masks of each column."""
    with warnings.catch_warnings(), fits.open(io.BytesIO(document)) as hdus:
        warnings.simplefilter("ignore")
        hdus.verify("exception")
        table = Table.read(hdus[1])
    return [
        (np.ma.getdata(column), np.ma.getmaskarray(column))
        for column in table.itercols()
    ]


def value_of(cell: Any, mask: Any, column: Column) -> Any:
    if column.is_text:
        return _scalar(cell, column)
    if column.is_complex:
        missing = None if column.is_array else [None, None]
        masked = np.any(mask) and not size_of(column) > 2
        return missing if masked else parts(cell, column)
    if not column.is_array:
        return None if np.any(mask) else _scalar(np.ravel(cell)[0], column)
    if str(column.arraysize).endswith("*"):
        if np.any(mask):
            return None
        mask = np.ma.getmaskarray(cell)
    flat = zip(np.ravel(cell), np.ravel(mask), strict=True)
    return [None if m else _scalar(x, column) for x, m in flat]


def parts(cell: Any, column: Column) -> list[float | None]:
    """The real and imaginary parts of complex numbers, None for NaN."""
    kind = "f4" if column.datatype == "floatComplex" else "f8"
    flat = np.ravel(np.ma.getdata(cell)).astype(f"c{2 * int(kind[1])}")
    return [None if math.isnan(x) else x for x in flat.view(kind).tolist()]


def _scalar(cell: Any, column: Column) -> Any:
    cell = np.float32(cell) if column.datatype == "float" else cell
    value = cell.item() if isinstance(cell, np.generic) else cell
    value = value.decode() if isinstance(value, bytes) else value
    return None if isinstance(value, float) and np.isnan(value) else value


COLUMNAR = {
    "parquet": lambda document: pq.read_table(io.BytesIO(document)),
    "arrow": lambda document: pa.ipc.open_stream(document).read_all(),
}


def rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    table.validate(full=True)
    return list(zip(*(column.to_pylist() for column in table), strict=True))


def read_json(document: bytes, columns: Sequence[Column]) -> list[tuple[Any, ...]]:
    rows = json.loads(document)["data"]
    return [
        tuple(_from_json(cell, c) for cell, c in zip(row, columns, strict=True))
        for row in rows
    ]


def _from_json(cell: Any, column: Column) -> Any:
    if isinstance(cell, list):
        return [_from_json(element, column) for element in cell]
    if cell is None or column.datatype not in FLOATS:
        return bool(cell) if column.datatype == "bit" and cell is not None else cell
    assert cell in SPECIAL if isinstance(cell, str) else math.isfinite(cell)
    return float(FLOATS[column.datatype](cell))


FLOATS: dict[str, type] = {
    "float": np.float32,
    "double": float,
    "floatComplex": np.float32,
    "doubleComplex": float,
}
SPECIAL = ("NaN", "Infinity", "-Infinity")


class Page(HTMLParser):
    """The cells of each table of an HTML page, its column heads, and all its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.heads: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.text = ""
        self._within = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("td", "thead", "tbody", "style"):
            self._within = tag
        if tag == "table":
            self.tables.append([])
            self.heads.append("")
        elif tag == "tr" and self._within == "tbody":
            self.tables[-1].append([])
        elif tag == "td":
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "thead"):
            self._within = "tbody"
        elif tag in ("tbody", "style"):
            self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "td":
            self.tables[-1][-1][-1] += data
        elif self._within == "thead":
            self.heads[-1] += data
        if self._within != "style":
            self.text += data


def read_html(document: bytes, columns: Sequence[Column]) -> list[tuple[Any, ...]]:
    (rows,) = Page(document.decode()).tables
    return [
        tuple(_parsed(cell, None, c) for cell, c in zip(row, columns, strict=True))
        for row in rows
    ]


def read_text(document: bytes, columns: Sequence[Column]) -> list[tuple[Any, ...]]:
    """The rows, cut where the rule says: good while no cell is wider than its rule."""
    lines = document.decode().split("\n")
    table = lines[lines.index("") + 1 :]
    names = next(i for i, line in enumerate(table) if not line.startswith("#"))
    rule, *rows = table[names + 2 : -2]
    ends = [match.end() for match in re.finditer("-+", rule)]
    starts = [0, *(end + 2 for end in ends[:-1])]
    ends[-1] = None
    return [
        tuple(
            _parsed(_unpadded(row[start:end], c), None, c)
            for start, end, c in zip(starts, ends, columns, strict=True)
        )
        for row in rows
    ]


def _unpadded(cell: str, column: Column) -> str:
    return cell.rstrip(" ") if column.is_text else cell.strip(" ")


def read_delimited(
    format_name: str, document: bytes, columns: Sequence[Column]
) -> list[tuple[Any, ...]]:
    text = document.decode()
    if format_name == "tsv":
        lines = text.split("\n")[1:-1]
        cells = [[(cell, None) for cell in line.split("\t")] for line in lines]
    else:
        cells = csv_cells(text)[1:]
    return [
        tuple(_parsed(*cell, c) for cell, c in zip(line, columns, strict=True))
        for line in cells
    ]


def csv_cells(text: str) -> list[list[tuple[str, bool]]]:
    """Cells by RFC 4180, each with whether it was quoted (`csv` does not say)."""
    lines: list[list[tuple[str, bool]]] = [[]]
    at = 0
    while at < len(text):
        quoted = text[at] == '"'
        if quoted:
            end = at + 1
            while text[end] != '"' or text[end : end + 2] == '""':
                end += 2 if text[end] == '"' else 1
            cell, at = text[at + 1 : end].replace('""', '"'), end + 1
        else:
            end = min(i for i in (text.find(",", at), text.find("\r\n", at)) if i >= 0)
            cell, at = text[at:end], end
        lines[-1].append((cell, quoted))
        if text[at] == ",":
            at += 1
        else:
            at += 2
            lines.append([])
    assert [[c for c, _ in line] for line in lines[:-1]] == list(
        csv.reader(io.StringIO(text, newline=""))
    )
    return lines[:-1]


def _parsed(cell: str, quoted: bool | None, column: Column) -> Any:
    if column.is_text:
        return None if cell == "" and quoted is False else cell
    if column.is_complex and not column.is_array and not cell:
        return None
    if column.is_list:
        if column.datatype == "bit" and not cell:
            return [None] * size_of(column)
        return [_number(element, column) for element in cell.split()]
    return _number(cell, column) if cell else None


def _number(cell: str, column: Column) -> Any:
    if column.datatype == "bit":
        return {"0": False, "1": True}[cell]
    if column.datatype == "boolean":
        return {"true": True, "false": False, "?": None}[cell]
    if column.datatype in FLOATS:
        value = float(FLOATS[column.datatype](cell))
        return None if column.is_list and np.isnan(value) else value
    return int(cell)
