"""How a batch of light curves becomes the rows of an SSA answer, column by column.

What is the same for a whole collection (creator, instrument ...) is looked up by
its name; what a source does not say is null.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.formats import Format
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Batch


@dataclass(frozen=True, slots=True)
class Service:
    """What the rows of one answer have in common.

    `lc_url` is the address of the light curves, without a slash at the end.
    """

    lc_url: str
    data_format: Format
    collections: Mapping[str, Collection]
    publisher: str
    authority: str | None


Values: TypeAlias = "pa.Array | pa.ChunkedArray"
Fill: TypeAlias = Callable[[Batch, Service], Values]


def publisher_did_prefix(authority: str) -> str:
    """How the identifiers of all light curves here begin (IVOA Identifiers 2.0).

    >>> publisher_did_prefix("example.org")
    'ivo://example.org/~?'
    """
    return f"ivo://{authority}/~?"


def same(value: str) -> Fill:
    """The same text in every row."""
    return lambda batch, _: pa.repeat(pa.scalar(value, pa.string()), batch.num_rows)


def nothing(batch: Batch, _: Service) -> Values:
    """Null in every row: the sources do not say."""
    return pa.nulls(batch.num_rows)


def taken(name: str) -> Fill:
    """A column as it is."""
    return lambda batch, _: batch.column(name)


def of_collection(value: Callable[[Collection], str | None]) -> Fill:
    """A text that belongs to the row's collection."""

    def fill(batch: Batch, service: Service) -> Values:
        names = pa.array(list(service.collections), pa.string())
        values = [value(c) for c in service.collections.values()]
        return pa.array(values, pa.string()).take(
            pc.index_in(batch.column("collection"), names)
        )

    return fill


def access_url(batch: Batch, service: Service) -> Values:
    """Where the light curve is: its object, passband and format."""
    return pc.binary_join_element_wise(
        f"{service.lc_url}/",
        batch.column("object_path"),
        "?band=",
        _quoted(batch.column("passband")),
        f"&format={quote(service.data_format.name, safe='/')}",
        "",
    )


def publisher_did(batch: Batch, service: Service) -> Values:
    """The identifier of the light curve; null without an authority."""
    if service.authority is None:
        return nothing(batch, service)
    return pc.binary_join_element_wise(
        publisher_did_prefix(service.authority),
        batch.column("object_path"),
        "/",
        _quoted(batch.column("passband")),
        "",
    )


def _quoted(texts: pa.Array) -> pa.Array:
    """Percent-encoded; each different text once, as passbands are few."""
    encoded = texts.dictionary_encode()
    known = [quote(text, safe="") for text in encoded.dictionary.to_pylist()]
    return pa.array(known, pa.string()).take(encoded.indices)


def access_format(batch: Batch, service: Service) -> Values:
    """The media type behind the link."""
    return same(service.data_format.media_type)(batch, service)


def publisher(batch: Batch, service: Service) -> Values:
    """Who publishes."""
    return same(service.publisher)(batch, service)


def position(batch: Batch, _: Service) -> Values:
    """RA and Dec as one pair."""
    ra, dec = (
        batch.column(name).to_numpy(zero_copy_only=False) for name in ("ra", "dec")
    )
    offsets = pa.array(np.arange(0, 2 * batch.num_rows + 1, 2, dtype=np.int32))
    return pa.ListArray.from_arrays(offsets, np.column_stack((ra, dec)).ravel())


def time_middle(batch: Batch, _: Service) -> Values:
    """The middle of the time span (MJD)."""
    span = pc.subtract(batch.column("t_max"), batch.column("t_min"))
    return pc.add(batch.column("t_min"), pc.divide(span, 2.0))


def time_extent(batch: Batch, _: Service) -> Values:
    """The length of the time span (s)."""
    span = pc.subtract(batch.column("t_max"), batch.column("t_min"))
    return pc.multiply(span, 86400.0)
