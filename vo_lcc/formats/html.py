"""HTML: a page for people, complete in itself, that asks nothing of other servers.

Rows are made whole columns at a time. A null is an empty cell. What the columns
mean stands in their heads, where the rows come from in a part that folds, and how it
ended at the end of the page.
"""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import arrays, text
from vo_lcc.formats.annotations import notes
from vo_lcc.formats.html_style import STYLE
from vo_lcc.formats.markup import QUOTED, content, encoded, start_tag
from vo_lcc.formats.tabledata import escaped
from vo_lcc.formats.votable import param_text
from vo_lcc.heads import DocumentHead, Param, TableHead
from vo_lcc.tables import Batch, Column

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
WEB = r"^https?://[^\s]+$"
"""What a link may lead to."""

HEAD = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<style>{STYLE}</style>
"""

MARKS = ("<tr><td>", "</td><td>", "</td></tr>\n")
"""What stands before a row, between its cells, and after it."""


class HtmlWriter:
    """Writes one page with any number of tables.

    >>> writer = HtmlWriter()
    >>> page = writer.head(DocumentHead(description="Stars < 5 mag"))
    >>> "<h1>Stars &lt; 5 mag</h1>" in page.decode()
    True
    >>> _ = writer.table(TableHead((Column("n", "int"), Column("s", "char", "*"))))
    >>> writer.rows(pa.record_batch({"n": [1, None], "s": ["a&b", None]}))
    b'<tr><td>1</td><td>a&amp;b</td></tr>\\n<tr><td></td><td></td></tr>\\n'
    """

    reports_errors = True
    several_tables = True

    def __init__(self) -> None:
        self._columns: tuple[Column, ...] = ()
        self._n_tables = 0
        self._n_rows = 0
        self._in_table = False

    def head(self, document: DocumentHead) -> bytes:
        """From the document type to where the rows come from."""
        title, _, about = (document.description or document.name).partition("\n")
        infos = [(info.name, info.value, info.text) for info in document.infos]
        lines = [
            HEAD + tag("title", title),
            "</head>\n<body>\n<main>",
            tag("h1", title),
            tag("p", about, "about") if about else "",
            folded("Where this comes from", infos),
        ]
        return encoded(filter(None, lines))

    def table(self, table: TableHead) -> bytes:
        """The end of the table before, and this one up to its first row."""
        ended = self._end_table()
        self._columns, self._in_table, self._n_rows = table.columns, True, 0
        self._n_tables += 1
        name = f"t{self._n_tables}"
        params = [_param_words(param) for param in table.params]
        frames = [(names, words, "") for names, words in notes(table)]
        lines = [
            "<section>",
            tag("h2", table.name) if table.name else "",
            tag("p", table.description, "about") if table.description else "",
            folded("Parameters", params, is_open=True),
            folded("Frames and calibrations", frames),
            _alignment(name, table.columns),
            f'<div class="scroll" tabindex="0"><table id="{name}"><thead><tr>',
            *map(_column_head, table.columns),
            "</tr></thead><tbody>",
        ]
        return ended + encoded(filter(None, lines))

    def rows(self, batch: Batch) -> bytes:
        """One line for each row."""
        self._n_rows += batch.num_rows
        return b"".join(map(self._lines, arrays.chunks(batch)))

    def tail(self, status: str = "OK", message: str = "") -> bytes:
        """How it ended, and the end of the page."""
        lines = [_status(status, message), "</main>\n</body>\n</html>"]
        return self._end_table() + encoded(filter(None, lines))

    def _lines(self, batch: Batch) -> bytes:
        return text.lines(batch, self._columns, _cells, MARKS)

    def _end_table(self) -> bytes:
        if not self._in_table:
            return b""
        self._in_table = False
        count = f"{self._n_rows:,} row{'' if self._n_rows == 1 else 's'}"
        lines = ["</tbody></table></div>", tag("p", count, "count"), "</section>"]
        return encoded(lines)


def tag(name: str, words: str | None, kind: str | None = None) -> str:
    """An element that holds words.

    >>> tag("p", "a < b", "about")
    '<p class="about">a &lt; b</p>'
    """
    return f"{start_tag(name, {'class': kind})}{content(words or '')}</{name}>"


def linked(words: str) -> str:
    """Words as content; a URL of the web as a link."""
    if not pc.match_substring_regex(pa.scalar(words), WEB).as_py():
        return content(words)
    return f"{start_tag('a', {'href': words, 'rel': 'noreferrer'})}{content(words)}</a>"


def folded(
    title: str, entries: Iterable[tuple[str, str, str]], is_open: bool = False
) -> str:
    """A part that folds: names, values and perhaps words; nothing without entries."""
    items = "".join(
        f"{tag('dt', name)}<dd>{linked(value)}{tag('small', words)}</dd>"
        for name, value, words in entries
    )
    if not items:
        return ""
    start = "<details open>" if is_open else "<details>"
    return f"{start}{tag('summary', title)}<dl>{items}</dl></details>"


def is_link(column: Column) -> bool:
    """Whether the text of a column is URLs.

    >>> is_link(Column("url", "char", "*", ucd="meta.ref.url;meta.dataset"))
    True
    """
    words = f"{column.ucd};{column.utype}".lower()
    return column.is_text and "meta.ref.url" in words.split(";")


def links(raw: pa.Array, shown: pa.Array) -> pa.Array:
    """Escaped text with a link around each URL of the web.

    >>> links(pa.array(["https://a.org/?a&b", "javascript:0"]),
    ...     pa.array(["https://a.org/?a&amp;b", "javascript:0"])).to_pylist()
    ['<a href="https://a.org/?a&amp;b" rel="noreferrer">https://a.org/?a&amp;b</a>', \
'javascript:0']
    """
    quoted = shown
    for character, escape in QUOTED.items():
        quoted = pc.replace_substring(quoted, character, escape)
    pieces = ('<a href="', quoted, '" rel="noreferrer">', shown, "</a>")
    anchors = pc.binary_join_element_wise(*pieces, "")
    return pc.if_else(pc.match_substring_regex(raw, WEB), anchors, shown)


def _cells(array: pa.Array, column: Column) -> pa.Array:
    cells = text.joinable(array, column)
    if not column.is_text:
        return cells
    shown = escaped(cells)
    return links(cells, shown) if is_link(column) else shown


def _column_head(column: Column) -> str:
    words = (
        ("name", column.name),
        ("unit", column.plain_unit),
        ("ucd", column.ucd),
        ("ucd", column.utype),
        ("ucd", column.xtype),
        ("said", column.description),
    )
    spans = [tag("span", word, kind) for kind, word in words if word]
    kind = "number" if column.is_number else None
    start = start_tag("th", {"scope": "col", "class": kind})
    return f"{start}{''.join(spans)}</th>"


def _alignment(name: str, columns: Iterable[Column]) -> str:
    """Numbers stand at the right, and do not break."""
    numbers = [
        f"#{name} td:nth-child({place})"
        for place, column in enumerate(columns, 1)
        if column.is_number
    ]
    if not numbers:
        return ""
    return f"<style>{','.join(numbers)}{{text-align:right;white-space:nowrap}}</style>"


def _param_words(param: Param) -> tuple[str, str, str]:
    unit = param.column.plain_unit if param.value is not None else None
    value = f"{param_text(param)} {unit or ''}".strip()
    return param.column.name, value, param.column.description or ""


def _status(status: str, message: str) -> str:
    if status == "OK":
        return ""
    kind, words = STATUSES.get(status, ("failed", status))
    said = f"{words}: {message}" if message else f"{words}."
    return f'<p class="status {kind}" role="status">{content(said)}</p>'


STATUSES = {
    "OVERFLOW": ("cut", "There are more rows than these"),
    "ERROR": ("failed", "This failed, and what is above is not all"),
}
