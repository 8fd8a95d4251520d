"""How a batch of light curves becomes the rows of an SSA answer, column by column.

What is the same for a whole collection or passband (creator, wavelength ...) is looked
up by its name; what a source does not say is null. A light curve that is linked in
several formats is as many rows, one after another.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.identifiers import did_prefix
from vo_lcc.ssa.forms import Form
from vo_lcc.tables import Batch, PhotCal

FORM = "form"  # the column of a batch that tells which of the formats a row is
SECONDS = 86400.0  # of a day
OBJECT = ("collection", "object_id")
PLAIN = "^[A-Za-z0-9._~-]*$"  # needs no percent-encoding (RFC 3986, section 2.3)


@dataclass(frozen=True, slots=True)
class Service:
    """What the rows of one answer have in common.

    `base_url` is that of the server, without a slash at the end; `radius` that of the
    search (deg), None where no position was asked for.
    """

    base_url: str
    forms: tuple[Form, ...]
    collections: Mapping[str, Collection]
    publisher: str
    authority: str | None
    radius: float | None = None


Values: TypeAlias = "pa.Array | pa.ChunkedArray"
Fill: TypeAlias = Callable[[Batch, Service], Values]


def in_each_form(batch: Batch, service: Service) -> Batch:
    """Each light curve once for each format, with a column that tells which it is."""
    count = len(service.forms)
    rows = np.repeat(np.arange(batch.num_rows), count)
    forms = np.tile(np.arange(count), batch.num_rows)
    taken_rows = batch if count == 1 else batch.take(pa.array(rows))
    return taken_rows.append_column(FORM, pa.array(forms))


def same(value: str | float) -> Fill:
    """The same value in every row."""
    return lambda batch, _: pa.repeat(pa.scalar(value), batch.num_rows)


def nothing(batch: Batch, _: Service) -> Values:
    """Null in every row: the sources do not say."""
    return pa.nulls(batch.num_rows)


def taken(name: str) -> Fill:
    """A column as it is."""
    return lambda batch, _: batch.column(name)


def publisher(batch: Batch, service: Service) -> Values:
    """Who publishes."""
    return same(service.publisher)(batch, service)


def of_form(value: Callable[[Form], str]) -> Fill:
    """A text that belongs to the format of the row."""
    return lambda batch, service: pa.array(
        [value(form) for form in service.forms], pa.string()
    ).take(batch.column(FORM))


def of_collection(value: Callable[[Collection], Any]) -> Fill:
    """What belongs to the collection of the row."""

    def fill(batch: Batch, service: Service) -> Values:
        names = pa.array(list(service.collections), pa.string())
        values = pa.array([value(c) for c in service.collections.values()])
        return values.take(pc.index_in(batch.column("collection"), names))

    return fill


def of_passbands(value: Callable[[tuple[PhotCal, ...]], Any]) -> Fill:
    """What belongs to the passband of the row, or to all where it is null."""
    return of_bands(lambda _, calibrations: value(calibrations))


def of_bands(value: Callable[[Collection, tuple[PhotCal, ...]], Any]) -> Fill:
    """The same, where it depends on the collection too."""

    def fill(batch: Batch, service: Service) -> Values:
        known = {
            f"{name}/{passband}": value(one, calibrations)
            for name, one in service.collections.items()
            for passband, calibrations in kinds_of(one)
        }
        passbands = pc.fill_null(batch.column("passband"), "")
        keys = pc.binary_join_element_wise(batch.column("collection"), passbands, "/")
        places = pc.index_in(keys, pa.array(list(known), pa.string()))
        return pa.array(list(known.values())).take(places)

    return fill


def kinds_of(collection: Collection) -> list[tuple[str, tuple[PhotCal, ...]]]:
    """The calibrations behind each passband of a collection; of all by no name."""
    each = [(c.passband, (c,)) for c in collection.passbands]
    return [*each, ("", collection.passbands)]


def score(batch: Batch, service: Service) -> Values:
    """1 in the centre of the search, 0 at its edge; 1 without a position."""
    if not service.radius:
        return pa.repeat(pa.scalar(1.0), batch.num_rows)
    return pc.subtract(1.0, pc.divide(batch.column("distance"), service.radius))


def access_url(batch: Batch, service: Service) -> Values:
    """Where the light curve is: its object, passband and format."""
    heads = of_form(lambda form: f"{service.base_url}/{form.service}/")
    tails = of_form(lambda form: f"format={quote(form.name, safe='/')}")
    return pc.binary_join_element_wise(
        heads(batch, service),
        joined(batch, OBJECT),
        "?",
        _where_known("band=", batch.column("passband"), "&"),
        tails(batch, service),
        "",
    )


def access_size(batch: Batch, service: Service) -> Values:
    """About how large the download is (kB)."""
    heads, cells = (
        np.array([getattr(form, word) for form in service.forms])
        for word in ("head", "cell")
    )
    form = batch.column(FORM).to_numpy()
    points = batch.column("n_points").to_numpy(zero_copy_only=False)
    columns = of_collection(lambda c: 1 + len(c.point_columns))(batch, service)
    width = columns.to_numpy(zero_copy_only=False)
    kilobytes = np.ceil((heads[form] + cells[form] * width * points) / 1000)
    return pa.array(kilobytes, from_pandas=True)


def publisher_did(batch: Batch, service: Service) -> Values:
    """The identifier of the light curve, as `CurveId.did` writes it."""
    prefix = did_prefix(service.authority)
    return pc.binary_join_element_wise(prefix, joined(batch, OBJECT), _band(batch), "")


def datalink(batch: Batch, service: Service) -> Values:
    """The address of the DataLink document, for the identifier as a parameter."""
    identifier = pc.replace_substring(publisher_did(batch, service), "%", "%25")
    for special, code in (("/", "%2F"), (":", "%3A"), ("?", "%3F")):
        identifier = pc.replace_substring(identifier, special, code)
    url = f"{service.base_url}/datalink/links?ID="
    return pc.binary_join_element_wise(url, identifier, "")


def association(batch: Batch, service: Service) -> Values:
    """What the rows of one light curve in several formats have in common."""
    if len(service.forms) == 1:
        return nothing(batch, service)
    path = joined(batch, OBJECT)
    return pc.binary_join_element_wise("MultiFormat.", path, _band(batch), "")


def where_associated(value: str) -> Fill:
    """A text in every row, where a light curve has several rows (4.2.3.1)."""

    def fill(batch: Batch, service: Service) -> Values:
        several = len(service.forms) > 1
        return same(value)(batch, service) if several else nothing(batch, service)

    return fill


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
    return pc.multiply(span, SECONDS)


def em_middle(batch: Batch, _: Service) -> Values:
    """The effective wavelength of a passband, the middle of what several cover (m)."""
    ends = pc.add(batch.column("em_min"), batch.column("em_max"))
    return pc.coalesce(batch.column("wavelength"), pc.divide(ends, 2.0))


def variability(batch: Batch, _: Service) -> Values:
    """The amplitude as a fraction: (max - min) / (max + min) of the flux."""
    magnitudes = batch.column("amplitude").to_numpy(zero_copy_only=False)
    fraction = np.tanh(0.2 * np.log(10) * magnitudes.astype(float))
    return pa.array(fraction, from_pandas=True)


def joined(batch: Batch, names: tuple[str, ...]) -> Values:
    """The parts of a path, percent-encoded."""
    return pc.binary_join_element_wise(*(quoted(batch.column(n)) for n in names), "/")


def quoted(texts: pa.Array) -> pa.Array:
    """Percent-encoded; null stays null.

    >>> quoted(pa.array(["V", "V* a/b", None])).to_pylist()
    ['V', 'V%2A%20a%2Fb', None]
    """
    if pc.all(pc.match_substring_regex(texts, PLAIN)).as_py() is not False:
        return texts
    encoded = texts.dictionary_encode()
    known = [quote(text, safe="") for text in encoded.dictionary.to_pylist()]
    return pa.array(known, pa.string()).take(encoded.indices)


def _band(batch: Batch) -> pa.Array:
    """The end of an identifier: the passband, or nothing for all together."""
    return _where_known("/", batch.column("passband"), "")


def _where_known(before: str, texts: pa.Array, after: str) -> pa.Array:
    """Percent-encoded, between two texts; nothing for null."""
    found = pc.binary_join_element_wise(before, quoted(texts), after, "")
    return pc.fill_null(found, "")
