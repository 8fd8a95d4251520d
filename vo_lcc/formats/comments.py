"""What is said of results as comments: lines that start with `#`."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays
from vo_lcc.formats.annotations import notes
from vo_lcc.formats.votable import param_text
from vo_lcc.heads import DocumentHead, Param, TableHead
from vo_lcc.tables import Column

UNSEEN = r"[\x00-\x1F\x7F\x{85}\x{2028}\x{2029}]"
"""Characters that would break a line, or that nobody can see: they become blanks."""

SUSPECT = np.zeros(256, bool)
SUSPECT[[*range(32), 0x7F, 0xC2, 0xE2]] = True
"""The bytes with which such characters start."""


def comment(words: str) -> list[str]:
    """Each line of the words as a comment.

    >>> comment("query: SELECT *\\nFROM t")
    ['# query: SELECT *', '#   FROM t']
    """
    first, *others = words.splitlines() or [""]
    return [f"# {shown(first)}", *(f"#   {shown(line)}" for line in others)]


def document_comments(document: DocumentHead) -> list[str]:
    """The description and the INFOs of a document."""
    lines = comment(document.description or document.name)
    for info in document.infos:
        lines += comment(f"{info.name}: {info.value} {info.text}".rstrip())
    return lines


def table_comments(table: TableHead) -> list[str]:
    """The name, description and parameters of a table, its frames and its columns."""
    lines = comment(f"Table {table.name}") if table.name else []
    lines += comment(table.description) if table.description else []
    for param in table.params:
        lines += comment(_param_words(param))
    for names, words in notes(table):
        lines += comment(f"{names}: {words}" if names else words)
    for column in table.columns:
        lines += comment(_column_words(column))
    return lines


def status_comment(status: str, message: str) -> list[str]:
    """How a document ended."""
    return comment(f"QUERY_STATUS: {status} {message}".rstrip())


def on_one_line(array: pa.Array) -> pa.Array:
    """Text without ends of lines and what cannot be seen.

    >>> on_one_line(pa.array(["a\\tb\\n", "ž"])).to_pylist()
    ['a b ', 'ž']
    """
    if not arrays.holds(array, SUSPECT):
        return array
    return pc.replace_substring_regex(array, UNSEEN, " ")


def shown(words: str) -> str:
    """Words without ends of lines and what cannot be seen."""
    return words if words.isprintable() else str(on_one_line(pa.array([words]))[0])


def _column_words(column: Column) -> str:
    """A column: its name and unit, and what else is said of it.

    >>> _column_words(Column("mag", "float", unit="mag", ucd="phot.mag"))
    'mag [mag]: float, phot.mag'
    """
    unit = f" [{column.unit}]" if column.unit else ""
    kind = column.datatype + (f"[{column.arraysize}]" if column.arraysize else "")
    words = (kind, column.ucd, column.utype, column.xtype, column.description)
    return f"{column.name}{unit}: {', '.join(filter(None, words))}"


def _param_words(param: Param) -> str:
    unit = param.column.unit or ""
    value = "null" if param.value is None else f"{param_text(param)} {unit}".rstrip()
    words = f"{param.column.name} = {value}"
    about = param.column.description
    return f"{words} ({about})" if about else words
