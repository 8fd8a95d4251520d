"""Which object a point belongs to, where positions tell it.

Identifiers made of a position stand for it until all is loaded; `group_positions` then
says which of them are one object.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.spatial import cKDTree

Floats = npt.NDArray[np.float64]
RA, DEC = "#ra", "#dec"  # the columns of points that have their position
ARCSEC = np.pi / 180 / 3600


@dataclass(frozen=True, slots=True)
class Nearest:
    """Finds the nearest of some objects, within `radius` arcsec."""

    ids: pa.Array
    tree: Any
    radius: float

    @classmethod
    def among(cls, ids: pa.Array, ra: Floats, dec: Floats, radius: float) -> "Nearest":
        """The objects with these positions (deg)."""
        return cls(ids, cKDTree(unit_vectors(ra, dec)), radius)

    def find(self, ra: Floats, dec: Floats) -> pa.Array:
        """The identifier of the nearest object of each position, null without one."""
        _, places = self.tree.query(
            unit_vectors(ra, dec), distance_upper_bound=chord(self.radius)
        )
        found = pa.array(places, mask=places >= len(self.ids))
        return self.ids.take(found)


def unit_vectors(ra: Floats, dec: Floats) -> Floats:
    """Positions in degrees as points of the unit sphere, shape (n, 3)."""
    lon, lat = np.radians(ra), np.radians(dec)
    return np.stack(
        [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1
    )


def chord(radius: float) -> float:
    """An angle in arcsec as the straight line between two points of the sphere.

    A last bit more, as `cKDTree` wants distances below its bound.
    """
    return float(np.nextafter(2 * np.sin(radius * ARCSEC / 2), np.inf))


def names_of(ra: Floats, dec: Floats) -> pa.Array:
    """Identifiers like those of the IAU: J012345.678-012345.67, to 0.01 arcsec.

    >>> names_of(np.array([20.5]), np.array([-1.25])).to_pylist()
    ['J012200.000-011500.00']
    """
    return pa.array([_name(*place) for place in zip(ra, dec, strict=True)], pa.string())


def _name(ra: float, dec: float) -> str:
    milliseconds = int(ra % 360 / 15 * 3_600_000)  # cut, as the IAU has it
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    hundredths = int(abs(dec) * 360_000)
    degrees, left = divmod(hundredths, 360_000)
    arcmin, left = divmod(left, 6000)
    sign = "-" if dec < 0 else "+"
    return (
        f"J{hours:02}{minutes:02}{rest // 1000:02}.{rest % 1000:03}"
        f"{sign}{degrees:02}{arcmin:02}{left // 100:02}.{left % 100:02}"
    )


def group_positions(ra: Floats, dec: Floats, radius: float) -> npt.NDArray[np.int64]:
    """For each position the first one that is of the same object.

    In order, each position that belongs to no object yet is one, and those after it
    within `radius` arcsec are of it.

    >>> group_positions(np.array([0, 10, 1e-4]), np.zeros(3), 1.0).tolist()
    [0, 1, 0]
    """
    places = unit_vectors(ra, dec)
    tree = cKDTree(places)
    owner = np.full(len(places), -1, np.int64)
    for i in range(len(places)):
        if owner[i] < 0:
            near = np.array(tree.query_ball_point(places[i], chord(radius)))
            owner[near[owner[near] < 0]] = i
    return owner
