"""LCC-CSVLC-V1: a light curve of LCC-Server, also as vo_lcc writes it.

Three lines name the format, the sign of comments and the delimiter. Then comments hold
JSON: of the object, `{key: {val, desc}}`, which are the keywords, and of the columns,
`{name: {colnum, dtype, desc}}`. A missing number is nan, a missing text empty; nothing
is quoted. vo_lcc also tells units, UCDs and frames, as VOTable calls them.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.readers.headed import Headed, Told
from vo_lcc.lightcurves.readers.typed import header_of
from vo_lcc.tables import Column

FIRST = b"LCC-CSVLC-V1"
OBJECT, COLUMNS = "OBJECT METADATA", "COLUMN DEFINITIONS"
DATATYPES = {"f8": "double", "f4": "float", "i8": "long", "i4": "int", "i2": "short"}
FRAMES = (
    ("timescale", "timesys", "timescale"),
    ("refposition", "timesys", "refposition"),
    ("time_origin", "timesys", "timeorigin"),
)


class Lcc(Headed):
    """Reads LCC-CSVLC-V1."""

    name = "lcc-csvlc"

    def knows(self, head: bytes, name: str) -> bool:
        """By its first line."""
        return head.split(b"\n", 1)[0].strip() == FIRST

    def told(self, head: bytes) -> Told:
        """What the JSON says."""
        return _told(head)


@lru_cache(maxsize=8)
def _told(head: bytes) -> Told:
    text = head.decode("utf-8", "replace")
    comment, delimiter, rest = _signs(text)
    metadata = _json(rest, comment, OBJECT)
    definitions = _json(rest, comment, COLUMNS)
    values = {
        key: said.get("val") for key, said in metadata.items() if isinstance(said, dict)
    }
    return Told(
        delimiter=delimiter,
        comment=comment,
        columns=_columns(definitions),
        header=header_of({k: v for k, v in values.items() if v not in ("", None)}),
        frames=_frames(definitions),
    )


def _signs(text: str) -> tuple[str, str, str]:
    """The sign of comments, the delimiter, and what follows."""
    lines = text.splitlines()
    if len(lines) < 3 or lines[0].strip() != FIRST.decode():
        raise UsageError(f"the file does not start with {FIRST.decode()}")
    comment, delimiter = lines[1].strip(), lines[2].strip(" ") or " "
    if len(comment) != 1 or len(delimiter) != 1:
        raise UsageError(
            "lines 2 and 3 are to be one character each: the sign of comments and the"
            f" delimiter, not {lines[1][:20]!r} and {lines[2][:20]!r}"
        )
    return comment, delimiter, "\n".join(lines[3:])


def _json(text: str, comment: str, section: str) -> Mapping[str, Any]:
    """The object behind the line that names the section; raises UsageError."""
    start = re.search(rf"(?m)^{re.escape(comment)} *{section} *$", text)
    if start is None:
        raise UsageError(f"the head has no section {section}")
    json_text = re.sub(rf"(?m)^{re.escape(comment)} ?", "", text[start.end() :])
    try:
        said, _ = json.JSONDecoder().raw_decode(json_text.lstrip())
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{section} is not JSON: {str(error)[:80]}") from None
    if not isinstance(said, dict):
        raise UsageError(f"{section} is JSON, but not an object with keys")
    return said


def _columns(definitions: Mapping[str, Any]) -> tuple[Column, ...]:
    """The columns by their number; raises UsageError where one is missing or twice."""
    places = {
        name: said.get("colnum") if isinstance(said, dict) else None
        for name, said in definitions.items()
    }
    names = {place: name for name, place in places.items()}
    if not places or set(names) != set(range(len(places))):
        raise UsageError(f"{COLUMNS}: the values of colnum are not 0, 1, 2 ...")
    ordered = (names[place] for place in range(len(places)))
    return tuple(_column(name, definitions[name]) for name in ordered)


def _column(name: str, said: Mapping[str, Any]) -> Column:
    words = {
        word: said[key]
        for word, key in (("description", "desc"), ("unit", "unit"), ("ucd", "ucd"))
        if isinstance(said.get(key), str)
    }
    datatype = DATATYPES.get(str(said.get("dtype")).lstrip("<>="))
    return Column(name, datatype or "char", None if datatype else "*", **words)


def _frames(definitions: Mapping[str, Any]) -> dict[str, object]:
    """What is told of the times, if it is: vo_lcc does."""
    found: dict[str, object] = {}
    for word, group, key in FRAMES:
        for said in definitions.values():
            if isinstance(frame := said.get(group), dict) and key in frame:
                found.setdefault(word, frame[key])
    return found


LCC = Lcc()
