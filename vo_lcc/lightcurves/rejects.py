"""The report of what a load could not take: nothing is lost silently."""

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import pyarrow as pa

from vo_lcc.errors import UsageError

HEADER = ("file", "line", "outcome", "reason", "text")
FILE, LINE, TEXT = "#file", "#line", "#text"  # columns that rows carry for it


@dataclass(frozen=True, slots=True)
class Losses:
    """What a load left out, and why.

    `rejected` counts rows not taken, `nulled` values set to NULL, for each reason;
    `report` is the file that lists them, None when there are none. `missing` counts
    the column groups of wide rows without a measurement, `skipped` lists the members
    of archives whose name matches no pattern.
    """

    missing: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    nulled: Mapping[str, int] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    report: Path | None = None


class Rejects:
    """Writes the report (CSV) and counts; use as a context manager.

    `outcome` is "rejected" (the row is not in the collection) or "NULL" (the row is,
    one value of it is not). The file is made with the first row it has.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rejected: Counter[str] = Counter()
        self.nulled: Counter[str] = Counter()
        self._file: IO[str] | None = None
        self._csv: Any = None

    def __enter__(self) -> "Rejects":
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise self._problem(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def reject_line(self, file: str, line: int, reason: str, text: bytes) -> None:
        """A line that could not be read as a row."""
        self.rejected[reason] += 1
        self._write(file, line, "rejected", reason, text)

    def reject(self, rows: pa.RecordBatch, reason: str) -> None:
        """Rows that are not taken."""
        self.rejected[reason] += rows.num_rows
        self._write_rows(rows, "rejected", reason)

    def set_null(self, rows: pa.RecordBatch, reason: str) -> None:
        """Rows that are taken, with one value set to NULL."""
        self.nulled[reason] += rows.num_rows
        self._write_rows(rows, "NULL", reason)

    def _opened(self) -> IO[str]:
        try:
            return self.path.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise self._problem(error) from error

    def _problem(self, error: OSError) -> UsageError:
        return UsageError(
            f"{self.path}: the report of what is not taken cannot be written"
            f" ({error.strerror}); run in a folder that is yours to write"
        )

    def _write_rows(self, rows: pa.RecordBatch, outcome: str, reason: str) -> None:
        columns = (rows.column(name).to_pylist() for name in (FILE, LINE, TEXT))
        for file, line, text in zip(*columns, strict=True):
            self._write(file, line, outcome, reason, text)

    def _write(
        self, file: str, line: int, outcome: str, reason: str, text: bytes
    ) -> None:
        if self._file is None:
            self._file = self._opened()
            self._csv = csv.writer(self._file)
            self._csv.writerow(HEADER)
        shown = text.rstrip(b"\n").decode("utf-8", "backslashreplace")
        self._csv.writerow((file, line, outcome, reason, shown.replace("\0", "\\x00")))
