"""ECSV 1.0: delimited text whose head tells, in YAML, what its columns are.

See astropy APE 6. Fields are separated by one blank or one comma, and may be quoted.
"""

from dataclasses import replace
from functools import lru_cache

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.readers.text import Text
from vo_lcc.lightcurves.readers.text_heads import Dialect, Head, split_quoted
from vo_lcc.parsers.text.ecsv import read_columns, read_meta

MARK = b"# %ECSV"
DELIMITERS = (" ", ",")


class Ecsv(Text):
    """The reader of ECSV."""

    name = "ecsv"

    def knows(self, head: bytes, name: str) -> bool:
        """By its first line."""
        return head.startswith(MARK)

    def read_head(
        self,
        comments: bytes,
        line: bytes,
        dialect: Dialect,
        is_names: bool | None = None,
    ) -> Head:
        """What the YAML and the line of names tell; raises UsageError."""
        return _read_head(comments, line)


@lru_cache(maxsize=64)
def _read_head(comments: bytes, line: bytes) -> Head:
    texts = comments.decode("utf-8", "replace").splitlines()
    notes = [text.removeprefix("#") for text in texts if text.startswith("#")]
    declared = read_columns(notes)
    meta = read_meta(notes)
    delimiter = meta.pop("delimiter", " ")
    if delimiter not in DELIMITERS:
        raise UsageError(f"ECSV has blanks or commas between fields, not {delimiter!r}")
    names = tuple(split_quoted(line.decode("utf-8", "replace"), delimiter))
    if line and names != tuple(declared):
        raise UsageError(
            f"the names of the columns are {', '.join(names)}, but the head of the"
            f" ECSV tells of {', '.join(declared)}"
        )
    head = Head(delimiter, False, b"#", tuple(declared), len(declared), bool(line))
    return replace(head, keywords=meta, declared=tuple(declared.values()))


ECSV = Ecsv()
