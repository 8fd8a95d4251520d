"""The tables of a VOTable: where each is, and all that the document says of it.

VOTable 1.5, sections 3 and 4. PARAMs and INFOs, those in GROUPs too, are keywords: what
the table says comes before what is said around it. TIMESYS, COOSYS and photometric
calibrations are frames.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from vo_lcc.errors import UsageError
from vo_lcc.parsers.votable.fields import ORIGINS
from vo_lcc.parsers.votable.outline import PIECE
from vo_lcc.parsers.votable.xml import DEPTH, XMLFeed

Value = str | int | float | bool
Attributes = Mapping[str, str]

TIMESYS = {"ID", "timescale", "refposition", "timeorigin"}
NEEDED = ("ID", "timescale", "refposition")
NUMBERS = {
    **dict.fromkeys(("unsignedByte", "short", "int", "long"), int),
    **dict.fromkeys(("float", "double"), float),
}
TRUTHS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
PARENTS = {
    "VOTABLE": ("",),
    "TABLE": ("RESOURCE",),
    "DATA": ("TABLE",),
    "FIELD": ("TABLE", "GROUP"),
    "PARAM": ("VOTABLE", "RESOURCE", "TABLE", "GROUP"),
    "INFO": ("VOTABLE", "RESOURCE", "TABLE", "DATA"),
}
"""Where elements mean what they do in VOTable; annotations may have such names too."""

OPEN = re.compile(rb"<(?:[^\s<>/:]+:)?TABLEDATA(?:\s[^<>]*[^<>/])?\s*>")
CLOSE = re.compile(rb"</(?:[^\s<>/:]+:)?TABLEDATA\s*>")
TAG = 4096
"""Bytes of such a tag, at most."""

BLANK = bytes(10 if byte == 10 else 32 for byte in range(256))
MOST_SAID = 2**24
"""Characters of all that is said of the tables."""


@dataclass(slots=True)
class FoundTable:
    """A TABLE: where its bytes are, its keywords, what it refers to."""

    start: int
    line: int
    name: str
    tag: str
    end: int = 0
    data: int = 0
    refers: bool = False
    rows: bool = False
    keywords: dict[str, Value] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Survey:
    """What is found in a document; `problems` make it unfit to be read."""

    encoding: str | None = None
    tables: list[FoundTable] = field(default_factory=list)
    timesys: dict[str, dict[str, Any]] = field(default_factory=dict)
    coosys: dict[str, dict[str, str]] = field(default_factory=dict)
    photcal: dict[str, dict[str, Value]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def frames(self, table: FoundTable) -> dict[str, Any]:
        """What is said of times and the like: by column, what it refers to."""
        found: dict[str, Any] = {}
        for kind in ("timesys", "coosys", "photcal"):
            known = getattr(self, kind)
            used = {c: known[ref] for c, ref in table.refs.items() if ref in known}
            if used or known:
                found[kind] = used or {"": next(iter(known.values()))}
        times = list(found.get("timesys", {}).values())
        return {**(times[0] if times else {}), **found, "notes": tuple(self.notes)}


class Surveyor:
    """Visits all elements of a document; see `survey`."""

    def __init__(self) -> None:
        self.found = Survey()
        self.feed = XMLFeed(self)
        self._path: list[str] = []
        self._scopes: list[dict[str, Value]] = []
        self._groups: list[tuple[str, dict[str, Value]]] = []
        self._tag = ""
        self._table: FoundTable | None = None
        self._words: list[str] | None = None
        self._said = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """An element starts."""
        local = name.rpartition(":")[2]
        if len(self._path) >= DEPTH:
            raise UsageError(f"more than {DEPTH} elements inside each other")
        parents = PARENTS.get(local)
        is_known = parents is None or (self._path or [""])[-1] in parents
        self._path.append(local if is_known else "")
        self._tag = name
        if local == self._path[-1] and local in STARTS:
            self._said += 100 + sum(map(len, attributes.values()))
            if self._said > MOST_SAID:
                raise UsageError("the VOTable says too much beside its rows")
            STARTS[local](self, attributes)

    @property
    def in_rows(self) -> bool:
        """Is what comes next a row of TABLEDATA?"""
        return self._path[-1:] == ["TABLEDATA"]

    def text(self, text: str) -> None:
        """Text: of the description of a table."""
        if self._words is not None:
            self._words.append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        local = self._path.pop()
        if local in ENDS:
            ENDS[local](self)

    def _open_scope(self, attributes: Attributes) -> None:
        self._scopes.append({})

    def _close_scope(self) -> None:
        self._scopes.pop()

    def _open_table(self, attributes: Attributes) -> None:
        name = attributes.get("name", "")
        table = FoundTable(self.feed.at, self.feed.line, name, self._tag)
        table.refers = "ref" in attributes
        self._table = table
        self.found.tables.append(table)
        self._scopes.append({})

    def _close_table(self) -> None:
        table = self._table
        assert table is not None
        table.end = self.feed.at
        for scope in reversed(self._scopes):
            for keyword, value in scope.items():
                table.keywords.setdefault(keyword, value)
        if table.name:
            table.keywords.setdefault("TABLE", table.name)
        self._scopes.pop()
        self._table = None

    def _open_data(self, attributes: Attributes) -> None:
        if self._table is not None:
            self._table.data, self._table.rows = self.feed.at, True

    def _open_keyword(self, attributes: Attributes) -> None:
        name = attributes.get("name") or attributes.get("ID", "")
        value = param_value(attributes)
        if value is None or not self._scopes:
            return
        self._scopes[-1].setdefault(name, value)
        if self._groups:
            group, said = self._groups[-1]
            said[name] = value
            self._scopes[-1].setdefault(f"{group}.{name}", value)

    def _open_group(self, attributes: Attributes) -> None:
        name = attributes.get("name", "")
        said: dict[str, Value] = {}
        self._groups.append((name, said))
        if "photcal" in name.lower():
            key = attributes.get("ID") or f"{name}{len(self.found.photcal)}"
            self.found.photcal[key] = said

    def _close_group(self) -> None:
        self._groups.pop()

    def _open_field(self, attributes: Attributes) -> None:
        name = attributes.get("name") or attributes.get("ID", "")
        if self._table is not None and "ref" in attributes:
            self._table.refs.setdefault(name, attributes["ref"])

    def _open_values(self, attributes: Attributes) -> None:
        if self._table is not None and "ref" in attributes:
            self._table.refers = True

    def _open_timesys(self, attributes: Attributes) -> None:
        told = attributes.get("ID", "")
        where = f"TIMESYS {told!r} ({self.feed.place})"
        problems = self.found.problems
        lacking = [word for word in NEEDED if not attributes.get(word)]
        if lacking:
            problems.append(f"{where} has no {', '.join(lacking)}")
        unknown = sorted(set(attributes) - TIMESYS)
        if unknown:
            problems.append(f"{where}: unknown attribute {', '.join(unknown)}")
        origin = attributes.get("timeorigin")
        if origin == "":
            self.found.notes.append(f"{where}: the timeorigin is empty")
        zero = time_origin(origin) if origin else None
        if origin and zero is None:
            problems.append(f"{where}: the timeorigin {origin!r} is no Julian date")
        said = {
            "timescale": attributes.get("timescale"),
            "refposition": attributes.get("refposition"),
            "time_origin": zero,
        }
        self.found.timesys[told] = {k: v for k, v in said.items() if v is not None}

    def _open_coosys(self, attributes: Attributes) -> None:
        self.found.coosys[attributes.get("ID", "")] = dict(attributes)

    def _open_description(self, attributes: Attributes) -> None:
        if self._path[-2:-1] == ["TABLE"]:
            self._words = []

    def _close_description(self) -> None:
        if self._words is not None:
            words = " ".join("".join(self._words).split())
            self._scopes[-1]["DESCRIPTION"] = words
        self._words = None


STARTS = {
    "VOTABLE": Surveyor._open_scope,
    "RESOURCE": Surveyor._open_scope,
    "TABLE": Surveyor._open_table,
    "DATA": Surveyor._open_data,
    "PARAM": Surveyor._open_keyword,
    "INFO": Surveyor._open_keyword,
    "GROUP": Surveyor._open_group,
    "FIELD": Surveyor._open_field,
    "VALUES": Surveyor._open_values,
    "TIMESYS": Surveyor._open_timesys,
    "COOSYS": Surveyor._open_coosys,
    "DESCRIPTION": Surveyor._open_description,
}
ENDS = {
    "VOTABLE": Surveyor._close_scope,
    "RESOURCE": Surveyor._close_scope,
    "TABLE": Surveyor._close_table,
    "GROUP": Surveyor._close_group,
    "DESCRIPTION": Surveyor._close_description,
}


def survey(file: BinaryIO) -> Survey:
    """What is in a document, which is parsed to its end but for rows of TABLEDATA.

    Raises UsageError where it is damaged or no VOTable, or has a TIMESYS that is none.
    """
    surveyor = Surveyor()
    data = b""
    while piece := file.read(PIECE):
        data = _feed(surveyor, data + piece)
    surveyor.feed.feed(data)
    surveyor.feed.close()
    found = surveyor.found
    found.encoding = surveyor.feed.encoding
    if found.problems:
        raise UsageError("; ".join(found.problems))
    if not any(table.rows for table in found.tables):
        raise UsageError("the VOTable holds no TABLE with DATA")
    return found


def _feed(surveyor: Surveyor, data: bytes) -> bytes:
    """Feed what is there, rows as so many blanks; what is left may be cut."""
    while True:
        in_rows = surveyor.in_rows
        tag = (CLOSE if in_rows else OPEN).search(data)
        start = tag.start() if tag else max(len(data) - TAG, 0)
        head = data[:start]
        surveyor.feed.feed(head.translate(BLANK) if in_rows else head)
        if tag is None:
            return data[start:]
        surveyor.feed.feed(tag[0])
        data = data[tag.end() :]


def param_value(attributes: Attributes) -> Value | None:
    """The value of a PARAM or INFO: a number if it is declared one; arrays are texts.

    >>> param_value({"datatype": "double", "value": "1.5"}), param_value({"value": "V"})
    (1.5, 'V')
    >>> param_value({"datatype": "double", "arraysize": "2", "value": "1 2"})
    '1 2'
    """
    text = attributes.get("value", "").strip()
    datatype = attributes.get("datatype", "")
    if not text or attributes.get("arraysize", "1") != "1":
        return text or None
    if datatype == "boolean":
        return TRUTHS.get(text.lower(), text)
    try:
        return NUMBERS[datatype](text) if datatype in NUMBERS else text
    except ValueError:
        return text


def time_origin(text: str) -> float | None:
    """The Julian date that a TIMESYS names, None where it is none.

    >>> time_origin("MJD-origin"), time_origin("2455197.5"), time_origin("bad")
    (2400000.5, 2455197.5, None)
    """
    try:
        origin = ORIGINS[text] if text in ORIGINS else float(text)
    except ValueError:
        return None
    return origin if math.isfinite(origin) else None
