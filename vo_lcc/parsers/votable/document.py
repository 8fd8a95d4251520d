"""A VOTable as it is parsed: what is said of one table, and where its rows are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.parsers.checks import check_count, check_rows, shown
from vo_lcc.parsers.table import ReadLimits
from vo_lcc.parsers.votable.fields import (
    Field,
    Frame,
    check_fields,
    read_coosys,
    read_field,
    read_timesys,
    with_frames,
)

MOST_FIELDS = 100_000
"""FIELDs of a document up to the table that is read, at most."""

MOST_SAID = 16 * 2**20
PER_WORD = 100
"""Bytes, about, that all that is said of columns may take: texts, and for each
attribute what Python needs to hold it."""

Attributes = Mapping[str, str]


@dataclass(slots=True)
class RawField:
    """A FIELD as it is written."""

    attributes: Attributes
    description: str | None = None
    null: str | None = None


@dataclass(slots=True)
class RawTable:
    """A TABLE as it is written, up to its data."""

    attributes: Attributes
    fields: list[RawField] = field(default_factory=list)


class DataEvents(Protocol):
    """What is told of the data of the table that is read."""

    def data(self, kind: str, attributes: Attributes) -> None:
        """They start: TABLEDATA, BINARY, BINARY2 or FITS; the fields are known."""
        ...

    def stream(self, attributes: Attributes) -> None:
        """Their STREAM starts."""
        ...

    def text(self, text: str) -> None:
        """A piece of the text of the STREAM."""
        ...

    def end_stream(self) -> None:
        """The STREAM has ended."""
        ...


class Document:
    """Visits the elements of a VOTable for table number `wanted`.

    `fields` is set where the data of that table begin, or at its end; `ended` at its
    end. Raises UsageError for what is wrong with it.
    """

    def __init__(self, wanted: int, limits: ReadLimits, events: DataEvents) -> None:
        self._wanted = wanted
        self._limits = limits
        self._events = events
        self._number = 0  # of the TABLE that is, or was, the last to start
        self._read = 0  # FIELDs
        self._table = RawTable({})
        self._tables: dict[str, RawTable] = {}
        self._frames: dict[str, Frame] = {}
        self._nulls: dict[str, str] = {}
        self._words: list[str] | None = None  # text that is kept
        self._said = 0  # bytes
        self._serializations = 0
        self._in_stream = False
        self._is_status = False
        self._status = ""
        self.fields: tuple[Field, ...] = ()
        self.nrows: int | None = None
        self.ended = False

    @property
    def _is_wanted(self) -> bool:
        return self._number == self._wanted and not self.ended

    def opened(self, name: str, attributes: Attributes) -> None:
        """An element starts."""
        if not self.ended:
            words = sum(map(len, attributes.values()))
            self._count(words + PER_WORD * (1 + len(attributes)))
        if name in DATA_KINDS:
            self._open_data(name, attributes)
        elif name in OPENED:
            OPENED[name](self, attributes)

    def text(self, text: str) -> None:
        """A piece of text."""
        if self._in_stream:
            self._events.text(text)
        elif self._words is not None:
            self._count(len(text))
            self._words.append(text)

    def _count(self, size: int) -> None:
        """So much more is held; raises TooLargeError."""
        self._said += size
        if self._said > MOST_SAID:
            raise TooLargeError(
                "the FIELDs, descriptions and INFOs of the VOTable take more than"
                f" {MOST_SAID} bytes; leave some out"
            )

    def closed(self, name: str) -> None:
        """An element ends."""
        if name in CLOSED:
            CLOSED[name](self)

    def close(self) -> None:
        """The document has ended; raises UsageError where it is an error message."""
        if self._status.startswith("ERROR"):
            raise UsageError(
                f"the VOTable says that it is not whole: QUERY_STATUS={self._status}"
            )
        if not self.ended:
            raise UsageError("the VOTable holds no TABLE")

    def _open_coosys(self, attributes: Attributes) -> None:
        frame = read_coosys(attributes)
        if frame is not None and "ID" in attributes:
            self._frames[attributes["ID"]] = frame

    def _open_timesys(self, attributes: Attributes) -> None:
        if "ID" in attributes:
            self._frames[attributes["ID"]] = read_timesys(attributes)

    def _open_info(self, attributes: Attributes) -> None:
        self._is_status = attributes.get("name") == "QUERY_STATUS"
        if self._is_status:
            self._status = attributes.get("value", "")
            self._words = []

    def _close_info(self) -> None:
        if self._is_status:
            words = " ".join("".join(self._words or ()).split())
            self._status += f": {words}" if words else ""
        self._is_status, self._words = False, None

    def _open_table(self, attributes: Attributes) -> None:
        self._number += 1
        self._table = RawTable(attributes)
        if "ID" in attributes and not self.ended:
            self._tables[attributes["ID"]] = self._table

    def _open_field(self, attributes: Attributes) -> None:
        if self.ended:
            return
        self._read += 1
        if self._read > MOST_FIELDS:
            raise UsageError(f"the document has more than {MOST_FIELDS} FIELDs")
        self._table.fields.append(RawField(attributes))
        if self._is_wanted and len(self._table.fields) > self._limits.columns:
            check_count(len(self._table.fields), self._limits)

    def _open_values(self, attributes: Attributes) -> None:
        if self.ended:
            return
        null = attributes.get("null", self._nulls.get(attributes.get("ref", "")))
        self._table.fields[-1].null = null
        if null is not None and "ID" in attributes:
            self._nulls[attributes["ID"]] = null

    def _open_description(self, attributes: Attributes) -> None:
        self._words = [] if not self.ended else None

    def _close_description(self) -> None:
        if self._words is not None:
            self._table.fields[-1].description = "".join(self._words)
        self._words = None

    def _open_data(self, kind: str, attributes: Attributes) -> None:
        if not self._is_wanted:
            return
        self._serializations += 1
        if self._serializations > 1:
            raise UsageError("the TABLE holds its data more than once; keep one")
        self._read_fields()
        self._events.data(kind, attributes)

    def _close_data(self) -> None:
        if self._is_wanted and not self._serializations:
            kinds = ", ".join(DATA_KINDS)
            raise UsageError(f"the DATA of the TABLE hold none of {kinds}")

    def _open_stream(self, attributes: Attributes) -> None:
        if self._is_wanted:
            self._events.stream(attributes)
            self._in_stream = True

    def _close_stream(self) -> None:
        if self._in_stream:
            self._in_stream = False
            self._events.end_stream()

    def _close_table(self) -> None:
        if self._is_wanted:
            if not self._serializations:
                self._read_fields()
            self.ended = True

    def _read_fields(self) -> None:
        """Make columns of what is known now of the table that is wanted."""
        raw = self._definition().fields
        check_count(len(raw), self._limits)
        fields = [
            read_field(one.attributes, position, one.description, one.null)
            for position, one in enumerate(raw, 1)
        ]
        check_fields(fields)
        self.fields = with_frames(fields, self._frames)
        self.nrows = _read_nrows(self._table.attributes, self._limits)

    def _definition(self) -> RawTable:
        """The table whose FIELDs hold: this one, or the one it refers to."""
        table, seen = self._table, set[str]()
        while not table.fields and (ref := table.attributes.get("ref")) is not None:
            if ref in seen or ref not in self._tables:
                raise UsageError(
                    f"the TABLE has no FIELDs, and refers to a TABLE {shown(ref)} that"
                    " is not there before it"
                )
            seen.add(ref)
            table = self._tables[ref]
        return table


DATA_KINDS = ("TABLEDATA", "BINARY", "BINARY2", "FITS")

OPENED = {
    "COOSYS": Document._open_coosys,
    "TIMESYS": Document._open_timesys,
    "INFO": Document._open_info,
    "TABLE": Document._open_table,
    "FIELD": Document._open_field,
    "VALUES": Document._open_values,
    "DESCRIPTION": Document._open_description,
    "STREAM": Document._open_stream,
}
CLOSED = {
    "INFO": Document._close_info,
    "DESCRIPTION": Document._close_description,
    "STREAM": Document._close_stream,
    "DATA": Document._close_data,
    "TABLE": Document._close_table,
}


def _read_nrows(attributes: Attributes, limits: ReadLimits) -> int | None:
    """The number of rows that a TABLE says it has."""
    told = attributes.get("nrows", "").strip()
    if not told:
        return None
    if not (told.isascii() and told.isdigit() and len(told) < 19):
        raise UsageError(f"the TABLE has nrows={shown(told)}, which is no number")
    check_rows(int(told), limits)
    return int(told)
