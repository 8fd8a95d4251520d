"""What light curves say of themselves besides their points.

The annotation follows the practice of published light curves: TIMESYS and COOSYS, a
photometric calibration for each passband, a description and a name for each table, and
what kind of product it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace

from vo_lcc.curves.selection import key_columns
from vo_lcc.curves.steps.frames import key_columns_in
from vo_lcc.heads import Param, TableHead
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.columns import POINT_COLUMNS
from vo_lcc.tables import Column, Observatory, PhotCal

Value = str | float | int | None

PRODUCT = (
    (
        "dataproduct_type",
        "timeseries",
        "obscore:ObsDataset.dataProductType",
        "Kind of product (ObsCore)",
    ),
    (
        "dataproduct_subtype",
        "lightcurve",
        "obscore:ObsDataset.dataProductSubtype",
        "Kind of time series",
    ),
)
PRODUCT_UCD = "meta.code.class"

SITE = tuple(
    Column(f"obs_{name}", "double", None, unit, f"pos.earth.{ucd}", None, None, about)
    for name, unit, ucd, about in (
        ("longitude", "deg", "lon", "Longitude of the observatory (WGS84)"),
        ("latitude", "deg", "lat", "Latitude of the observatory (WGS84)"),
        ("height", "m", "altitude", "Height of the observatory (WGS84)"),
    )
)
"""In the order of Observatory."""

PASSBAND = replace(POINT_COLUMNS["passband"], utype="ssa:DataID.Bandpass")


class BandHeads:
    """The heads of tables of one passband each, of a collection's light curves.

    What they have in common is made once: there may be thousands.
    """

    def __init__(self, collection: Collection, columns: Sequence[Column]) -> None:
        self._collection = collection
        self._columns = {
            calibration.passband: tuple(calibrated(c, calibration) for c in columns)
            for calibration in collection.passbands
        }
        self._passbands = {
            name: Param(text_column(PASSBAND, name), name) for name in self._columns
        }
        self._keys = key_columns_in(key_columns(collection), tuple(columns))
        self._origin = origin_params(collection)

    def head(self, values: Mapping[str, Value], passband: str) -> TableHead:
        """The head of the table of one passband; `values` are the object's own."""
        collection, name = self._collection, values["object_id"]
        return TableHead(
            columns=self._columns[passband],
            name=f"{collection.name}.{name}.{passband}",
            description=(
                f"Light curve of {name} in passband {passband}, from {collection.title}"
            ),
            params=(
                *object_params(self._keys, values),
                self._passbands[passband],
                *self._origin,
            ),
        )


def object_head(
    collection: Collection,
    values: Mapping[str, Value],
    calibrations: tuple[PhotCal, ...],
    columns: Sequence[Column],
) -> TableHead:
    """The head of one table for several passbands of one object.

    Of one passband only, its calibration is that of the columns of photometry, which
    have to refer to it (Nebot et al. 2020, section 3.1).
    """
    name = values["object_id"]
    keys = key_columns_in(key_columns(collection), tuple(columns))
    if len(calibrations) == 1:
        columns = [calibrated(column, calibrations[0]) for column in columns]
    return TableHead(
        columns=(
            text_column(PASSBAND, *(c.passband for c in calibrations)),
            *columns,
        ),
        name=f"{collection.name}.{name}",
        description=f"Light curve of {name}, from {collection.title}",
        params=(*object_params(keys, values), *origin_params(collection)),
        calibrations=calibrations,
    )


def calibrated(column: Column, calibration: PhotCal) -> Column:
    """The column with its photometric calibration, if it is photometry."""
    is_photometry = (column.ucd or "").startswith("phot.")
    if column.annotation is None and is_photometry:
        return replace(column, annotation=calibration)
    return column


def object_params(
    keys: Sequence[Column], values: Mapping[str, Value]
) -> tuple[Param, ...]:
    """The object's name, position, period ... as PARAMs; what is null is left out."""
    return tuple(
        Param(column, values[column.name])
        for column in keys
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
    known = (
        Param(text_column(Column(name, "", ucd=ucd, description=about), value), value)
        for name, value, ucd, about in said
        if value
    )
    return (*known, *site_params(collection.observatory), *product_params())


def site_params(observatory: Observatory | None) -> tuple[Param, ...]:
    """Where the observatory is, without which topocentric times mean little."""
    if observatory is None:
        return ()
    return tuple(
        Param(column, value)
        for column, value in zip(SITE, astuple(observatory), strict=True)
    )


def product_params() -> tuple[Param, ...]:
    """What kind of product a light curve, or a table of several, is."""
    return tuple(
        Param(Column(name, "char", "*", None, PRODUCT_UCD, utype, None, about), value)
        for name, value, utype, about in PRODUCT
    )


def text_column(column: Column, *values: str) -> Column:
    """The column as text that holds `values`: plain characters where these do.

    >>> text_column(PASSBAND, "V").datatype, text_column(PASSBAND, "H\u03b1").datatype
    ('char', 'unicodeChar')
    """
    datatype = "char" if all(map(str.isascii, values)) else "unicodeChar"
    return replace(column, datatype=datatype, arraysize="*")
