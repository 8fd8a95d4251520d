"""LCC-CSVLC-V1: the light curve of one object, as LCC-Server has it.

Three lines name the format, the mark of comments and the separator. Comments hold what
is known of the object, then of the columns, as JSON; each column is of a type of numpy.
Its readers look for a number of the object (`objectid`) first.

A missing number is nan, a missing text empty. There are no quotes: what would end a
field becomes a blank. The type of a column tells how long its texts are and whether
any of its integers is missing, so rows wait for the last one.
"""

import json
import math
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays, text
from vo_lcc.formats.told import known, told_annotation, told_note, told_param
from vo_lcc.heads import DocumentHead, Param, TableHead
from vo_lcc.tables import Batch, Column

NAME = "LCC-CSVLC-V1"
MEMORY = 2**22
"""Bytes of rows that are kept before they go to disk."""

CHUNK = 2**20
MARKS = r"[\x00-\x1F\x7F,#]"
"""Characters that text must not hold: they become blanks."""

SUSPECT = np.zeros(256, bool)
SUSPECT[[*range(32), 0x7F, *b",#"]] = True

KEYS = {"object_id": "objectid", "dec": "decl"}
"""Parameters by the names that readers of this format look for."""

DTYPES = {"float": "f4", "double": "f8"}


@dataclass(slots=True)
class Seen:
    """What the type of a column depends on, gathered while its rows pass by."""

    column: Column
    width: int = 1  # of the longest text
    nulls: bool = False

    def see(self, fields: pa.Array, has_nulls: bool) -> None:
        """Count the fields of one more batch."""
        self.nulls |= has_nulls
        if not text.is_number(fields):
            longest = pc.max(pc.utf8_length(fields)).as_py()
            self.width = max(self.width, longest or 0)

    @property
    def dtype(self) -> str:
        """The type of numpy: integers are floating-point numbers where some miss."""
        column = self.column
        if column.is_text or column.is_list:
            return f"U{self.width}"
        return DTYPES.get(column.datatype, "f8" if self.nulls else "i8")


class LccSpooler:
    """Writes one light curve in the format LCC-CSVLC-V1.

    >>> with LccSpooler() as spooler:
    ...     spooler.head(DocumentHead())
    ...     spooler.table(TableHead((Column("rjd", "double"),)))
    ...     spooler.rows(pa.record_batch({"rjd": [56092.5, None]}))
    ...     size = spooler.finish()
    ...     lines = b"".join(spooler.chunks()).decode().splitlines()
    >>> lines[:4], lines[-3:]
    (['LCC-CSVLC-V1', '#', ',', '# OBJECT METADATA'], \
['# LIGHTCURVE', '56092.5', 'nan'])
    """

    def __init__(self) -> None:
        self._file = _temporary_file()
        self._document = DocumentHead()
        self._table = TableHead(())
        self._seen: list[Seen] = []
        self._head = b""

    def head(self, document: DocumentHead) -> None:
        """Remember what is said of the whole document."""
        self._document = document

    def table(self, table: TableHead) -> None:
        """The only table starts."""
        assert not self._seen, "the format holds one table"
        self._table = table
        self._seen = [Seen(column) for column in table.columns]

    def rows(self, batch: Batch) -> None:
        """Keep the lines of one batch."""
        for chunk in arrays.chunks(batch):
            pairs = list(zip(self._seen, chunk.columns, strict=True))
            made = [fields(array, seen.column) for seen, array in pairs]
            for (seen, array), column in zip(pairs, made, strict=True):
                seen.see(column, bool(array.null_count))
            self._file.write(text.joined_rows(made, ",", "\n", ""))
            self._file.write(b"\n")

    def finish(self, status: str = "OK") -> int:
        """No rows follow; the length of the document in bytes."""
        lines = [NAME, "#", ",", "# OBJECT METADATA"]
        lines += json_comments(object_metadata(self._document, self._table, status))
        lines += ["#", "# COLUMN DEFINITIONS"]
        lines += json_comments(column_definitions(self._seen))
        self._head = "\n".join([*lines, "#", "# LIGHTCURVE", ""]).encode("ascii")
        return len(self._head) + self._file.tell()

    def chunks(self) -> Iterator[bytes]:
        """The document, in pieces of about a mebibyte. Call `finish` first."""
        yield self._head
        self._file.seek(0)
        while piece := self._file.read(CHUNK):
            yield piece

    def __enter__(self) -> "LccSpooler":
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()


class ZippedLccSpooler(LccSpooler):
    """The same, compressed as gzip: what the files of LCC-Server are."""

    def finish(self, status: str = "OK") -> int:
        """No rows follow; the length of the compressed document in bytes."""
        super().finish(status)
        packed = _temporary_file()
        packer = zlib.compressobj(wbits=31)
        for piece in super().chunks():
            packed.write(packer.compress(piece))
        packed.write(packer.flush())
        self._file.close()
        self._head, self._file = b"", packed
        return packed.tell()


def _temporary_file() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(MEMORY, prefix="vo_lcc_")


def fields(array: pa.Array, column: Column) -> pa.Array:
    """The cells of one column; none is null.

    >>> fields(pa.array([1, None]), Column("n", "int")).to_pylist()
    ['1', 'nan']
    >>> fields(pa.array(["a, b", None]), Column("s", "char", "*")).to_pylist()
    ['a  b', '']
    """
    if column.is_text or column.is_list:
        cells = text.column_text(array, column).fill_null("")
        if not arrays.holds(cells, SUSPECT):
            return cells
        return pc.replace_substring_regex(cells, MARKS, " ")
    numbers = array.cast(pa.int16()) if pa.types.is_boolean(array.type) else array
    if not numbers.null_count:
        return numbers
    return text.number_text(numbers).fill_null("nan")


def object_metadata(
    document: DocumentHead, table: TableHead, status: str
) -> dict[str, Any]:
    """What is known of the object and of where all this comes from."""
    found = {key_of(param): value_of(param) for param in table.params}
    first = {"objectid": told_value(table.name or document.name, "object ID")}
    calibrations = [told_note(note) for note in table.calibrations]
    rest = {
        "description": told_value(table.description, "description of the light curve"),
        "photcals": told_value(calibrations, "photometric calibrations"),
        "query_status": told_value(status, "OK, or OVERFLOW: cut short"),
        "about": told_value(document.description, "description of the document"),
        **{
            f"{name}s" if name in found else name: told_value(value, "provenance")
            for name, value in info_values(document).items()
        },
    }
    told = {**first, **found, **rest}
    return {key: value for key, value in told.items() if value["val"] not in (None, [])}


def info_values(document: DocumentHead) -> dict[str, Any]:
    """The values of the INFOs by their names; of those that share one, all."""
    found: dict[str, list[str]] = {}
    for info in document.infos:
        found.setdefault(info.name, []).append(f"{info.value} {info.text}".rstrip())
    return {name: v[0] if len(v) == 1 else v for name, v in found.items()}


def key_of(param: Param) -> str:
    """The name of a parameter."""
    return KEYS.get(param.column.name, param.column.name)


def told_value(value: Any, about: str) -> dict[str, Any]:
    """A value and what it is."""
    return {"val": value, "desc": about}


def value_of(param: Param) -> dict[str, Any]:
    """The value of a parameter, and all that is said of it."""
    told = told_param(param)
    value, name = told.pop("value"), told.pop("name")
    about = told.pop("description", name)
    unit = told.get("unit")
    return {**told_value(value, f"{about} [{unit}]" if unit else about), **told}


def column_definitions(seen: list[Seen]) -> dict[str, Any]:
    """The place and the type of each column, and all that is said of it."""
    return {
        one.column.name: {
            "colnum": place,
            "dtype": one.dtype,
            "desc": one.column.description or one.column.name,
            **known(
                unit=one.column.unit,
                ucd=one.column.ucd,
                utype=one.column.utype,
                xtype=one.column.xtype,
                datatype=one.column.datatype,
            ),
            **told_annotation(one.column),
        }
        for place, one in enumerate(seen)
    }


def json_comments(value: Any) -> list[str]:
    """A value as JSON, each line of it a comment."""
    return [f"# {line}" for line in json.dumps(finite(value), indent=2).split("\n")]


def finite(value: Any) -> Any:
    """The value with numbers that JSON does not know as texts."""
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
