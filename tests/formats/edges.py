"""A table of every kind of column, with the values that are easy to get wrong."""

import math
from typing import Any

import numpy as np

from tests.formats.documents import batch_of
from vo_lcc.tables import Batch, Column, TableHead

INTEGERS = {"short": 16, "int": 32, "long": 64}

WORDS = (
    *("", None, "plain", " lead", "trail ", "a,b", 'q"u"o', "two\nlines", "tab\there"),
    *("cr\rhere", "é€☉", "😀", "<&>'", "\ufffe", "NaN", "#x", "\\N", "null"),
)

EDGES: dict[str, tuple[Any, ...]] = {
    "boolean": (True, False, None),
    "bit": (True, False, None),
    "unsignedByte": (0, 255, 254, 1, None),
    **{
        name: (
            -(2 ** (bits - 1)),
            2 ** (bits - 1) - 1,
            0,
            -1,
            2 ** (bits - 2) + 1,
            None,
        )
        for name, bits in INTEGERS.items()
    },
    "float": (
        *(0.0, -0.0, float(np.float32(1e-45)), float(np.finfo("f4").max), math.inf),
        *(-math.inf, math.nan, None, float(np.float32(0.1)), -1.5),
    ),
    "double": (
        *(0.0, -0.0, 5e-324, float(np.finfo("f8").max), math.inf),
        *(-math.inf, math.nan, None, 0.1, -1 / 3),
    ),
}

SHAPES = {None: (1, 1), "*": (0, 3), "3*": (0, 3), "3": (3, 3), "2x2": (4, 4)}
"""Values of arraysize, and the least and the most elements."""

KINDS = [(datatype, shape) for datatype in EDGES for shape in SHAPES]
KINDS += [("char", "*"), ("char", "6"), ("char", "6*")]
KINDS += [("unicodeChar", "*"), ("unicodeChar", "12")]

ROWS = 2 * len(WORDS)


def every_kind(*without: str) -> tuple[tuple[Column, ...], list[list[Any]]]:
    """Columns of every kind but those of these datatypes, and the cells of each."""
    columns = tuple(
        Column(f"c{number}", datatype, shape, description=f"{datatype} {shape}")
        for number, (datatype, shape) in enumerate(KINDS)
        if datatype not in without
    )
    return columns, [cells_of(column) for column in columns]


def table_of(
    columns: tuple[Column, ...], cells: list[list[Any]]
) -> tuple[TableHead, list[Batch]]:
    """A table of these cells, in batches of which one is empty and one a slice."""
    rows = list(zip(*cells, strict=True))
    whole = batch_of(columns, rows)
    batches = [whole.slice(0, 5), whole.slice(5, 0), whole.slice(5)]
    return TableHead(columns, "every kind"), batches


def cells_of(column: Column) -> list[Any]:
    """The edges in turn; arrays start at each of them, and every seventh is null."""
    if column.is_text:
        size = int(str(column.arraysize).rstrip("*") or 99)
        words = [None if word is None else word[:size] for word in WORDS]
        return [words[row % len(words)] for row in range(ROWS)]
    edges = EDGES[column.datatype]
    if not column.is_array:
        return [edges[row % len(edges)] for row in range(ROWS)]
    least, most = SHAPES[column.arraysize]
    return [
        None if row % 7 == 6 else turned(edges, row, least + row % (most - least + 1))
        for row in range(ROWS)
    ]


def turned(edges: tuple[Any, ...], start: int, size: int) -> list[Any]:
    return [edges[(start + i) % len(edges)] for i in range(size)]
