"""Light curves to draw, made by hand."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from vo_lcc.curves.curves import Curves, offsets_of
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column, PhotCal, SkyFrame, TimeFrame

FRAME = TimeFrame("TDB", "BARYCENTER")
BAD, LIMIT = 1, 2

POINTS = (
    Column("obs_time", "double", unit="d", annotation=FRAME),
    Column("mag", "double", unit="mag", ucd="phot.mag"),
    Column("mag_err", "double", unit="mag", ucd="stat.error;phot.mag"),
    Column("flags", "short", ucd="meta.code.qual"),
)
OBJECTS = (
    Column("object_id", "char", "*"),
    Column("ra", "double", unit="deg"),
    Column("dec", "double", unit="deg"),
    Column("period", "double", unit="d"),
)

COLLECTION = Collection(
    name="stars",
    title="Some stars",
    description="",
    creator="",
    bibcode=None,
    rights=None,
    source_url=None,
    facility=None,
    instrument=None,
    passbands=(
        PhotCal("r", None, 3631.0, "AB", 616.6e-9),
        PhotCal("g", None, 3631.0, "AB", 468.6e-9),
    ),
    time_frame=FRAME,
    sky_frame=SkyFrame(),
    object_columns=OBJECTS,
    point_columns=POINTS,
    release="1",
    published=datetime(2026, 1, 1, tzinfo=UTC),
    first_published=datetime(2026, 1, 1, tzinfo=UTC),
    n_objects=1,
    n_lightcurves=2,
    n_points=8,
    t_min=58000.0,
    t_max=58100.0,
    coverage="",
    example=None,
    period_column="period",
    epoch_column=None,
    class_column=None,
    upper_limits=LIMIT,
)


def star(points, name="star-1", period=0.5, collection=COLLECTION):
    """Light curves of one object: a list of (time, mag, error, flags) by passband."""
    rows = [row for of_band in points.values() for row in of_band]
    columns = list(zip(*rows, strict=True)) or [[]] * 4
    bands = list(points) or [None]
    counts = [len(of_band) for of_band in points.values()] or [0]
    types = (pa.float64(), pa.float64(), pa.float64(), pa.int16())
    keys = {
        "object_id": [name] * len(bands),
        "ra": [10.0] * len(bands),
        "dec": [-5.0] * len(bands),
        "period": pa.array([period] * len(bands), pa.float64()),
        "passband": pa.array(bands, pa.string()),
    }
    return Curves(
        collection,
        pa.table(keys),
        offsets_of(counts),
        pa.table(
            [pa.array(c, t) for c, t in zip(columns, types, strict=True)],
            names=[c.name for c in POINTS],
        ),
        POINTS,
    )


def fading(passband="g", **other):
    """A star that fades by a magnitude a day."""
    rows = [(58000.0 + day, 10.0 + day, 0.1, 0) for day in range(4)]
    return star({passband: rows, **other})


def many(count, passband="g"):
    """A long light curve."""
    rng = np.random.default_rng(1)
    rows = zip(
        np.linspace(58000, 58100, count).tolist(),
        rng.normal(15, 0.1, count).tolist(),
        [0.02] * count,
        [0] * count,
        strict=True,
    )
    return star({passband: list(rows)})
