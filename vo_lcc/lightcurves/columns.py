"""The columns of a collection: the well-known ones, the declared, the computed."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from vo_lcc.lightcurves.derived import Statistic, chosen
from vo_lcc.lightcurves.derived.columns import statistic_column
from vo_lcc.lightcurves.model import CollectionFile, ColumnSpec
from vo_lcc.tables import (
    Annotation,
    Column,
    ForeignKey,
    PhotCal,
    Position,
    SkyFrame,
    Table,
    TimeFrame,
    adql_identifier,
)

OBJECT_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        column.name: column
        for column in (
            Column(
                "object_id",
                "char",
                "*",
                ucd="meta.id;meta.main",
                description="Identifier of the object, unique in this collection",
                indexed=True,
                principal=True,
            ),
            Column(
                "ra",
                "double",
                unit="deg",
                ucd="pos.eq.ra;meta.main",
                description="Right ascension (ICRS)",
                indexed=True,
                principal=True,
            ),
            Column(
                "dec",
                "double",
                unit="deg",
                ucd="pos.eq.dec;meta.main",
                description="Declination (ICRS)",
                indexed=True,
                principal=True,
            ),
            Column(
                "class",
                "char",
                "*",
                ucd="src.class",
                description="Class of variability",
                principal=True,
            ),
            Column(
                "period",
                "double",
                unit="d",
                ucd="time.period",
                description="Period of variability",
                principal=True,
            ),
            Column(
                "epoch",
                "double",
                unit="d",
                ucd="time.epoch",
                description="Time of phase zero, in the time frame of the light curves",
            ),
        )
    }
)

POINT_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        column.name: column
        for column in (
            OBJECT_COLUMNS["object_id"],
            Column(
                "passband",
                "char",
                "*",
                ucd="instr.bandpass",
                description="Name of the passband",
                principal=True,
            ),
            Column(
                "obs_time",
                "double",
                unit="d",
                ucd="time.epoch",
                description="Time of the observation",
                principal=True,
            ),
            Column(
                "mag",
                "float",
                unit="mag",
                ucd="phot.mag",
                description="Magnitude",
                principal=True,
            ),
            Column(
                "mag_err",
                "float",
                unit="mag",
                ucd="stat.error;phot.mag",
                description="Uncertainty of the magnitude",
                principal=True,
            ),
            Column(
                "flux",
                "float",
                ucd="phot.flux",
                description="Flux",
                principal=True,
            ),
            Column(
                "flux_err",
                "float",
                ucd="stat.error;phot.flux",
                description="Uncertainty of the flux",
                principal=True,
            ),
            Column(
                "flags",
                "int",
                ucd="meta.code.qual",
                description="Quality flags; 0 is a good point",
            ),
        )
    }
)

HPX = Column(
    "hpx",
    "long",
    ucd="pos.healpix",
    description="HEALPix index of the position, order 29, NESTED",
    indexed=True,
)
SEGMENT = Column(
    "segment",
    "int",
    ucd="meta.id.part",
    description="Number of this piece of the light curve, from 0",
)
N_POINTS = Column(
    "n_points",
    "int",
    ucd="meta.number;obs",
    description="Number of points, whatever their quality",
    principal=True,
)
T_MIN = Column(
    "t_min",
    "double",
    unit="d",
    ucd="time.start;obs",
    description="Time of the first point",
)
T_MAX = Column(
    "t_max",
    "double",
    unit="d",
    ucd="time.end;obs",
    description="Time of the last point",
)
RELEASE = Column(
    "release",
    "char",
    "*",
    ucd="meta.version",
    description="Release of the collection with which this came",
)
COMPUTED = (HPX, N_POINTS, T_MIN, T_MAX)
KEYS = ("object_id", "passband")
BRIGHTNESS = ("mag", "flux")  # one of them says how bright an object was
# How the texts of a light curve's points go out. DALI 1.2 (a draft) has the xtype
# "json"; DALI 1.1 wants a prefix for what it does not have.
JSON = "vo_lcc:json"


def time_frame(file: CollectionFile) -> TimeFrame:
    """The time frame of every time in the collection."""
    return TimeFrame(**file.time.model_dump())


def sky_frame(file: CollectionFile) -> SkyFrame:
    """The celestial frame of the positions: always ICRS."""
    return SkyFrame("ICRS", file.epoch)


def calibrations(file: CollectionFile) -> tuple[PhotCal, ...]:
    """The photometric calibration of each passband, in the order of the file."""
    return tuple(
        PhotCal(name, **band.model_dump(exclude={"ucd"}))
        for name, band in file.passbands.items()
    )


def time_words(frame: TimeFrame) -> str:
    """A time frame in words: TAP_SCHEMA has no other place for it.

    >>> time_words(TimeFrame("TDB", "BARYCENTER"))
    'MJD, TDB, BARYCENTER'
    >>> time_words(TimeFrame(time_origin=2450000.0))
    'JD - 2450000, time scale unknown'
    """
    origin = ORIGINS.get(frame.time_origin, f"JD - {frame.time_origin:.10g}")
    unknown = frame.timescale == "UNKNOWN"
    words = [origin, "time scale unknown" if unknown else frame.timescale]
    if frame.refposition != "UNKNOWN":
        words.append(frame.refposition)
    return ", ".join(words)


ORIGINS: Mapping[float, str] = MappingProxyType({0.0: "JD", 2400000.5: "MJD"})


def object_columns(file: CollectionFile) -> tuple[Column, ...]:
    """What the objects file gives: object_id, ra, dec first."""
    given = file.objects.columns
    frames: dict[str, Annotation] = {
        "ra": sky_frame(file),
        "dec": sky_frame(file),
        "epoch": time_frame(file),
    }
    first = [name for name in ("object_id", "ra", "dec") if name in given]
    names = [*first, *(name for name in given if name not in first)]
    return tuple(
        declared_column(name, given[name], OBJECT_COLUMNS.get(name), frames.get(name))
        for name in names
    )


def point_columns(file: CollectionFile) -> tuple[Column, ...]:
    """What the light curve files give for one point, its keys left out."""
    given = file.lightcurves.columns
    calibration, *others = calibrations(file)
    frames: dict[str, Annotation] = {"obs_time": time_frame(file)}
    bright = next((name for name in BRIGHTNESS if name in given), "mag")
    if not others:
        frames[bright] = calibration
    first = [n for n in ("obs_time", bright, f"{bright}_err") if n in given]
    names = [*first, *(n for n in given if n not in first and n not in KEYS)]
    known = dict(POINT_COLUMNS)
    known["obs_time"] = _in_frame(known["obs_time"], time_frame(file))
    if not others and (word := file.passbands[calibration.passband].ucd):
        for name in (bright, f"{bright}_err"):
            known[name] = replace(known[name], ucd=f"{known[name].ucd};{word}")
    return tuple(
        declared_column(name, given[name], known.get(name), frames.get(name))
        for name in names
    )


def brightness(file: CollectionFile) -> Column:
    """The column of a point that says how bright the object was: mag, else flux."""
    columns = {c.name: c for c in point_columns(file)}
    return next(columns[name] for name in BRIGHTNESS if name in columns)


def declared_column(
    name: str, spec: ColumnSpec, known: Column | None, annotation: Annotation | None
) -> Column:
    """A column of the file: what the file says, then what is well known.

    >>> spec = ColumnSpec(source="MAG", unit="mag")
    >>> declared_column("mag", spec, POINT_COLUMNS["mag"], None).ucd
    'phot.mag'
    """
    said = spec.model_dump(
        include={"datatype", "unit", "ucd", "utype", "description"}, exclude_none=True
    )
    column = replace(known or Column(name, "char"), annotation=annotation, **said)
    return replace(column, arraysize="*" if column.is_text else None)


def statistics(file: CollectionFile) -> tuple[Statistic, ...]:
    """What is computed of each light curve."""
    error = f"{brightness(file).name}_err"
    return chosen(file.derived, has_errors=error in file.lightcurves.columns)


def band_columns(file: CollectionFile) -> Iterator[Column]:
    """The summary of an object's light curve in each passband."""
    for calibration in calibrations(file):
        yield from summary_columns(file, calibration)


def summary_columns(file: CollectionFile, calibration: PhotCal) -> Iterator[Column]:
    """The summary of an object's light curve in one passband."""
    name, bright = calibration.passband, brightness(file)
    yield Column(
        f"{name}_n_points",
        "int",
        ucd="meta.number;obs",
        description=f"Number of points in {name}, whatever their quality",
    )
    for statistic in statistics(file):
        yield statistic_column(statistic, bright, calibration, file.passbands[name].ucd)


def collection_tables(
    file: CollectionFile, unicode_columns: frozenset[str] = frozenset()
) -> tuple[Table, Table, Table]:
    """What users see: objects, lightcurves, photometry.

    `unicode_columns` are the text columns whose values go beyond ASCII.
    """
    frame = time_frame(file)
    t_min, t_max = _in_frame(T_MIN, frame), _in_frame(T_MAX, frame)
    keys = [POINT_COLUMNS[name] for name in KEYS]
    points = point_columns(file)
    came = [RELEASE] if file.releases.column else []
    own = object_columns(file)
    to_objects = (
        ForeignKey(
            f"{adql_identifier(file.name)}.objects",
            (("object_id", "object_id"),),
            "The object of this light curve",
        ),
    )
    described = {
        "objects": (
            [*own[:3], HPX, *own[3:], N_POINTS, t_min, t_max, *band_columns(file)],
            f"Objects of {file.title}: position, catalogue, summary of the points",
        ),
        "lightcurves": (
            [*keys, SEGMENT, *map(_as_array, points), t_min, t_max, N_POINTS, *came],
            f"Light curves of {file.title}: one row per object and passband,"
            " its points in arrays of one length, ordered by time",
        ),
        "photometry": (
            [*keys, *points, *came],
            f"Photometry of {file.title}: one row per point",
        ),
    }
    objects, lightcurves, photometry = (
        Table(
            file.name,
            name,
            tuple(_ascii_or_not(c, unicode_columns) for c in columns),
            description,
            "view",
            position=Position() if name == "objects" else None,
            keys=() if name == "objects" else to_objects,
        )
        for name, (columns, description) in described.items()
    )
    return objects, lightcurves, photometry


def _in_frame(time: Column, frame: TimeFrame) -> Column:
    words = f"{time.description} ({time_words(frame)})"
    return replace(time, annotation=frame, description=words)


def _as_array(column: Column) -> Column:
    if column.is_text:
        words = f"{column.description or column.name} (a JSON array)"
        return replace(column, xtype=JSON, description=words, principal=False)
    return replace(column, arraysize="*", principal=False)


def _ascii_or_not(column: Column, unicode_columns: frozenset[str]) -> Column:
    if column.is_text and column.name in unicode_columns:
        return replace(column, datatype="unicodeChar")
    return column
