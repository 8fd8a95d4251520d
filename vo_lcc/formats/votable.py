"""VOTable, version 1.4 or 1.5, in its three serialisations.

One RESOURCE of type "results" with QUERY_STATUS=OK before the table, so that it
can be streamed; what comes to light later is said by a second INFO after the
table (DALI 1.1, 4.4). Frames and calibrations are declared before the first
table. Those that only a later table needs come with it: calibrations inside the
TABLE, frames in a RESOURCE nested around it and those that follow, the only places
the schema leaves.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Protocol

import orjson
import pyarrow as pa

from vo_lcc.formats import arrays, text
from vo_lcc.formats.annotations import (
    Key,
    annotation_key,
    annotation_keys,
    frame_element,
    photcal_element,
)
from vo_lcc.formats.binary import BinaryRows
from vo_lcc.formats.descriptors import FieldIds, descriptor_elements
from vo_lcc.formats.markup import attribute, content, element, encoded, start_tag
from vo_lcc.formats.mivot import mapped_places, mivot_block
from vo_lcc.formats.tabledata import TableDataRows
from vo_lcc.heads import DocumentHead, Info, Param, ServiceDescriptor, TableHead
from vo_lcc.tables import (
    Batch,
    Column,
    PhotCal,
    SkyFrame,
    TimeFrame,
    arrow_type,
)

NAMESPACE = "http://www.ivoa.net/xml/VOTable/v1.3"
VERSIONS = ("1.4", "1.5")
INTEGERS = ("unsignedByte", "short", "int", "long")


class Rows(Protocol):
    """Writes what stands in the DATA of one table."""

    def open(self) -> bytes:
        """The start tags."""
        ...

    def rows(self, batch: Batch) -> bytes:
        """The rows of one batch."""
        ...

    def close(self) -> bytes:
        """The end tags, and what was kept back."""
        ...


SERIALIZATIONS: dict[str, Callable[[Sequence[Column]], Rows]] = {
    "TABLEDATA": TableDataRows,
    "BINARY": lambda columns: BinaryRows(columns, flags=False),
    "BINARY2": lambda columns: BinaryRows(columns, flags=True),
}


ANY = "ANY"
"""BINARY2, unless it holds bits that astropy would read there as all false."""

KEPT = 512
"""Elements that are kept, for the same columns come again and again."""

NO_DATA = "NONE"
"""The serialisation of a document that describes its tables without their rows."""


class VOTableWriter:
    """Writes one VOTable with any number of tables; one, with a MIVOT block.

    >>> writer = VOTableWriter("TABLEDATA")
    >>> document = writer.head(DocumentHead()) + writer.tail("OVERFLOW")
    >>> print(document.decode().rstrip())
    <?xml version="1.0" encoding="UTF-8"?>
    <VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
    <RESOURCE type="results" name="result">
    <INFO name="QUERY_STATUS" value="OK"/>
    <INFO name="QUERY_STATUS" value="OVERFLOW"/>
    </RESOURCE>
    </VOTABLE>
    """

    reports_errors = True

    def __init__(
        self, serialization: str, version: str = VERSIONS[0], *, mivot: bool = False
    ) -> None:
        self.several_tables = not mivot
        self._mivot = mivot
        self._serialization = serialization
        self._version = version
        self._rows: Rows | None = None
        self._ids: dict[Key, str] = {}
        self._field_ids = FieldIds()
        self._services: tuple[ServiceDescriptor, ...] = ()
        self._tables = 0
        self._in_table = False
        self._nested = False

    def head(self, document: DocumentHead) -> bytes:
        """From the XML declaration to the INFOs."""
        self._services = document.services
        self._field_ids = FieldIds(document.services)
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            start_tag("VOTABLE", {"version": self._version, "xmlns": NAMESPACE}),
            start_tag("RESOURCE", {"type": "results", "name": document.name}),
            *_description(document.description),
            info_element(Info("QUERY_STATUS", "OK")),
            *map(info_element, document.infos),
        ]
        return encoded(lines)

    def table(self, table: TableHead) -> bytes:
        """The end of the table before, and this one up to its first row."""
        ended = self._end_table()
        frames, calibrations = self._declare(annotation_keys(table))
        calibrated = [
            place
            for place, column in enumerate(table.columns)
            if annotation_key(column) in calibrations
        ]
        mapped = mapped_places(table) if self._mivot else []
        field_ids = self._field_ids.of_table(table, {*calibrated, *mapped})
        alone = len(calibrations) == 1
        groups = [self._group(key, table, field_ids, alone) for key in calibrations]
        lines = []
        if frames and self._tables:
            lines += self._start_nested()
        in_resource = bool(frames) or not self._tables
        lines += [frame_element(k, self._ids[k], self._version) for k in frames]
        lines += groups if in_resource else []
        table_id = f"table-{self._tables + 1}"
        lines += [mivot_block(table, table_id, field_ids)] if self._mivot else []
        lines.append(start_tag("TABLE", {"ID": table_id, "name": table.name}))
        lines += _description(table.description)
        lines += [] if in_resource else groups
        lines += [self._param(param) for param in table.params]
        lines += [
            self._field(c, field_ids.get(place))
            for place, c in enumerate(table.columns)
        ]
        self._tables += 1
        return ended + encoded(lines) + self._start_data(table.columns)

    def rows(self, batch: Batch) -> bytes:
        """The rows of one batch."""
        return self._rows.rows(batch) if self._rows is not None else b""

    def tail(self, status: str = "OK", message: str = "") -> bytes:
        """The end of the results, with a status that is not OK, then the services."""
        lines = ["</RESOURCE>"] if self._nested else []
        if status != "OK":
            lines.append(info_element(Info("QUERY_STATUS", status, message)))
        lines.append("</RESOURCE>")
        lines += descriptor_elements(self._services, self._field_ids.referred)
        return self._end_table() + encoded([*lines, "</VOTABLE>"])

    def _start_nested(self) -> list[str]:
        """A RESOURCE for this table and those that follow, after any such before."""
        ended = ["</RESOURCE>"] if self._nested else []
        self._nested = True
        return [*ended, start_tag("RESOURCE", {"type": "results"})]

    def _start_data(self, columns: Sequence[Column]) -> bytes:
        self._in_table = True
        if not columns or self._serialization == NO_DATA:
            return b""
        self._rows = SERIALIZATIONS[self._chosen(columns)](columns)
        return b"<DATA>" + self._rows.open()

    def _chosen(self, columns: Sequence[Column]) -> str:
        """The serialisation that was asked for, or a good one where none was.

        astropy (8.0) looks for a single bit, and for lists of them, at the other end of
        the byte than VOTable 1.4 (section 6) has it.
        """
        if self._serialization != ANY:
            return self._serialization
        is_misread = any(
            c.datatype == "bit" and arrays.fixed_size(c) in (1, None) for c in columns
        )
        return "TABLEDATA" if is_misread else "BINARY2"

    def _end_table(self) -> bytes:
        data = b"" if self._rows is None else self._rows.close() + b"</DATA>\n"
        end = b"</TABLE>\n" if self._in_table else b""
        self._rows, self._in_table = None, False
        return data + end

    def _declare(self, keys: list[Key]) -> tuple[list[Key], list[Key]]:
        """Give IDs to new annotations; the new frames, the new calibrations."""
        new = [key for key in keys if key not in self._ids]
        for key in new:
            self._ids[key] = f"{ID_PREFIXES[type(key[0])]}-{len(self._ids) + 1}"
        calibrations = [key for key in new if isinstance(key[0], PhotCal)]
        return [key for key in new if key not in calibrations], calibrations

    def _group(
        self, key: Key, table: TableHead, field_ids: dict[int, str], alone: bool
    ) -> str:
        assert isinstance(key[0], PhotCal)
        refs = tuple(
            xml_id
            for place, xml_id in field_ids.items()
            if annotation_key(table.columns[place]) == key
        )
        return photcal_element(key[0], self._ids[key], refs, alone=alone)

    def _field(self, column: Column, xml_id: str | None) -> str:
        has_null = column.datatype in INTEGERS and (
            column.is_array or self._serialization == "BINARY"
        )
        shows_null = has_null and self._serialization != NO_DATA
        return field_element(column, xml_id, self._ref(column), shows_null)

    def _param(self, param: Param) -> str:
        return param_element(param, self._ref(param.column))

    def _ref(self, column: Column) -> str | None:
        key = annotation_key(column)
        return self._ids[key] if key is not None else None


ID_PREFIXES = {TimeFrame: "timesys", SkyFrame: "coosys", PhotCal: "photcal"}


@lru_cache(maxsize=KEPT)
def field_element(
    column: Column, xml_id: str | None, ref: str | None, shows_null: bool
) -> str:
    """A FIELD; it tells the integer that stands for null if `shows_null`."""
    inside = _described(column)
    if shows_null:
        inside += element("VALUES", {"null": str(arrays.null_of(column))})
    return element("FIELD", {"ID": xml_id, **_attributes(column, ref)}, inside)


def param_element(param: Param, ref: str | None) -> str:
    """A PARAM: what does not change from one light curve to the next is kept."""
    value = param_text(param)
    before, after = _around_value(param.column, ref, value.isascii())
    return f"{before}{attribute(value)}{after}"


@lru_cache(maxsize=KEPT)
def _around_value(column: Column, ref: str | None, is_ascii: bool) -> tuple[str, str]:
    """What stands before the value of a PARAM, and after it."""
    attributes = _attributes(column, ref)
    if not is_ascii:
        attributes["datatype"] = "unicodeChar"
    written = element("PARAM", {**attributes, "value": ""}, _described(column))
    start, _, end = written.partition(' value=""')  # no attribute holds a quote
    return f'{start} value="', f'"{end}'


def _attributes(column: Column, ref: str | None) -> dict[str, str | None]:
    return {
        "name": column.name,
        "datatype": column.datatype,
        "arraysize": column.arraysize,
        "unit": column.unit,
        "ucd": column.ucd,
        "utype": column.utype,
        "xtype": column.xtype,
        "ref": ref,
    }


def _described(column: Column) -> str:
    return "".join(_description(column.description))


def info_element(info: Info) -> str:
    """An INFO.

    >>> info_element(Info("query", "SELECT 1", "as sent"))
    '<INFO name="query" value="SELECT 1">as sent</INFO>'
    """
    attributes = {"name": info.name, "ucd": info.ucd, "value": info.value}
    return element("INFO", attributes, content(info.text))


def param_text(param: Param) -> str:
    """The value of a PARAM; a missing one is empty.

    >>> param_text(Param(Column("period", "double", unit="d"), 0.5))
    '0.5'
    """
    if param.value is None or isinstance(param.value, str):
        return param.value or ""
    if param.column.datatype == "double" and math.isfinite(param.value):
        return orjson.dumps(param.value).decode().removesuffix(".0")
    value = pa.array([param.value], arrow_type(param.column))
    return str(text.column_text(value, param.column)[0])


def _description(words: str | None) -> list[str]:
    return [] if words is None else [element("DESCRIPTION", {}, content(words))]
