"""Light curves made by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from vo_lcc.curves.curves import Curves, offsets_of
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.columns import OBJECT_COLUMNS, POINT_COLUMNS
from vo_lcc.tables import Column, PhotCal, SkyFrame, TimeFrame, arrow_schema

DAY = datetime(2020, 1, 1, tzinfo=UTC)
POINTS = ("obs_time", "mag", "mag_err", "flags")
UTC_HERE = TimeFrame("UTC", "TOPOCENTER")
SDSS = (PhotCal("g", zero_point=3631.0), PhotCal("r", zero_point=3000.0))


def collection(
    frame: TimeFrame = UTC_HERE,
    points: Sequence[Column | str] = POINTS,
    **said: Any,
) -> Collection:
    """A collection of these columns, with periods and epochs."""
    known = {"obs_time": frame}
    columns = tuple(
        Column(
            **{
                **{a: getattr(c, a) for a in Column.__dataclass_fields__},
                "annotation": known.get(c.name, c.annotation),
            }
        )
        for c in (POINT_COLUMNS[p] if isinstance(p, str) else p for p in points)
    )
    words: dict[str, Any] = {
        **dict.fromkeys(("name", "title", "description", "creator"), "made"),
        **dict.fromkeys(
            ("bibcode", "rights", "source_url", "facility", "instrument", "example")
        ),
        "passbands": SDSS,
        "time_frame": frame,
        "sky_frame": SkyFrame(),
        "object_columns": tuple(OBJECT_COLUMNS.values()),
        "point_columns": columns,
        "release": "1",
        "published": DAY,
        "first_published": DAY,
        **dict.fromkeys(("n_objects", "n_lightcurves", "n_points"), 1),
        "t_min": None,
        "t_max": None,
        "coverage": "",
        "period_column": "period",
        "epoch_column": "epoch",
        "class_column": None,
        **said,
    }
    return Collection(**words)


def curves(
    of: Collection,
    *several: Mapping[str, Sequence[Any]],
    keys: Sequence[Mapping[str, Any]] = (),
) -> Curves:
    """One light curve for each mapping of column names to values."""
    columns = of.point_columns
    told = [
        {
            "object_id": f"o{number}",
            "passband": "g",
            "ra": 10.0,
            "dec": 20.0,
            "period": None,
            "epoch": None,
            **(keys[number] if number < len(keys) else {}),
        }
        for number in range(len(several))
    ]
    schema = pa.schema(
        [
            ("object_id", pa.string()),
            ("passband", pa.string()),
            *((name, pa.float64()) for name in ("ra", "dec", "period", "epoch")),
        ]
    )
    counts = [len(one["obs_time"]) for one in several]
    points = {
        c.name: [
            value
            for one, count in zip(several, counts, strict=True)
            for value in one.get(c.name, [None] * count)
        ]
        for c in columns
    }
    return Curves(
        of,
        pa.Table.from_pylist(told, schema),
        offsets_of(counts),
        pa.table(points, schema=arrow_schema(columns)),
        columns,
    )


def run(step: Any, given: Curves) -> Curves:
    """What a step makes of light curves; its columns are those it promised."""
    promised = step.columns(given.columns, given.collection)
    result = step.apply(given)
    assert result.columns == promised
    assert result.points.schema.equals(arrow_schema(promised))
    assert result.offsets[-1] == result.points.num_rows
    assert len(result) == result.keys.num_rows
    return result


def listed(result: Curves, name: str) -> list[Any]:
    """A column of the points, in lists for each light curve."""
    values = result.points.column(name).to_pylist()
    bounds = zip(result.offsets[:-1], result.offsets[1:], strict=True)
    return [values[low:high] for low, high in bounds]


def many(of: Collection, stars: int, each: int, seed: int = 1) -> Curves:
    """Random light curves of many stars over twenty years."""
    rng = np.random.default_rng(seed)
    total = stars * each
    times = np.sort(rng.uniform(51000, 58300, (stars, each)), axis=1).ravel()
    values = {
        "obs_time": times,
        "mag": rng.uniform(12, 20, total),
        "mag_err": rng.uniform(0.01, 0.1, total),
        "flags": rng.choice([0, 0, 0, 1, 2], total),
    }
    keys = pa.table(
        {
            "object_id": [f"o{i:06}" for i in range(stars)],
            "passband": ["g"] * stars,
            "ra": rng.uniform(0, 360, stars),
            "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, stars))),
            "period": rng.uniform(0.1, 100, stars),
            "epoch": rng.uniform(51000, 58000, stars),
        }
    )
    points = pa.table(
        {c.name: pa.array(values[c.name]) for c in of.point_columns}
    ).cast(arrow_schema(of.point_columns))
    return Curves(of, keys, np.arange(stars + 1) * each, points, of.point_columns)
