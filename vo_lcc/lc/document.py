"""What a light curve says of itself besides its points.

The annotation follows the practice of published light curves: TIMESYS and COOSYS,
a photometric calibration for each passband, a description and a name for each
table, and what kind of product it is.
"""

from collections.abc import Mapping
from dataclasses import replace

from vo_lcc.heads import Param, TableHead
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.columns import POINT_COLUMNS
from vo_lcc.tables import Column, PhotCal

Value = str | float | int | None

PRODUCT = (
    ("dataproduct_type", "timeseries", "Kind of product (ObsCore)"),
    ("dataproduct_subtype", "lightcurve", "Kind of time series"),
)

PASSBAND = replace(POINT_COLUMNS["passband"], utype="ssa:DataID.Bandpass")


def band_head(
    collection: Collection, values: Mapping[str, Value], calibration: PhotCal
) -> TableHead:
    """The head of the table of one passband; `values` are the object's own."""
    passband = calibration.passband
    name = values["object_id"]
    return TableHead(
        columns=tuple(calibrated(c, calibration) for c in collection.point_columns),
        name=f"{collection.name}.{name}.{passband}",
        description=(
            f"Light curve of {name} in passband {passband}, from {collection.title}"
        ),
        params=(
            *object_params(collection, values),
            Param(text_column(PASSBAND, passband), passband),
            *origin_params(collection),
        ),
    )


def long_head(
    collection: Collection,
    values: Mapping[str, Value],
    calibrations: tuple[PhotCal, ...],
) -> TableHead:
    """The head of one table for several passbands."""
    name = values["object_id"]
    return TableHead(
        columns=(
            text_column(PASSBAND, *(c.passband for c in calibrations)),
            *collection.point_columns,
        ),
        name=f"{collection.name}.{name}",
        description=f"Light curve of {name}, from {collection.title}",
        params=(*object_params(collection, values), *origin_params(collection)),
        calibrations=calibrations,
    )


def calibrated(column: Column, calibration: PhotCal) -> Column:
    """The column with its photometric calibration, if it is photometry."""
    is_photometry = (column.ucd or "").startswith("phot.")
    if column.annotation is None and is_photometry:
        return replace(column, annotation=calibration)
    return column


def object_columns(collection: Collection) -> tuple[Column, ...]:
    """What a light curve repeats of its object: name, position, period, class."""
    wanted = {"object_id", "ra", "dec"} | {
        name
        for name in (
            collection.period_column,
            collection.epoch_column,
            collection.class_column,
        )
        if name is not None
    }
    return tuple(c for c in collection.object_columns if c.name in wanted)


def object_params(
    collection: Collection, values: Mapping[str, Value]
) -> tuple[Param, ...]:
    """The object's name, position, period ... as PARAMs; what is null is left out."""
    return tuple(
        Param(column, values[column.name])
        for column in object_columns(collection)
        if values[column.name] is not None
    )


def origin_params(collection: Collection) -> tuple[Param, ...]:
    """Where the light curve comes from, and what kind of product it is."""
    said = (
        ("collection", collection.name, "meta.id", "Collection of the light curve"),
        ("bibcode", collection.bibcode, "meta.bib.bibcode", "Paper to cite"),
        ("facility", collection.facility, "instr.tel", "Facility"),
        ("instrument", collection.instrument, "instr", "Instrument"),
    )
    product = tuple((name, value, None, about) for name, value, about in PRODUCT)
    return tuple(
        Param(text_column(Column(name, "", ucd=ucd, description=about), value), value)
        for name, value, ucd, about in (*said, *product)
        if value
    )


def text_column(column: Column, *values: str) -> Column:
    """The column as text that holds `values`: plain characters where these do.

    >>> text_column(PASSBAND, "V").datatype, text_column(PASSBAND, "H\u03b1").datatype
    ('char', 'unicodeChar')
    """
    datatype = "char" if all(map(str.isascii, values)) else "unicodeChar"
    return replace(column, datatype=datatype, arraysize="*")
