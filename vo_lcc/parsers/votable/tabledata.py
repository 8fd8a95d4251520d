"""The rows of a TABLEDATA (VOTable 1.5, 5.1)."""

import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import pyarrow as pa

from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.parsers.checks import shown
from vo_lcc.parsers.table import ReadLimits
from vo_lcc.parsers.votable.binary import MOST_BYTES, cell_values
from vo_lcc.parsers.votable.cells import BadCellError
from vo_lcc.parsers.votable.fields import Field
from vo_lcc.parsers.votable.plain import plain_cells
from vo_lcc.parsers.votable.text import read_cells
from vo_lcc.parsers.votable.xml import XMLFeed
from vo_lcc.tables import Batch, arrow_schema


class TableDataRows:
    """Collects the cells that the parser tells, and makes batches of whole rows.

    `mark` is the byte at which the tag began that ended the row before, or the table
    where there is none: between rows, the parser has seen nothing after that tag.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        limits: ReadLimits,
        feed: XMLFeed,
        ended: Callable[[str], None],
    ) -> None:
        self._fields = tuple(fields)
        self._schema = arrow_schema(field.column for field in fields)
        self._limits = limits
        self._feed = feed
        self._ended = ended
        self._tr, self._td = "TR", "TD"  # as they are written, with their prefix
        self._rows = 0  # in the batches so far
        self._waiting: list[Callable[[], Batch]] = []
        self._cells: list[str] = []
        self._whole = 0  # cells of whole rows
        self._encoded: dict[int, bytes] = {}
        self._within = ""  # the element that is open
        self._encoding = ""
        self._pieces: list[str] = []
        self._size = 0
        self._width = 0  # characters of the row so far
        self.mark = feed.at

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """A row or a cell starts."""
        if name == self._td and self._within == self._tr:
            self._start_cell(attributes)
        elif not self._within and name.rpartition(":")[2] == "TR":
            self._tr = name
            self._td = f"{name[:-2]}TD"
        else:
            raise self._error(f"an element {shown(name)} stands where none may")
        self._within = name

    def _start_cell(self, attributes: Mapping[str, str]) -> None:
        if len(self._cells) - self._whole == len(self._fields):
            raise self._error(
                f"more cells (TD) than the table has columns, {len(self._fields)}"
            )
        self._pieces = []
        self._size = 0
        self._encoding = attributes.get("encoding", "") if attributes else ""

    def text(self, text: str) -> None:
        """Text of a cell, or blanks between."""
        if self._within == self._td:
            self._size += len(text)
            if self._size > self._limits.cell_bytes:
                raise self._too_large()
            self._pieces.append(text)
        elif text.strip(" \t\r\n"):
            raise self._error(f"{shown(text.strip())} stands outside of cells")

    def end(self, name: str) -> None:
        """A cell, a row or the table ends."""
        if name == self._td:
            self._cells.append("".join(self._pieces))
            self._width += self._size
            if self._width > MOST_BYTES:
                raise TooLargeError(f"a row takes more than {MOST_BYTES} bytes")
            if self._encoding not in ("", "none"):
                self._decode()
            self._within = self._tr
        elif name == self._tr:
            self._end_row()
        else:
            self._ended(name)

    def _end_row(self) -> None:
        count = len(self._cells) - self._whole
        if count != len(self._fields):
            raise self._error(
                f"{count} cells (TD), but the table has {len(self._fields)} columns"
            )
        self._whole = len(self._cells)
        self._width = 0
        self._within = ""
        self.mark = self._feed.at

    def _decode(self) -> None:
        """Take the cell that has just ended for the base64 of a binary one."""
        text, self._cells[-1] = self._cells[-1], ""
        if self._encoding != "base64":
            raise self._error(
                f"TD encoding {shown(self._encoding)} is not read; use base64"
            )
        try:
            data = binascii.a2b_base64("".join(text.split()), strict_mode=True)
        except ValueError as error:
            raise self._error(f"a TD is no base64: {error}") from None
        self._encoded[len(self._cells) - 1] = data

    def take_plain(self, data: bytes) -> None:
        """Rows that the parser need not see; raises NotPlainError where it must."""
        columns = plain_cells(data, len(self._fields))
        self._flush()
        self._wait(columns, {})

    def batches(self) -> Iterator[Batch]:
        """The whole rows so far; each is given once."""
        self._flush()
        waiting, self._waiting = self._waiting, []
        for make in waiting:
            yield make()

    def _flush(self) -> None:
        """Make a batch of the whole rows that the parser told."""
        if not self._whole:
            return
        width = len(self._fields)
        end, self._whole = self._whole, 0
        whole, self._cells = self._cells[:end], self._cells[end:]
        encoded = self._encoded
        self._encoded = {i - end: data for i, data in encoded.items() if i >= end}
        columns = [pa.array(whole[i::width], pa.string()) for i in range(width)]
        self._wait(columns, encoded)

    def _wait(
        self, columns: Sequence[pa.StringArray], encoded: Mapping[int, bytes]
    ) -> None:
        """Keep whole rows for a batch that is made when it is asked for."""
        self._waiting.append(partial(self._batch, columns, encoded, self._rows))
        self._rows += len(columns[0])

    def _batch(
        self,
        columns: Sequence[pa.StringArray],
        encoded: Mapping[int, bytes],
        before: int,
    ) -> Batch:
        by_column: dict[int, dict[int, bytes]] = {}
        for cell, data in encoded.items():
            row, index = divmod(cell, len(columns))
            if row < len(columns[0]):
                by_column.setdefault(index, {})[row] = data
        arrays = []
        for index, (cells, field) in enumerate(zip(columns, self._fields, strict=True)):
            try:
                values = read_cells(cells, field)
                arrays.append(_with_encoded(values, by_column.get(index), field))
            except BadCellError as error:
                raise error.at(field, before) from None
        return pa.record_batch(arrays, schema=self._schema)

    def _error(self, problem: str) -> UsageError:
        row = self._rows + self._whole // len(self._fields) + 1
        return UsageError(f"row {row} ({self._feed.place}): {problem}")

    def _too_large(self) -> TooLargeError:
        column = self._fields[len(self._cells) - self._whole].column
        return TooLargeError(
            f"column {shown(column.name)} ({self._feed.place}): a cell takes more than"
            f" {self._limits.cell_bytes} bytes"
        )


def _with_encoded(
    values: pa.Array, encoded: Mapping[int, bytes] | None, field: Field
) -> pa.Array:
    """The values of a column, and those of its cells, by row, that were base64."""
    if encoded is None:
        return values
    found = values.to_pylist()
    for row, data in encoded.items():
        found[row] = cell_values(data, field, row)
    return pa.array(found, values.type)
