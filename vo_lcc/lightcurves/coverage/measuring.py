"""Coverage from the tables of a release, by aggregates over HEALPix cells."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vo_lcc.db import Load, quote_name
from vo_lcc.lightcurves.columns import brightness, calibrations, time_frame
from vo_lcc.lightcurves.coverage.spacetime import spacetime_moc
from vo_lcc.lightcurves.coverage.spatial import COARSE, FEW, FINE, spatial_moc
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.sky import ORDER


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a release covers.

    `spatial` is the MOC of all its objects, `spacetime` that of its light curves: each
    cell of the sky from the first to the last point in it. Both are ASCII MOCs (MOC
    2.0 section 4.3.2), "" of nothing. `ranges` has for each passband the lowest and the
    highest median of a light curve.
    """

    spatial: str
    spacetime: str
    ranges: dict[str, Any]


def measure(load: Load, file: CollectionFile, schema: str) -> Coverage:
    """The coverage of the release in `schema`: of its objects and summaries."""
    release = quote_name(schema)
    cells = _cells(load, release, COARSE)
    if 0 < len(cells) <= FEW:
        spatial = spatial_moc(_cells(load, release, FINE), FINE)
    else:
        spatial = spatial_moc(cells, COARSE)
    times = load.query(
        f"SELECT {_cell(COARSE)} AS cell, min(t_min) AS t_min, max(t_max) AS t_max"  # noqa: S608
        f" FROM {release}.summaries GROUP BY 1"
    )
    cells, t_min, t_max = (times[name].to_numpy() for name in times.column_names)
    spacetime = spacetime_moc(cells, COARSE, t_min, t_max, time_frame(file))
    return Coverage(spatial, spacetime, _ranges(load, file, release))


def _cells(load: Load, release: str, order: int) -> np.ndarray:
    found = load.query(f"SELECT DISTINCT {_cell(order)} AS cell FROM {release}.objects")  # noqa: S608
    return np.asarray(found["cell"].to_numpy())


def _cell(order: int) -> str:
    return f"hpx >> {2 * (ORDER - order)}"


def _ranges(load: Load, file: CollectionFile, release: str) -> dict[str, Any]:
    """Of each passband: the lowest and the highest median, and the wavelengths (m)."""
    bands = calibrations(file)
    # by way of text, as a real of 13.1 is a double of 13.1000003
    asked = ", ".join(
        f"{word}({quote_name(f'{band.passband}_median')})::text::float8 AS {word}_{i}"
        for i, band in enumerate(bands)
        for word in ("min", "max")
    )
    (row,) = load.query(f"SELECT {asked} FROM {release}.objects").to_pylist()  # noqa: S608
    bright = brightness(file)
    return {
        "column": bright.name,
        "unit": bright.unit,
        "passbands": {
            band.passband: {
                "low": row[f"min_{i}"],
                "high": row[f"max_{i}"],
                "wavelength": band.effective_wavelength,
                "bandwidth": band.bandwidth,
            }
            for i, band in enumerate(bands)
        },
    }
