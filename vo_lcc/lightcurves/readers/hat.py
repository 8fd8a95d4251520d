"""HATLC v2: light curves of the HAT surveys as CSV behind a head of sections.

OBJECT and METADATA give keywords (`ra = 294.9; decl = -25.7`), CAMFILTERS the filters
by number, PHOTAPERTURES the apertures (as keywords `aperture_000`), COLUMNS the
columns. The column `filter` is the name of the filter whose number is in `flt`.
"""

import re
from functools import lru_cache

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.readers.headed import Headed, Told
from vo_lcc.tables import Column

SECTION = re.compile(r"[A-Z]+\Z")
PAIR_ENDS = re.compile(r"; (?=\w+ = )")
START = b"# OBJECT"


class Hat(Headed):
    """Reads HATLC v2."""

    name = "hat"

    def knows(self, head: bytes, name: str) -> bool:
        """By the first section, and that the columns are numbered in one."""
        return head.startswith(START) and b"\n# COLUMNS" in head

    def told(self, head: bytes) -> Told:
        """What the sections say."""
        return _told(head)


@lru_cache(maxsize=8)
def _told(head: bytes) -> Told:
    sections = _sections(head)
    apertures = [line.split(" - ") for line in sections.get("PHOTAPERTURES", [])]
    filters = [line.split(" - ", 2) for line in sections.get("CAMFILTERS", [])]
    return Told(
        delimiter=",",
        comment="#",
        columns=_columns(sections.get("COLUMNS", [])),
        header={
            **_pairs(sections.get("OBJECT", [])),
            **_pairs(sections.get("METADATA", [])),
            **{f"aperture_{one[0]}": one[1] for one in apertures if len(one) == 2},
        },
        filters={one[0]: one[1] for one in filters if len(one) == 3},
        filter_column="flt",
    )


def _sections(head: bytes) -> dict[str, list[str]]:
    """The lines of each section that are not empty."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in head.decode("utf-8", "replace").splitlines():
        said = line.lstrip("#").strip()
        if SECTION.match(said):
            lines = found.setdefault(said, [])
        elif said:
            lines.append(said)
    return found


def _pairs(lines: list[str]) -> dict[str, str]:
    """Keywords; those without a value are left out.

    >>> _pairs(["ra = 294.9; decl = -25.7", "bmag = None; vmag = "])
    {'ra': '294.9', 'decl': '-25.7'}
    """
    pairs = [pair.partition("=") for line in lines for pair in PAIR_ENDS.split(line)]
    said = {key.strip(): value.strip().rstrip(";") for key, _, value in pairs}
    return {key: value for key, value in said.items() if value not in ("", "None")}


def _columns(lines: list[str]) -> tuple[Column, ...]:
    """The columns in order; raises UsageError where their numbers are in none."""
    columns = []
    for place, line in enumerate(lines):
        number, _, rest = line.partition(" - ")
        name, _, description = rest.partition(" - ")
        if number.strip() != f"{place:03}" or not name:
            raise UsageError(f"COLUMNS: {line[:60]!r} is not column {place:03}")
        columns.append(Column(name, "char", description=description or None))
    if not columns:
        raise UsageError("the head has no section COLUMNS")
    return tuple(columns)


HAT = Hat()
