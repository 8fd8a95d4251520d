"""A table of every kind of column, with the values that are easy to get wrong."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.formats.documents import batch_of
from tests.formats.limits import size_of
from vo_lcc.heads import TableHead
from vo_lcc.tables import Batch, Column

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
EDGES |= {f"{name}Complex": EDGES[name] for name in ("float", "double")}

SHAPES: dict[str | None, tuple[int, ...]] = {
    None: (1,),
    "*": (0, 1, 2, 3),
    "3*": (0, 1, 2, 3),
    "3": (3,),
    "2x2": (4,),
    "2x*": (0, 2, 4),
    "2x3*": (0, 2, 6),
}
"""Values of arraysize, and how many elements there can be."""

KINDS = [(datatype, shape) for datatype in EDGES for shape in SHAPES]
KINDS += [("char", None), ("char", "*"), ("char", "6"), ("char", "6*")]
KINDS += [("char", "4x3"), ("char", "10x*"), ("unicodeChar", "4x3")]
KINDS += [("unicodeChar", "*"), ("unicodeChar", "12")]

ROWS = 2 * len(WORDS)


def is_strings(column: Column) -> bool:
    """True for several strings."""
    return column.is_text and "x" in (column.arraysize or "")


def is_varying_complex(column: Column) -> bool:
    """True for arrays of any number of complex numbers."""
    return column.is_complex and size_of(column) == 0


def every_kind(
    wanted: Callable[[Column], bool] = lambda column: True,
) -> tuple[tuple[Column, ...], list[list[Any]]]:
    """Columns of every kind that is wanted, and the cells of each."""
    described = [
        Column(f"c{number}", datatype, shape, description=f"{datatype} {shape}")
        for number, (datatype, shape) in enumerate(KINDS)
    ]
    columns = tuple(filter(wanted, described))
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
        size = most_characters(column)
        words = [None if word is None else word[:size] for word in WORDS]
        return [words[row % len(words)] for row in range(ROWS)]
    edges = EDGES[column.datatype]
    if not column.is_list:
        return [edges[row % len(edges)] for row in range(ROWS)]
    sizes = list_sizes(column)
    return [
        None if row % 7 == 6 else turned(edges, row, sizes[row % len(sizes)])
        for row in range(ROWS)
    ]


def most_characters(column: Column) -> int:
    """The longest text of a column, 99 where there is no bound."""
    size = column.arraysize or "1"
    if size.endswith("x*") or size == "*":
        return 99
    return math.prod(map(int, size.rstrip("*").split("x")))


def list_sizes(column: Column) -> list[int]:
    """How many numbers a cell can have; a complex one has two parts."""
    return [size * (2 if column.is_complex else 1) for size in SHAPES[column.arraysize]]


def turned(edges: tuple[Any, ...], start: int, size: int) -> list[Any]:
    return [edges[(start + i) % len(edges)] for i in range(size)]
