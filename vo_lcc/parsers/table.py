"""What a parser gives: the columns of a table, and its rows in batches."""

from collections.abc import Iterator
from dataclasses import dataclass

from vo_lcc.tables import Batch, Column

BATCH_ROWS = 32_768
"""Rows of a batch, at most."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How large a table may be: rows, columns, bytes of one cell, and of all cells."""

    rows: int = 10_000_000
    columns: int = 1000
    cell_bytes: int = 16 * 2**20
    table_bytes: int = 4 * 2**30


@dataclass(frozen=True, slots=True)
class ReadTable:
    """One table that is being read.

    The batches have the types of `tables.arrow_schema(columns)`, and column names as
    the file has them, each once. They are made as they are asked for, and raise
    UsageError where the file is wrong. `columns` are known before the first of them.
    """

    columns: tuple[Column, ...]
    batches: Iterator[Batch]
