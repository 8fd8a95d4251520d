"""Rows of many files in one batch, each of which still knows where it came from."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

ROW = "#row"  # the column that numbers the rows of a batch, for `Origins`


@dataclass(frozen=True, slots=True)
class Origin:
    """Some rows of one file: the number of each in it, and what a report shows."""

    file: str
    lines: npt.NDArray[np.int64]
    texts: Callable[[], pa.BinaryArray] | None
    places: npt.NDArray[np.int64] | None = None
    """Which of `texts` each row shows; without it they are one for one."""


@dataclass(slots=True)
class Origins:
    """Where the rows of a batch came from, in order."""

    origins: list[Origin] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    count: int = 0

    def add(self, origin: Origin) -> None:
        """The next rows."""
        self.origins.append(origin)
        self.starts.append(self.count)
        self.count += len(origin.lines)

    def numbered(self) -> pa.Array:
        """The numbers of all rows, as the column `ROW`."""
        return pa.array(np.arange(self.count, dtype=np.int32))

    def find(self, row: int) -> tuple[str, int, bytes]:
        """File, line and text of a row."""
        at = bisect_right(self.starts, row) - 1
        origin, i = self.origins[at], row - self.starts[at]
        return origin.file, int(origin.lines[i]), _text(origin, i)


def _text(origin: Origin, i: int) -> bytes:
    if origin.texts is None:
        return b""
    shown: Any = origin.texts()[i if origin.places is None else int(origin.places[i])]
    value: bytes = shown.as_py() or b""
    return value
