"""What stands before the rows of a text: comments, keywords, the names of columns.

The names stand in a line of their own or in the last comment that has as many words as
the rows have fields. Comments give keywords as `# key = value`, as JSON, or as a line
of names over a line of values. What stands before the first row is short, and most
files of a survey have the same: it is kept by its bytes.
"""

import csv
import json
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers.reader import Header
from vo_lcc.lightcurves.readers.text_lines import BOM, LINE
from vo_lcc.tables import Column

DELIMITERS = {"comma": ",", "tab": "\t", "blank": " ", "semicolon": ";", "bar": "|"}
SNIFFED = (",", "\t", ";", "|")
DECIMAL = re.compile(r"\s*[+-]?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][+-]?\d+)?\s*\Z")
LARGEST = 1 << 63
NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*\Z")
RULER = re.compile(
    rb"(?:([^\r\n]{0,9999})(?:\r\n|\r|\n))?"
    rb"(?=[^\r\n]{0,9999}---)[-\t ;|,]+(?:\r\n|\r|\n|\Z)"
)
VALUE = re.compile(rb"(?:\A|[\t ;|,])[+-]?\.?\d")
KEYWORD = re.compile(
    r"([A-Za-z_][\w.()/\[\]-]*(?: [\w.()/\[\]-]+){0,3})\s*[=:](?!//)\s*(.*)"
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text is written, as far as the collection file says so."""

    delimiter: str | None = None
    header: bool = True
    comment: str = "#"

    @classmethod
    def of(cls, files: Files) -> "Dialect":
        """What the files are declared to be."""
        delimiter = DELIMITERS[files.delimiter] if files.delimiter else None
        return cls(delimiter, files.header, files.comment)


@dataclass(frozen=True, slots=True)
class Head:
    """What a head tells of the rows after it.

    With `blanks` any number of blanks and tabs is between fields, and nothing is
    quoted. `names` are empty where there are none, `width` is how many fields a row
    has. `takes_line` says that the first line which is no comment holds the names;
    `numbers` is what of these is a number: none, some, or all. `declared` is what is
    told of columns beside their names.
    """

    delimiter: str
    blanks: bool
    comment: bytes
    names: tuple[str, ...]
    width: int
    takes_line: bool
    numbers: Literal["none", "some", "all"] = "none"
    keywords: Header = field(default_factory=dict, compare=False)
    declared: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """How a text begins: the comments, the first line after them, where that ends.

    `start` and `end` are offsets of that line.
    """

    comments: bytes
    line: bytes
    start: int
    end: int


def opening(content: bytes, comment: str) -> Opening:
    r"""The head of a text as it is written.

    >>> opening(b"# a\n\nid,t\n1,2\n", "#")
    Opening(comments=b'# a\n\n', line=b'id,t', start=5, end=10)
    """
    at = len(BOM) if content.startswith(BOM) else 0
    found = _left_out(comment).match(content, at)
    start = found.end() if found else at
    line = LINE.match(content, start)
    end = line.end() if line else start
    return Opening(content[at:start], content[start:end].rstrip(b"\r\n"), start, end)


def ruled(content: bytes, at: int) -> tuple[bytes, int]:
    r"""Units below the names, and where the line of dashes below these ends.

    Tables of VizieR have such lines. Without them, or with a number in the place of a
    unit, which may be a row: nothing, and `at`.

    >>> ruled(b"t\tm\nd\tmag\n---\t-\n1\t2\n", 4)
    (b'd\tmag', 16)
    """
    found = RULER.match(content, at)
    if found is None or (found[1] and VALUE.search(found[1])):
        return b"", at
    return found[1] or b"", found.end()


@lru_cache(maxsize=16)
def _left_out(comment: str) -> re.Pattern[bytes]:
    """Lines that are left out: comments and those with blanks only."""
    sign = re.escape(comment.encode())
    return re.compile(rb"(?: *(?:[\r\n]|%b[^\r\n]*(?:[\r\n]|\Z)))*" % sign, re.DOTALL)


@lru_cache(maxsize=512)
def read_head(
    comments: bytes, line: bytes, dialect: Dialect, is_names: bool | None = None
) -> Head:
    r"""What the comments and the first line that is none tell.

    `is_names` says that the line holds the names; None leaves that to be found out.

    >>> head = read_head(b"#f\n##MJD m\n", b"57313.6  14.8", Dialect())
    >>> head.names, head.blanks, head.takes_line
    (('MJD', 'm'), True, False)
    >>> read_head(b'# "id": 7\n', b"jd,mag", Dialect()).keywords
    {'id': 7}
    """
    notes = comment_lines(comments, dialect.comment)
    first = line.decode("utf-8", "replace")
    delimiter = dialect.delimiter or _told(notes) or sniff(first)
    fields = split(first, delimiter)
    told, note = _noted_names(notes, fields, delimiter)
    has_number = any(map(NUMBER.match, fields))
    takes_line = dialect.header if is_names is None else is_names
    if is_names is None and told and has_number:
        takes_line = False
    names = tuple(fields) if takes_line and line else told
    return Head(
        delimiter,
        delimiter == " ",
        dialect.comment.encode(),
        names if takes_line or has_number or not line else (),
        len(fields),
        takes_line and bool(line),
        _numbers(fields) if takes_line else "none",
        keywords([text for i, text in enumerate(notes) if i != note or takes_line]),
    )


def comment_lines(comments: bytes, comment: str) -> list[str]:
    """The comments, without their sign."""
    texts = comments.decode("utf-8", "replace").splitlines()
    return [text.strip().lstrip(comment) for text in texts if text.strip()]


def sniff(line: str) -> str:
    """The delimiter that is most often in a line; a comma, where there is none.

    >>> sniff("a;b;c,d"), sniff(" 1.5  2.5"), sniff("word")
    (';', ' ', ',')
    """
    counts = [line.count(sign) for sign in SNIFFED]
    if any(counts):
        return SNIFFED[counts.index(max(counts))]
    return " " if " " in line.strip() else ","


def split(line: str, delimiter: str) -> list[str]:
    """The fields of a line, each without outer blanks."""
    if delimiter == " ":
        return line.split()
    if '"' in line:
        return split_quoted(line, delimiter)
    return [text.strip() for text in line.split(delimiter)]


def split_quoted(line: str, delimiter: str) -> list[str]:
    """The fields of a line some of which may be quoted; a blank is as any other sign.

    >>> split_quoted('"a b" c', " ")
    ['a b', 'c']
    """
    try:
        fields = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a field longer than csv takes
        fields = line.split(delimiter)
    return [text.strip() for text in fields]


def keywords(notes: list[str]) -> Header:
    """What comments tell by keywords, as texts; JSON tells values.

    >>> dict(keywords(["TYPE=Extended", " site: LCO", "A B(deg)", "x -5.1"]))
    {'TYPE': 'Extended', 'site': 'LCO', 'A': 'x', 'B(deg)': '-5.1'}
    """
    found: dict[str, str | int | float | bool] = {}
    for text, after in pairwise([*notes, ""]):
        if text.lstrip().startswith(("{", '"')):
            found |= _json(text)
        elif match := KEYWORD.match(text.strip()):
            found[match[1]] = match[2].strip().strip("\"'")
        else:
            found |= _above(text.split(), after.split())
    return found


def _json(text: str) -> dict[str, str | int | float | bool]:
    inner = text.strip()
    try:
        said = json.loads(inner if inner.startswith("{") else f"{{{inner}}}")
    except (ValueError, RecursionError):
        return {}
    plain = {k: v for k, v in said.items() if isinstance(v, str | int | float)}
    return {k: v if _fits(v) else str(v) for k, v in plain.items()}


def _fits(value: str | float) -> bool:
    return not isinstance(value, int) or -LARGEST <= value < LARGEST


def _above(names: list[str], values: list[str]) -> dict[str, str]:
    """A line of names over a line of as many values, some of them numbers."""
    is_table = len(names) == len(values) > 1 and not any(map(NUMBER.match, names))
    if is_table and any(map(DECIMAL.match, values)):
        return dict(zip(names, values, strict=True))
    return {}


def _told(notes: list[str]) -> str | None:
    """The delimiter that a comment like `#DELIM=comma` gives (AAVSO)."""
    for text in notes:
        key, equals, value = text.partition("=")
        if equals and key.strip().upper() == "DELIM":
            word = value.strip("\r\n ").lower()
            return DELIMITERS.get(word, value[:1]) or None
    return None


def _noted_names(
    notes: list[str], fields: list[str], delimiter: str
) -> tuple[tuple[str, ...], int | None]:
    """The names in the last comment that has one for each field, and which it is."""
    for i in range(len(notes) - 1, -1, -1):
        names = split(notes[i], delimiter)
        if len(names) == len(fields) and not any(map(NUMBER.match, names)):
            return tuple(names), i
    return (), None


def _numbers(fields: list[str]) -> Literal["none", "some", "all"]:
    if all(map(NUMBER.match, fields)):
        return "all"
    return "some" if any(map(DECIMAL.match, fields)) else "none"


def without_names(head: Head) -> Head:
    """The head where the line taken for names is a row."""
    return replace(head, names=(), takes_line=False, numbers="none")


def refuse_numbers(head: Head, by_number: bool) -> None:
    """Raises UsageError where a row seems to stand in the place of the names."""
    if head.numbers == "all" or (head.numbers == "some" and by_number):
        shown = ", ".join(head.names)[:80]
        raise UsageError(
            f"numbers where the names of the columns should be: {shown};"
            " if there are no names, say header = false"
        )
