"""The demo collection: generated, always the same, loaded like any other.

The stars lie evenly over the sky, the first few at the places where software goes
wrong: the poles, RA 0, the celestial equator.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import numpy as np
import pyarrow as pa

from vo_lcc.db import Database
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.columns import (
    KEYS,
    POINT_COLUMNS,
    object_columns,
    point_columns,
)
from vo_lcc.lightcurves.loading.generated import Advance, build_generated
from vo_lcc.lightcurves.loading.inputs import digest_of
from vo_lcc.lightcurves.loading.load import LoadReport
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.progress import Progress, Silent
from vo_lcc.lightcurves.releases.publishing import publish
from vo_lcc.tables import arrow_schema

SEED = 20240229
GENERATOR = "demo generator 1\n"  # a new number makes a new release
N_OBJECTS = 5_000
N_POINTS = (30, 70)  # of one light curve, the upper end not reached
FIRST_NIGHT, YEARS = 59000, 3  # MJD
LIMIT = {"g": 20.6, "r": 20.3}  # magnitudes, on an average night
BAD, UPPER_LIMIT, NO_MAGNITUDE = 1, 2, 4

CORNERS = ((0, 0), (0, 90), (0, -90), (180, 90), (0, 60), (359.999999, -30), (180, 0))

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One class of star: how common, and what its light curves are like.

    Ranges are (low, high); periods are spread evenly in their logarithm. `colour`
    is g - r, `ratio` the amplitude in r over that in g.
    """

    name: str
    weight: float
    shape: str
    period: tuple[float, float]
    amplitude: tuple[float, float]
    colour: float
    ratio: float = 1.0


KINDS = (
    Kind("RRAB", 0.22, "steep", (0.42, 0.85), (0.5, 1.3), 0.25, 0.7),
    Kind("RRC", 0.08, "sine", (0.22, 0.40), (0.3, 0.6), 0.1, 0.7),
    Kind("DCEP", 0.16, "rounded", (2.0, 40.0), (0.3, 1.1), 0.6, 0.65),
    Kind("EA", 0.12, "detached", (0.8, 20.0), (0.3, 1.0), 0.4),
    Kind("EW", 0.12, "contact", (0.25, 0.7), (0.2, 0.7), 0.5),
    Kind("M", 0.10, "sine", (150.0, 450.0), (2.5, 6.0), 1.5, 0.8),
    Kind("CST", 0.20, "constant", (1.0, 1.0), (0.0, 0.0), 0.5),
)
UNCLASSIFIED = 0.03  # of the stars, whatever they are


def steep(phase: Array) -> Array:
    """A fast rise to maximum light and a slow decline, from 0 to 1."""
    return _waves(phase, 5)


def rounded(phase: Array) -> Array:
    """A rise somewhat faster than the decline."""
    return _waves(phase, 2)


def sine(phase: Array) -> Array:
    """A sine wave."""
    return _waves(phase, 1)


def detached(phase: Array) -> Array:
    """Two narrow eclipses, the second of 0.4 times the depth."""
    first = np.minimum(phase, 1 - phase)
    second = np.abs(phase - 0.5)
    depth: Array = np.exp(-((first / 0.03) ** 2)) + 0.4 * np.exp(
        -((second / 0.03) ** 2)
    )
    return depth


def contact(phase: Array) -> Array:
    """Two broad minima, the second somewhat shallower."""
    depth: Array = np.cos(2 * np.pi * phase) ** 2 * np.where(
        np.abs(phase - 0.5) < 0.25, 0.9, 1.0
    )
    return depth


def constant(phase: Array) -> Array:
    """No change."""
    return np.zeros_like(phase)


def _waves(phase: Array, count: int) -> Array:
    """A sawtooth of `count` waves: the magnitude falls fast and grows slowly."""
    half: float = _sawtooth(GRID, count).max()
    return np.asarray(0.5 - _sawtooth(phase, count) / (2 * half))


def _sawtooth(phase: Array, count: int) -> Array:
    waves: Array = np.zeros_like(phase)
    for k in range(1, count + 1):
        waves += np.sin(2 * np.pi * k * phase) / k
    return waves


GRID = np.linspace(0, 1, 1001)
SHAPES = {
    function.__name__: function
    for function in (steep, rounded, sine, detached, contact, constant)
}


class DemoInput:
    """The generated stars and points, as a load reads them."""

    def __init__(self, file: CollectionFile) -> None:
        self._file = file
        self._rng = np.random.default_rng(SEED)
        self._stars: dict[str, Array] = _make_stars(self._rng)

    def objects(self, advance: Advance) -> Iterator[pa.RecordBatch]:
        """The stars, in one batch."""
        stars = self._stars
        kinds = np.array([kind.name for kind in KINDS])[stars["kind"]]
        constants = stars["amplitude"] == 0
        columns = {
            "object_id": pa.array(stars["object_id"]),
            "ra": pa.array(stars["ra"]),
            "dec": pa.array(stars["dec"]),
            "class": pa.array(kinds, mask=stars["unclassified"]),
            "period": pa.array(stars["period"], mask=constants),
        }
        schema = arrow_schema(object_columns(self._file))
        advance(N_OBJECTS)
        yield pa.RecordBatch.from_pydict(columns).select(schema.names).cast(schema)

    def points(self, advance: Advance) -> Iterator[pa.RecordBatch]:
        """The points, a batch for each passband."""
        keys = [POINT_COLUMNS[name] for name in KEYS]
        schema = arrow_schema([*keys, *point_columns(self._file)])
        for band in self._file.passbands:
            points = _make_points(self._rng, self._stars, band)
            advance(points.num_rows)
            yield points.select(schema.names).cast(schema)


def ingest_demo(database: Database, progress: Progress | None = None) -> LoadReport:
    """Generate, load and publish the demo collection, unless it is there already."""
    progress = progress or Silent()
    demo = resources.files("vo_lcc.lightcurves") / "demo.toml"
    with resources.as_file(demo) as path:
        file, text = read_collection_file(path)
    digest = digest_of(GENERATOR + text, ())
    report = build_generated(database, file, text, digest, DemoInput(file), progress)
    if not report.published:
        publish(database, file.name, progress)
    return replace(report, published=True)


def _make_stars(rng: np.random.Generator) -> dict[str, Array]:
    """The stars: what is published of them, and what their light curves follow."""
    weights = np.array([kind.weight for kind in KINDS])
    kind = rng.choice(len(KINDS), N_OBJECTS, p=weights)
    ra = rng.uniform(0, 360, N_OBJECTS)
    dec = np.degrees(np.arcsin(rng.uniform(-1, 1, N_OBJECTS)))
    ra[: len(CORNERS)], dec[: len(CORNERS)] = np.transpose(CORNERS)
    low, high = np.transpose([kind.period for kind in KINDS])[:, kind]
    small, large = np.transpose([kind.amplitude for kind in KINDS])[:, kind]
    spread = rng.uniform(0, 1, N_OBJECTS)
    period = low * (high / low) ** spread
    return {
        "object_id": np.array([f"demo-{i:04d}" for i in range(1, N_OBJECTS + 1)]),
        "kind": kind,
        "ra": np.round(ra, 6) % 360,
        "dec": np.round(dec, 6),
        "period": np.round(period, 6),
        "amplitude": rng.uniform(small, large),
        "epoch": FIRST_NIGHT + rng.uniform(0, 1, N_OBJECTS) * period,
        "brightest": rng.uniform(13, 19.5, N_OBJECTS),
        "unclassified": rng.uniform(0, 1, N_OBJECTS) < UNCLASSIFIED,
    }


def _make_points(
    rng: np.random.Generator, stars: dict[str, Array], band: str
) -> pa.RecordBatch:
    """The light curves of all stars in one passband."""
    star = np.repeat(np.arange(N_OBJECTS), rng.integers(*N_POINTS, N_OBJECTS))
    obs_time = _nights(rng, stars["ra"][star])
    true = _true_magnitudes(stars, star, obs_time, band)
    limit = LIMIT[band] + rng.normal(0, 0.3, len(star))
    error = np.hypot(0.006, 0.1 * 10 ** (0.3 * (true - limit)))
    mag = true + rng.normal(0, 1, len(star)) * error
    flags = np.zeros(len(star), np.int16)
    chance = rng.uniform(0, 1, len(star))
    flags[chance < 0.01] = BAD
    mag[flags == BAD] += rng.normal(0, 1.5, np.count_nonzero(flags == BAD))
    flags[chance > 0.995] = NO_MAGNITUDE
    faint = (true > limit) & (flags != NO_MAGNITUDE)
    flags[faint] = UPPER_LIMIT
    mag[faint] = limit[faint]
    no_magnitude = flags == NO_MAGNITUDE
    return pa.RecordBatch.from_pydict(
        {
            "object_id": pa.array(stars["object_id"]).take(pa.array(star)),
            "passband": pa.repeat(band, len(star)),
            "obs_time": pa.array(obs_time),
            "mag": pa.array(np.round(mag, 3).astype(np.float32), mask=no_magnitude),
            "mag_err": pa.array(
                np.round(error, 4).astype(np.float32), mask=no_magnitude | faint
            ),
            "flags": pa.array(flags),
        }
    )


def _nights(rng: np.random.Generator, ra: Array) -> Array:
    """Times in the seasons when a star of this RA is up at night (days)."""
    count = len(ra)
    season = rng.integers(0, YEARS, count) * 365.25 + ra / 360 * 365.25
    night = np.floor(season + rng.uniform(-110, 110, count))
    return np.round(FIRST_NIGHT + night + rng.uniform(0.1, 0.45, count), 6)


def _true_magnitudes(
    stars: dict[str, Array], star: Array, obs_time: Array, band: str
) -> Array:
    """What a perfect instrument would have seen."""
    mag = stars["brightest"][star]
    phase = (obs_time - stars["epoch"][star]) / stars["period"][star] % 1
    for number, kind in enumerate(KINDS):
        mine = stars["kind"][star] == number
        amplitude = stars["amplitude"][star[mine]]
        if band == "r":
            mag[mine] -= kind.colour
            amplitude = amplitude * kind.ratio
        mag[mine] += amplitude * SHAPES[kind.shape](phase[mine])
    return mag
