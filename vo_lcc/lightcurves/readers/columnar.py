"""Columns of typed files: which are wanted, in which type, what a report shows."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.lightcurves.model import SourceName
from vo_lcc.lightcurves.readers.reader import Wanted

LOOK_ROWS = 100
"""Rows that `look` gives."""

SHOWN = 500
"""Bytes of a row that a report shows."""

COARSE = 1e-3
"""Steps beyond which a 32-bit number is told of: times are lost long before."""

SAMPLE = 16

UNFIT = (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError)


def find_columns(names: Sequence[str], wanted: Wanted) -> dict[SourceName, int]:
    """Where the wanted columns are, from 0; those that are not there are left out.

    A name in another case is found where none is exactly so, and only one in any.

    >>> kinds = {"time": pa.float64(), 2: pa.float32(), "mag": pa.float32()}
    >>> find_columns(["TIME", "FLUX"], kinds)
    {'time': 0, 2: 1}
    """
    exact = {name: place for place, name in reversed(list(enumerate(names)))}
    folded: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        folded.setdefault(name.lower(), []).append(place)
    found: dict[SourceName, int] = {}
    for source in wanted:
        if isinstance(source, int):
            if source <= len(names):
                found[source] = source - 1
            continue
        alike = folded.get(source.lower(), [])
        if source in exact:
            found[source] = exact[source]
        elif len(alike) == 1:
            found[source] = alike[0]
    return found


def fitted(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """The values in the wanted type, those of lists too.

    Where they are not, all of them, they stay numbers as the file has them, or texts.
    Integers and repeated texts that are wanted as texts come in a dictionary.

    >>> fitted(pa.array([7, 7]), pa.string()).to_pylist()
    ['7', '7']
    >>> fitted(pa.array(["1.5", ">14.2"]), pa.float64()).type
    DataType(string)
    >>> fitted(pa.array([[1, 2]], pa.list_(pa.int16())), pa.float64()).to_pylist()
    [[1.0, 2.0]]
    """
    if values.type.equals(kind):
        return values
    if is_list(values.type):
        return _fitted_lists(values, kind)
    if pa.types.is_string(kind):
        return _words(values)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_floating(values.type) and pa.types.is_integer(kind):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    try:
        return values.cast(kind)
    except UNFIT:
        is_number = pa.types.is_floating(values.type) or pa.types.is_integer(
            values.type
        )
        return values if is_number else _words(values)


def is_list(kind: pa.DataType) -> bool:
    """True for arrays of any kind."""
    return bool(
        pa.types.is_list(kind)
        or pa.types.is_large_list(kind)
        or pa.types.is_fixed_size_list(kind)
    )


def _fitted_lists(values: pa.Array, kind: pa.DataType) -> pa.Array:
    lists = values.cast(pa.list_(values.type.value_type))
    if lists.offset:
        lists = pa.concat_arrays([lists])
    inner = fitted(lists.values, kind)
    mask = lists.is_null() if lists.null_count else None
    return pa.ListArray.from_arrays(lists.offsets, inner, mask=mask)


def _words(values: pa.Array) -> pa.Array:
    """Texts of any values; a dictionary stays one."""
    if pa.types.is_integer(values.type):
        values = values.dictionary_encode()
    if not pa.types.is_dictionary(values.type):
        return _texts(values)
    return pa.DictionaryArray.from_arrays(values.indices, _texts(values.dictionary))


def _texts(values: pa.Array) -> pa.StringArray:
    try:
        return values.cast(pa.string())
    except UNFIT:
        return pa.array([_spelled(value) for value in values.to_pylist()], pa.string())


def _spelled(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return None if value is None else str(value)


def coarseness(values: pa.Array, name: str, unit: str | None) -> str | None:
    """What to say of 32-bit numbers, or such as were once, that stand far apart.

    >>> coarseness(pa.array([2450455.8, 2450456.8], pa.float32()), "hjd", "d")
    "column 'hjd' holds 32-bit numbers: its values stand in steps of 0.25 d"
    >>> coarseness(pa.array([2450455.8, 2450456.8], pa.float64()), "hjd", "d")
    """
    if is_list(values.type):
        values = values.flatten()
    if not pa.types.is_floating(values.type) or len(values) < 2:
        return None
    numbers = values.drop_null().to_numpy(zero_copy_only=False)
    if numbers.dtype.itemsize == 8 and (not _was_short(numbers) or _all_whole(numbers)):
        return None
    with np.errstate(over="ignore"):
        finite = np.abs(numbers[np.isfinite(numbers)]).astype(np.float32)
        step = float(np.spacing(finite.max())) if len(finite) else 0.0
    if not COARSE <= step < np.inf:
        return None
    said = f"{step:g} {unit}" if unit else f"{step:g}"
    return f"column {name!r} holds 32-bit numbers: its values stand in steps of {said}"


def _was_short(numbers: np.ndarray) -> bool:
    """Are all of these doubles such as 32 bits can hold?"""
    for part in (numbers[:SAMPLE], numbers):
        with np.errstate(over="ignore", invalid="ignore"):
            short = part.astype(np.float32)
        if not np.array_equal(short.astype(np.float64), part, equal_nan=True):
            return False
    return True


def _all_whole(numbers: np.ndarray) -> bool:
    return bool((numbers == np.floor(numbers)).all())


def notes_of(
    columns: Mapping[SourceName, pa.Array],
    wanted: Wanted,
    units: Mapping[SourceName, str | None],
) -> tuple[str, ...]:
    """What a person should know of columns that are wanted as doubles."""
    told = (
        coarseness(values, str(source), units.get(source))
        for source, values in columns.items()
        if wanted[source] == pa.float64()
    )
    return tuple(dict.fromkeys(note for note in told if note))


def texts_of(columns: Mapping[SourceName, pa.Array]) -> Callable[[], pa.BinaryArray]:
    """What a report shows of rows, made once, when it is asked for.

    >>> texts_of({"t": pa.array([1.5, None]), "b": pa.array(["V", "R"])})().to_pylist()
    [b't=1.5, b=V', b't=, b=R']
    """

    @cache
    def make() -> pa.BinaryArray:
        cells = [
            [f"{source}={_cell(value)}" for value in values.to_pylist()]
            for source, values in columns.items()
        ]
        rows = (", ".join(row).encode()[:SHOWN] for row in zip(*cells, strict=True))
        return pa.array(rows, pa.binary())

    return make


def _cell(value: object) -> str:
    if isinstance(value, list):
        return f"[{len(value)} values]"
    return _spelled(value) or ""
