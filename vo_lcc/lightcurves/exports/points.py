"""The points of a chunk, one after another, in the order of export."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.lightcurves.columns import JSON
from vo_lcc.lightcurves.exports.chunks import Chunk
from vo_lcc.tables import Column

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Points:
    """Points by object, passband and time; `objects` are the rows of their objects."""

    objects: Places
    passbands: pa.DictionaryArray
    columns: Mapping[str, pa.Array]

    def __len__(self) -> int:
        return len(self.objects)

    def of_objects(self, values: pa.Array) -> pa.Array:
        """What is known of each object, for each of its points: a dictionary."""
        return pa.DictionaryArray.from_arrays(
            pa.array(self.objects, pa.int32()), values
        )


def points_of(chunk: Chunk, columns: Iterable[Column]) -> Points:
    """The points of all light curves of a chunk.

    `columns` are those of the collection's light curves, without their keys: arrays,
    texts in JSON arrays, or what all points of a row have in common.
    """
    curves = chunk.curves
    lengths = pc.list_value_length(curves["obs_time"]).to_numpy(zero_copy_only=False)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    found = {c.name: _flat(c, curves[c.name], rows) for c in columns}
    places = curves["place"].to_numpy() - chunk.first
    bands = curves["passband"].dictionary_encode()
    order = _order(places, bands.indices.to_numpy(), rows, found["obs_time"])
    if order is not None:
        rows = rows[order]
        found = {name: values.take(pa.array(order)) for name, values in found.items()}
    return Points(places[rows], _taken(bands, rows), found)


def _flat(column: Column, values: pa.Array, rows: Places) -> pa.Array:
    """The values of a column, one for each point."""
    if column.is_array:
        return values.flatten()
    if column.xtype == JSON:
        texts = (text for row in values.to_pylist() for text in orjson.loads(row))
        return pa.array(texts, pa.string())
    return values.take(pa.array(rows))


def _taken(bands: pa.DictionaryArray, rows: Places) -> pa.DictionaryArray:
    indices = bands.indices.to_numpy()[rows]
    return pa.DictionaryArray.from_arrays(pa.array(indices), bands.dictionary)


def _order(
    places: Places, bands: npt.NDArray[np.int32], rows: Places, time: pa.Array
) -> Places | None:
    """What puts the segments of light curves in order of time; None if they are."""
    again = (np.diff(places) == 0) & (np.diff(bands) == 0)
    if not again.any():
        return None
    curve = np.concatenate([[0], np.cumsum(~again)])[rows]
    times = time.to_numpy(zero_copy_only=False)
    if not ((np.diff(curve) == 0) & (np.diff(times) < 0)).any():
        return None
    return np.lexsort((times, curve))
