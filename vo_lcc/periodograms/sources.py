"""Where light curves come from: out of the database, or with the request."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from vo_lcc.curves.curves import MAG, OBS_TIME, PASSBAND, Curves
from vo_lcc.curves.finding import Finder
from vo_lcc.curves.reading import SMALL, Rows, at_once, read_object
from vo_lcc.curves.selection import Selection
from vo_lcc.curves.steps.brightness import find_brightness
from vo_lcc.curves.steps.quality import ALL_BITS, Quality
from vo_lcc.curves.steps.step import Step, all_columns
from vo_lcc.dali.context import Context
from vo_lcc.dali.files import FilePart
from vo_lcc.dali.params import Params
from vo_lcc.dali.provenance import collection_infos
from vo_lcc.dali.upload_parts import part_of
from vo_lcc.errors import ParameterError, TooLargeError, UsageError
from vo_lcc.heads import Info, Param
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.identifiers import CurveId
from vo_lcc.parsers.reading import read_table
from vo_lcc.parsers.table import ReadLimits
from vo_lcc.periodograms.columns import find_columns
from vo_lcc.periodograms.methods.method import Bls, LombScargle
from vo_lcc.periodograms.params import PeriodogramParams
from vo_lcc.periodograms.series import Array, Floats, Series, Target, make_target
from vo_lcc.tables import Catalog, Column, TimeFrame

MOST_POINTS = 2_000_000
"""Of an upload."""


@dataclass(frozen=True, eq=False)
class Source:
    """A light curve that periods are looked for in, and what is said of it.

    `title` names it for people, `method` tells how it is looked at; epochs are in
    `frame`, None where that is not known.
    """

    target: Target
    title: str
    method: str
    frame: TimeFrame | None
    params: tuple[Param, ...] = ()
    infos: tuple[Info, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Gets the light curve of a request."""

    context: Context
    rows: Rows
    catalog: Catalog
    collections: Mapping[str, Collection]

    async def read(self, asked: PeriodogramParams, params: Params) -> Source:
        """The light curve, with points enough for the method.

        Raises NotFoundError for one that there is not, UsageError for one in which no
        period can be looked for.
        """
        if asked.curve is not None:
            return await self._stored(asked, asked.curve)
        return await self._uploaded(asked, params)

    async def _stored(self, asked: PeriodogramParams, curve: CurveId) -> Source:
        finder = Finder(self.rows, self.catalog, self.collections, 1)
        error = finder.wrong(curve)
        if error is not None:
            raise error
        collection = self.collections[curve.collection]
        asked.band.check([collection])
        steps = with_quality(asked.steps)
        passbands = asked.band.passbands(collection)
        if curve.passband is not None:
            passbands = tuple(p for p in passbands if p == curve.passband)
        if not passbands:
            raise ParameterError("BAND", "no passband of this light curve is wanted")
        all_columns(steps, collection.point_columns, collection, passbands)
        selection = Selection(collection, (curve.object_id,), passbands)
        compute = self.context.compute
        read = await read_object(self.rows, self.catalog, selection, steps, compute)
        run = compute if read.points.nbytes > SMALL else at_once
        source: Source = await run(stored_source, asked, curve, read)
        return source

    async def _uploaded(self, asked: PeriodogramParams, params: Params) -> Source:
        assert asked.upload is not None
        limits = self.context.limits
        part = await part_of(asked.upload, params, limits.fetching)
        if part.size > limits.upload_size:
            raise TooLargeError(f"the upload is larger than {limits.upload_size} bytes")
        allowed = ReadLimits(
            min(limits.upload_rows, MOST_POINTS), table_bytes=limits.upload_unpacked
        )
        try:
            return await self.context.read(uploaded_source, asked, part, allowed)
        except UsageError as error:
            kind = TooLargeError if isinstance(error, TooLargeError) else UsageError
            raise kind(f"UPLOAD {asked.upload.name}: {error}") from error


def with_quality(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps, and where QUALITY says nothing only good points, first of all."""
    if any(isinstance(step, Quality) for step in steps):
        return steps
    return (Quality(ALL_BITS, measured=True), *steps)


def stored_source(asked: PeriodogramParams, curve: CurveId, read: Curves) -> Source:
    """A light curve of a collection."""
    brightness = find_brightness(read.columns)
    collection = read.collection
    bands = list(series_of(read, asked.weighted))
    if not bands:
        raise UsageError(f"{curve.path} has no points for what was asked (TIME, BAND)")
    name = Param(
        Column("object_id", "char", "*", ucd="meta.id;meta.main"), curve.object_id
    )
    column = read.find_column(OBS_TIME)
    assert column is not None
    frame = column.annotation
    target = make_target(
        bands, asked.asked.method.parameters, brightness.quantity == MAG
    )
    return Source(
        target,
        title_of(f"{collection.name} {curve.object_id}", target),
        method_words(asked),
        frame if isinstance(frame, TimeFrame) else collection.time_frame,
        (name,),
        collection_infos(collection),
    )


def series_of(curves: Curves, weighted: bool) -> Iterator[Series]:
    """The passbands of one object that have points."""
    brightness = find_brightness(curves.columns)
    times, values = curves.numbers(OBS_TIME), curves.numbers(brightness.value.name)
    errors = None
    if weighted and brightness.error is not None:
        errors = curves.numbers(brightness.error.name)
    names = curves.keys.column(PASSBAND).to_pylist()
    edges = zip(names, curves.offsets[:-1], curves.offsets[1:], strict=True)
    for name, low, high in edges:
        if high > low:
            here = slice(low, high)
            error = None if errors is None else errors[here]
            yield Series(name, times[here], values[here], error)


def uploaded_source(
    asked: PeriodogramParams, part: FilePart, limits: ReadLimits
) -> Source:
    """A light curve out of a table; raises UsageError where it is none."""
    read = read_table(part.file, part.media_type, part.filename, limits)
    found = find_columns(read.columns)
    table = pa.Table.from_batches(read.batches)
    if table.num_rows == 0:
        raise UsageError("the table has no rows")
    times, values = numbers(table, found.time), numbers(table, found.value)
    errors = None
    if asked.weighted and found.error is not None:
        errors = numbers(table, found.error)
    names = [""] * table.num_rows
    if found.band is not None:
        column = table.column(found.band).to_pylist()
        names = ["" if name is None else str(name) for name in column]
    bands = split(names, times, values, errors)
    wanted = [band for band in bands if is_wanted(band.passband, asked)]
    if not wanted:
        has = ", ".join(repr(band.passband) for band in bands)
        raise ParameterError("BAND", f"the table has {has}")
    target = make_target(wanted, asked.asked.method.parameters, found.magnitudes)
    frame = read.columns[found.time].annotation
    return Source(
        target,
        title_of("the uploaded light curve", target),
        method_words(asked),
        frame if isinstance(frame, TimeFrame) else None,
    )


def numbers(table: pa.Table, place: int) -> Floats:
    """A column as doubles, NaN where it is null."""
    values = table.column(place).cast(pa.float64()).to_numpy()
    return np.asarray(values, dtype=np.float64)


def split(
    names: Iterable[str], times: Floats, values: Floats, errors: Floats | None
) -> list[Series]:
    """One series for each name, in the order in which they come."""
    places: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        places.setdefault(name, []).append(index)
    bands = []
    for name, own in places.items():
        rows: Array = np.array(own)
        error = None if errors is None else errors[rows]
        bands.append(Series(name, times[rows], values[rows], error))
    return bands


def is_wanted(passband: str, asked: PeriodogramParams) -> bool:
    """Whether BAND names this passband of an upload, or none."""
    texts = asked.band.texts
    return not texts or any(
        passband == text or passband in map(str.strip, text.split(","))
        for text in texts
    )


def title_of(name: str, target: Target) -> str:
    """The name and its passbands."""
    passbands = ", ".join(filter(None, target.passbands))
    return f"{name} ({passbands})" if passbands else name


def method_words(asked: PeriodogramParams) -> str:
    """How a periodogram is made, in words.

    Written into each document, beside its numbers.
    """
    method = asked.asked.method
    weights = "" if asked.weighted else ", all points of equal weight"
    if isinstance(method, LombScargle):
        terms = f"{method.nterms} terms" if method.nterms > 1 else "1 term"
        return f"Lomb-Scargle, floating mean, {terms}{weights}"
    if isinstance(method, Bls):
        return f"box least squares{weights}"
    return "phase dispersion minimisation, 5 bins, 2 covers"
