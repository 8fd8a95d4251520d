"""Arrow arrays from the bytes of COPY BINARY, a whole column at a time."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.db.copy_tuples import Field, array_head, element_places

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# the head of an array of one dimension
HEAD = np.dtype(
    [(name, ">i4") for name in ("dimensions", "nulls", "oid", "size", "lower")]
)
_unchecked = pc.TakeOptions(boundscheck=False)


def build_values(
    field: Field, values: npt.NDArray[Any], valid: Mask | None
) -> pa.Array:
    """Values of one width; `valid` tells which are not null."""
    if valid is not None:
        values = np.where(valid, values, np.zeros((), values.dtype))
    return _scalars(field.type, values, valid)


def build_text(
    field: Field, raw: Bytes, begin: Places, length: Places, valid: Mask | None
) -> pa.Array:
    """Texts, of which each begins behind the end of the one before."""
    offsets, data = _pieces(raw, begin, begin + length)
    return pa.Array.from_buffers(
        field.type, len(begin), [_validity(valid), offsets, data], _nulls(valid)
    )


def build_equal_text(
    field: Field, texts: npt.NDArray[Any], valid: Mask | None
) -> pa.Array:
    """Texts of one length."""
    offsets = np.arange(len(texts) + 1, dtype=np.int32) * np.int32(texts.itemsize)
    data = pa.py_buffer(texts.tobytes())
    return pa.Array.from_buffers(
        field.type,
        len(texts),
        [_validity(valid), pa.py_buffer(offsets), data],
        _nulls(valid),
    )


def build_lists(
    field: Field, raw: Bytes, begin: Places, length: Places, valid: Mask | None
) -> pa.Array:
    """Arrays, of which each begins behind the end of the one before.

    `raw` must reach 20 bytes beyond the last. Arrays of several dimensions become
    flat. Raises ValueError where an array is malformed or of other elements.
    """
    first, count = _array_heads(field, raw, begin, length, valid)
    end = begin + length
    assert field.scalar is not None
    width = field.scalar.width
    offsets = np.zeros(len(begin) + 1, np.int32)
    np.cumsum(count, out=offsets[1:])
    gaps = np.flatnonzero(end - first != count * (4 + width))
    if gaps.size:
        elements, present = _quick_with_nulls(
            field, raw, first, end, offsets
        ) or _with_nulls(field, raw, first, end, count, gaps)
    else:
        elements, present = _elements(field, _pieces(raw, first, end)[1]), None
    child = _scalars(field.type.value_type, elements, present)
    return pa.Array.from_buffers(
        field.type,
        len(begin),
        [_validity(valid), pa.py_buffer(offsets)],
        _nulls(valid),
        children=[child],
    )


def gather(raw: Bytes, at: Places, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """A record of `dtype` from each place."""
    size = dtype.itemsize
    records = np.ndarray((raw.size - size + 1,), f"V{size}", raw, 0, (1,))
    return records[at].view(dtype)


def _array_heads(
    field: Field, raw: Bytes, begin: Places, length: Places, valid: Mask | None
) -> tuple[Places, Places]:
    """Where the elements of each array begin, and how many there are."""
    assert field.scalar is not None
    heads = gather(raw, begin, HEAD)
    count = heads["size"].astype(np.int64)
    first = begin + 20
    fits = (heads["dimensions"] == 1) & (heads["oid"] == field.scalar.oid)
    fits &= (length >= 20 + 4 * count) & (count >= 0)
    if not fits.all():
        for i in np.flatnonzero(~fits).tolist():
            if valid is None or valid[i]:
                first[i], count[i] = array_head(
                    field, raw.data, int(begin[i]), int(length[i])
                )
            else:
                first[i], count[i] = begin[i], 0
    return first, count


def _elements(field: Field, data: pa.Buffer) -> npt.NDArray[Any]:
    assert field.scalar is not None
    dtype = np.dtype([("length", ">i4"), ("value", field.scalar.dtype)])
    found = np.frombuffer(data, dtype)
    wrong = found["length"] != field.scalar.width
    if wrong.any():
        length = found["length"][wrong.argmax()]
        field.fail(f"an element of {length} bytes, not {field.scalar.width}")
    return found["value"]


def _quick_with_nulls(
    field: Field, raw: Bytes, first: Places, end: Places, offsets: npt.NDArray[Any]
) -> tuple[npt.NDArray[Any], Mask] | None:
    """The elements of all arrays, if no value looks like the length of an element.

    Every word of four bytes that does is taken for one; each element must then end
    where the next begins, and each array have the right number of them.
    """
    assert field.scalar is not None
    width = field.scalar.width
    bounds, joined = _pieces(raw, first, end)
    if width % 4 or joined.size % 4 or joined.size < 4 + width:
        return None
    words = np.frombuffer(joined, ">i4")
    nulls = words == -1
    lengths = np.flatnonzero(nulls | (words == width))
    present = ~nulls[lengths]
    following = lengths + 1 + present * (width // 4)
    arrays = np.frombuffer(bounds, np.int32, len(offsets)) // 4
    closed = np.array_equal(following, np.append(lengths[1:], len(words)))
    if not closed or (np.searchsorted(lengths, arrays) != offsets).any():
        return None
    places = np.where(present, 4 * lengths + 4, 0)
    values = gather(np.frombuffer(joined, np.uint8), places, field.scalar.dtype)
    values[~present] = 0
    return values, present


def _with_nulls(
    field: Field, raw: Bytes, first: Places, end: Places, count: Places, gaps: Places
) -> tuple[npt.NDArray[Any], Mask]:
    """The elements of arrays of which those at `gaps` have nulls."""
    assert field.scalar is not None
    step = 4 + field.scalar.width
    total = int(count.sum())
    before = np.cumsum(count) - count
    places = np.repeat(first + 4 - before * step, count) + np.arange(total) * step
    block = raw.data
    for i in gaps.tolist():
        here = slice(int(before[i]), int(before[i] + count[i]))
        places[here] = element_places(
            field, block, int(first[i]), int(end[i]), int(count[i])
        )
    present = places >= 0
    lengths = gather(raw, np.where(present, places - 4, 0), np.dtype(">i4"))
    if (lengths[present] != field.scalar.width).any():
        field.fail(f"an element that has not {field.scalar.width} bytes")
    values = gather(raw, np.where(present, places, 0), field.scalar.dtype)
    values[~present] = 0
    return values, present


def _pieces(raw: Bytes, begin: Places, end: Places) -> tuple[pa.Buffer, pa.Buffer]:
    """The bytes from each `begin` to its `end`, joined: Arrow offsets and data.

    All pieces, and what lies between them, are one Arrow array on `raw` itself;
    taking every second of its values copies at the speed of memory.
    """
    count = len(begin)
    bounds = np.empty(2 * count, np.int32)
    bounds[0::2], bounds[1::2] = begin, end
    alternating = pa.Array.from_buffers(
        pa.binary(),
        2 * count - 1,
        [None, pa.py_buffer(bounds), pa.py_buffer(raw)],
        0,
    )
    every_second = pa.array(np.arange(0, 2 * count, 2, dtype=np.int32))
    taken = pc.call_function("array_take", [alternating, every_second], _unchecked)
    _, offsets, data = taken.buffers()
    return offsets, data


def _scalars(
    arrow: pa.DataType, values: npt.NDArray[Any], valid: Mask | None
) -> pa.Array:
    if arrow == pa.bool_():
        data = np.packbits(values != 0, bitorder="little")
    else:
        data = values.astype(values.dtype.newbyteorder("="))
    return pa.Array.from_buffers(
        arrow, len(values), [_validity(valid), pa.py_buffer(data)], _nulls(valid)
    )


def _validity(valid: Mask | None) -> pa.Buffer | None:
    if valid is None:
        return None
    return pa.py_buffer(np.packbits(valid, bitorder="little"))


def _nulls(valid: Mask | None) -> int:
    return 0 if valid is None else len(valid) - int(np.count_nonzero(valid))
