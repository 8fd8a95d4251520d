"""How delimited text is written: its separator, its names, where its rows start."""

import re
from dataclasses import dataclass
from typing import BinaryIO

from vo_lcc.errors import UsageError
from vo_lcc.parsers.checks import shown

HEAD = 2**20
"""Bytes within which the line of names must end."""

BOM = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")

LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
RECORD = re.compile(rb'(?:[^\r\n"]+|"[^"]*(?:"|\Z))*')
ENDS = re.compile(rb"\r\n|\r|\n")

SEPARATORS = (",", "\t", ";", "|")
"""What is looked for in the line of names; the first of those found most often."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the head of a file tells of its rows.

    The rows start at byte `start`, in line `line` (from 1). Separator " " is any
    number of blanks and tabs. `loose`: there are blanks after separators, which are
    no part of the text. `comments` are the lines before the names, without their `#`.
    """

    separator: str
    names: tuple[str, ...]
    start: int
    line: int
    loose: bool
    comments: tuple[str, ...]

    @property
    def quotes(self) -> bool:
        """Whether text stands in quotes where it must: TSV has none."""
        return self.separator != "\t"


def read_dialect(file: BinaryIO, separator: str | None) -> Dialect:
    """Find out how a file is written; `separator` None: look at its line of names.

    Raises UsageError where there is no line of names, or other text than UTF-8.
    """
    file.seek(0)
    head = file.read(HEAD)
    if head.startswith(UTF_16):
        raise UsageError("the text is UTF-16; save it as UTF-8")
    place = len(BOM) if head.startswith(BOM) else 0
    line = 1
    comments: list[str] = []
    while place < len(head) and (found := LINE.match(head, place)):
        text = found.group().strip()
        if text and not text.startswith(b"#"):
            break
        comments.append(_decoded(text, line)[1:])
        place, line = found.end(), line + 1
    record = _record(head, place, separator)
    names, used, loose = _names(_decoded(record, line), separator)
    end = place + len(record)
    found_end = ENDS.match(head, end)
    return Dialect(
        separator=used,
        names=names,
        start=found_end.end() if found_end else end,
        line=line + len(ENDS.findall(record)) + 1,
        loose=loose,
        comments=tuple(comments),
    )


def _record(head: bytes, place: int, separator: str | None) -> bytes:
    """The line of names: to the first end of a line that is not in quotes."""
    found = LINE.match(head, place)
    record = found.group().rstrip(b"\r\n") if found else b""
    if separator != "\t" and b"\t" not in record:
        found = RECORD.match(head, place)
        record = found.group() if found else b""
    if not record.strip():
        raise UsageError("there is no line of column names")
    if len(record) + place == HEAD:
        raise UsageError(
            f"the line of column names does not end within {HEAD} bytes; is it text?"
        )
    return record


def _names(record: str, separator: str | None) -> tuple[tuple[str, ...], str, bool]:
    """The names, their separator, and whether blanks stand around them."""
    used = _separator(record) if separator is None else separator
    if used == "\t":
        fields = record.split(used)
    elif used == " ":
        fields = re.findall(r'"(?:[^"]|"")*"|[^ \t]+', record)
    else:
        fields = _fields(record, re.escape(used))
    names = tuple(_unquoted(field) for field in fields)
    if all(map(_is_number, names)):
        raise UsageError(
            f"the first line holds numbers ({shown(record)}), not column names;"
            " put a line with the names before it"
        )
    loose = used in (",", ";", "|") and any(f != f.strip() for f in fields)
    return names, used, loose


def _fields(record: str, separator: str) -> list[str]:
    """The fields of one line, some in quotes.

    >>> _fields('a,"b,c", d', ",")
    ['a', '"b,c"', ' d']
    """
    field = rf'(?:[^"{separator}]|"(?:[^"]|"")*"?)*'
    found = re.findall(rf"({field})(?:{separator}|\Z)", record)
    return found if record.endswith(separator) else found[:-1] or found


def _separator(record: str) -> str:
    """The separator that the line of names has most often; else blanks, else a comma.

    >>> [_separator(names) for names in ("id;ra;dec", '"a,b" c', "id")]
    [';', ' ', ',']
    """
    outside = re.sub(r'"[^"]*"', "_", record).strip()
    best = max(SEPARATORS, key=outside.count)
    if outside.count(best):
        return best
    return " " if re.search(r"\s", outside) else ","


def _unquoted(field: str) -> str:
    """A name without its quotes or, where it has none, without outer blanks.

    >>> _unquoted(' "a ""b"" "'), _unquoted(" ra ")
    ('a "b" ', 'ra')
    """
    field = field.strip(" \t")
    if len(field) > 1 and field[0] == field[-1] == '"':
        return field[1:-1].replace('""', '"')
    return field


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return name.strip().lower() != "nan"


def _decoded(text: bytes, line: int) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise not_utf8(line) from error


def not_utf8(line: int) -> UsageError:
    """What is said of other text than UTF-8."""
    return UsageError(
        f"line {line}: this is not UTF-8 text (is it Latin-1?); save it as UTF-8"
    )
