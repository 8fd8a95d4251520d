"""The byte-by-byte descriptions of tables of the CDS and the AAS journals.

See "Standards for Astronomical Catalogues" (CDS, version 2.0, section 3.2.3) for their
form: a table of Bytes, Format, Units, Label, Explanations between lines of dashes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.readers.byte_ranges import Range
from vo_lcc.tables import Column

TITLE = re.compile(r"\s*Byte-by-byte\s+Description\s+of\s+file\s*:\s*(.*)", re.I)
DASHES = re.compile(r"-{10,}\s*\Z")
NOTE = re.compile(r"\s*(Note|\()", re.I)
ENTRY = re.compile(
    r"\s*(?:(\d+)\s*-\s*)?(\d+)\s+(\d*[AIFEDL]\d*(?:\.\d+)?)\s+(\S+)\s+(\S+)(?:\s+(.*))?\Z"
)
KEYWORD = re.compile(r"(Title|Authors?|Table)\s*:\s*(.*)", re.I)
DATATYPES = {"A": "char", "L": "char", "I": "long", "F": "double", "E": "double"}
DATATYPES |= {"D": "double"}


@dataclass(frozen=True, slots=True)
class Described:
    """One table: the files that have it, its columns, where each stands, the line
    (from 0) after its description, notes included."""

    files: tuple[str, ...]
    columns: tuple[Column, ...]
    ranges: tuple[Range, ...]
    end: int


def described_tables(lines: list[str]) -> Iterator[Described]:
    """The tables that a text describes.

    Raises UsageError for a description that breaks off, or has a line of another form.
    """
    for i, line in enumerate(lines):
        if found := TITLE.match(line):
            yield _described(lines, i, tuple(found[1].replace(",", " ").split()))


def keywords(lines: list[str]) -> dict[str, str]:
    """Title, authors, table: what stands before the description."""
    found: dict[str, str] = {}
    last = ""
    for line in lines:
        if TITLE.match(line) or line.startswith("====="):
            break
        if match := KEYWORD.match(line):
            last = match[1]
            found[last] = match[2].strip()
        elif last and line.startswith(" "):
            found[last] += f" {line.strip()}"
    return found


def _described(lines: list[str], title: int, files: tuple[str, ...]) -> Described:
    above, below = title, title
    for place in range(3):
        above, below = below, _next_dashes(lines, below + 1)
        if below == len(lines):
            raise UsageError(
                f"line {title + 1}: this byte-by-byte description does not end: it"
                f" has {place} of its three lines of dashes"
            )
    entries = _entries(lines, above + 1, below)
    columns = tuple(_column(entry) for entry in entries)
    ranges = tuple(_range(entry) for entry in entries)
    return Described(files, columns, ranges, _after_notes(lines, below))


def _next_dashes(lines: list[str], start: int) -> int:
    """The next line of dashes, or the end."""
    found = (i for i in range(start, len(lines)) if DASHES.match(lines[i]))
    return next(found, len(lines))


def _after_notes(lines: list[str], end: int) -> int:
    """Notes stand between lines of dashes too, and more than one may follow."""
    while True:
        first = next((x for x in lines[end + 1 :] if x.strip()), "")
        dashes = _next_dashes(lines, end + 1) if NOTE.match(first) else len(lines)
        if dashes == len(lines):
            return end + 1
        end = dashes


def _entries(lines: list[str], start: int, end: int) -> list[list[str]]:
    """First and last byte, format, unit, label, explanation of each column."""
    entries: list[list[str]] = []
    for i in range(start, end):
        if match := ENTRY.match(lines[i]):
            entries.append([group or "" for group in match.groups()])
        elif entries and lines[i].startswith(" "):
            entries[-1][5] += f" {lines[i].strip()}"
        elif lines[i].strip():
            raise UsageError(f"line {i + 1}: no line of a byte-by-byte description")
    return entries


def _range(entry: list[str]) -> Range:
    first, last = entry[0] or entry[1], entry[1]
    found = Range.of(f"{first}-{last}")
    assert found is not None, "two numbers are a range"
    return found


def _column(entry: list[str]) -> Column:
    form, unit, label, said = entry[2:]
    datatype = DATATYPES[form.lstrip("0123456789")[0]]
    is_text = datatype == "char"
    return Column(
        label,
        datatype,
        "*" if is_text else None,
        unit=None if unit == "---" else unit,
        description=said.strip() or None,
    )
