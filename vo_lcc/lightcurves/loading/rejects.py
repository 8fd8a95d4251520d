"""What a load could not take: nothing is lost silently.

A worker collects what it meets in a unit; it is stored in the unit's transaction.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

from vo_lcc.lightcurves.loading.origins import ROW, Origins

REJECTED, NULL, DUPLICATE = "rejected", "NULL", "duplicate"
MAX_TEXT = 2000  # characters of a line that are kept
MAX_KEPT = 100_000  # rows that are kept of a unit; all are counted


class Reject(NamedTuple):
    """A row of vo_lcc.rejects, without its unit."""

    file: str
    line: int | None
    outcome: str
    reason: str
    column: str | None
    value: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Losses:
    """What a load left out, and why.

    `rejected` counts rows not taken, `nulled` values set to NULL, for each reason;
    `duplicates` the points left out by the declared policy, `missing` the column
    groups of wide rows without a measurement. `skipped` lists the members of archives
    whose name matches no pattern, `unread` the files that could not be read, each with
    the reason, `notes` what a person should know of the data.
    """

    missing: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    nulled: Mapping[str, int] = field(default_factory=dict)
    duplicates: int = 0
    skipped: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def n_rejected(self) -> int:
        """How many rows were not taken."""
        return sum(self.rejected.values())

    def as_json(self) -> dict[str, object]:
        """For the database."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of(cls, said: Mapping[str, object]) -> "Losses":
        """From what the database has; older versions said less."""
        return cls(
            **{
                name: tuple(value) if isinstance(value, list) else value
                for name, value in said.items()
                if name in cls.__slots__
            }  # type: ignore[arg-type]
        )


def total(losses: Iterable[Losses]) -> Losses:
    """All of them together."""
    counted: dict[str, Counter[str]] = {"rejected": Counter(), "nulled": Counter()}
    told: dict[str, dict[str, None]] = {"skipped": {}, "unread": {}, "notes": {}}
    missing = duplicates = 0
    for one in losses:
        missing += one.missing
        duplicates += one.duplicates
        for name, counts in counted.items():
            counts.update(getattr(one, name))
        for name, texts in told.items():
            texts.update(dict.fromkeys(getattr(one, name)))
    lists = {name: tuple(texts) for name, texts in told.items()}
    return Losses(missing, **counted, duplicates=duplicates, **lists)  # type: ignore[arg-type]


class Rejects:
    """Collects what is met in one unit, and counts."""

    def __init__(self) -> None:
        self.kept: list[Reject] = []
        self.rejected: Counter[str] = Counter()
        self.nulled: Counter[str] = Counter()
        self.missing = 0
        self.duplicates = 0
        self.unread: list[str] = []
        self.notes: dict[str, None] = {}

    def reject_line(self, file: str, line: int, reason: str, text: bytes) -> None:
        """A line that could not be read as a row."""
        self.rejected[reason] += 1
        self._keep(Reject(file, line, REJECTED, reason, None, None, _shown(text)))

    def reject_file(self, file: str, reason: str) -> None:
        """A file that could not be read; the reason may begin with its name."""
        reason = reason.removeprefix(f"{file}: ")
        self.unread.append(f"{file}: {reason}")
        self._keep(Reject(file, None, REJECTED, reason, None, None, ""))

    def note(self, file: str, words: str) -> None:
        """What a person should know of a file."""
        self.notes[f"{file}: {words}"] = None

    def reject(
        self, rows: pa.RecordBatch, origins: Origins, reason: str, column: str | None
    ) -> None:
        """Rows that are not taken, for the value of `column` if it is for one."""
        self.rejected[reason] += rows.num_rows
        self._keep_rows(rows, origins, REJECTED, reason, column)

    def set_null(
        self, rows: pa.RecordBatch, origins: Origins, reason: str, column: str
    ) -> None:
        """Rows that are taken, with one value set to NULL."""
        self.nulled[reason] += rows.num_rows
        self._keep_rows(rows, origins, NULL, reason, column)

    def losses(self) -> Losses:
        """What was counted."""
        return Losses(
            self.missing,
            dict(self.rejected),
            dict(self.nulled),
            self.duplicates,
            unread=tuple(self.unread),
            notes=tuple(self.notes),
        )

    def _keep_rows(
        self,
        rows: pa.RecordBatch,
        origins: Origins,
        outcome: str,
        reason: str,
        column: str | None,
    ) -> None:
        for row in rows.slice(0, MAX_KEPT).to_pylist():
            file, line, text = origins.find(row[ROW])
            value = None if column is None else row.get(column)
            shown = None if value is None else _shown(str(value).encode())
            self._keep(Reject(file, line, outcome, reason, column, shown, _shown(text)))

    def _keep(self, reject: Reject) -> None:
        if len(self.kept) < MAX_KEPT:
            self.kept.append(reject)


def _shown(text: bytes) -> str:
    shown = text.rstrip(b"\n")[:MAX_TEXT].decode("utf-8", "backslashreplace")
    return shown.replace("\0", "\\x00")
