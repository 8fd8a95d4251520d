"""The sky coverage of a collection as a picture.

A Mollweide map (equal areas) in ICRS, RA 0 in the middle and increasing to the
left, as one sees the sky from inside.
"""

from functools import cache

import cdshealpix.nested as healpix
import numpy as np
from astropy.coordinates import SkyCoord
from mocpy import MOC

from vo_lcc.drawing import svg as drawing
from vo_lcc.drawing.canvas import Floats

SIZE = (600, 318)
CENTRE = (308.0, 144.0)
HALF_WIDTH = 272.0
HALF_HEIGHT = HALF_WIDTH / 2
FINE_ORDER = 6  # cells of this order are smaller than 2 units: drawn as dots
CURVE_ORDER = 5  # edges of larger cells are broken at this order, to bend


def coverage_svg(coverage: str, name: str) -> str:
    """The map of one collection.

    `coverage` is an ASCII MOC, "" for nothing at all; `name` is the collection's
    title. Raises ValueError when `coverage` is no MOC.
    """
    moc = MOC.from_string(coverage) if coverage else MOC.new_empty(max_depth=6)
    share = moc.sky_fraction
    if moc.max_order > FINE_ORDER:
        moc = moc.degrade_to_order(FINE_ORDER)
    described = (
        "A Mollweide map in ICRS, right ascension increasing to the left. "
        f"Coloured cells, {percent(share)} of the sky, hold objects of this "
        f"collection. The dashed line is the galactic plane."
    )
    parts = [
        f'<ellipse class="ground" cx="{CENTRE[0]:g}" cy="{CENTRE[1]:g}" '
        f'rx="{HALF_WIDTH:g}" ry="{HALF_HEIGHT:g}"/>',
        graticule(),
        cells(moc),
        galactic_plane(),
        labels(),
    ]
    return drawing.document(SIZE, f"Sky coverage of {name}", described, parts)


def percent(share: float) -> str:
    """A fraction as text, never rounded to nothing.

    >>> percent(0.4261), percent(0.0007), percent(0.0), percent(1.0)
    ('43 %', '0.07 %', '0 %', '100 %')
    """
    value = 100 * share
    digits = 0 if value >= 10 or value == 0 else 1 - int(np.floor(np.log10(value)))
    return f"{value:.{max(0, digits - (value < 1))}f} %"


def project(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Mollweide: degrees (lon from -180 to 180) to picture coordinates.

    >>> x, y = project(np.array([0.0, 90.0, 0.0]), np.array([0.0, 0.0, 90.0]))
    >>> x.tolist(), y.round(6).tolist()
    ([308.0, 172.0, 308.0], [144.0, 144.0, 8.0])
    """
    theta = auxiliary_angle(np.radians(lat))
    x = CENTRE[0] - HALF_WIDTH * (lon / 180) * np.cos(theta)
    return np.round(x, 9), CENTRE[1] - HALF_HEIGHT * np.sin(theta)


def auxiliary_angle(phi: Floats) -> Floats:
    """The angle with 2 theta + sin(2 theta) = pi sin(phi), by bisection (radians)."""
    goal = np.pi * np.sin(phi)
    low, high = np.full_like(phi, -np.pi / 2), np.full_like(phi, np.pi / 2)
    for _ in range(40):  # to 2e-12 radian
        middle = (low + high) / 2
        above = 2 * middle + np.sin(2 * middle) > goal
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    angle: Floats = (low + high) / 2
    return angle


def cells(moc: MOC) -> str:
    """The cells of a MOC: small ones as dots, large ones as outlines."""
    by_order: dict[str, list[int]] = moc.serialize("json")
    fine, coarse = [""], [""]
    for key, numbers in by_order.items():
        order, index = int(key), np.array(numbers, dtype=np.uint64)
        if not len(index):
            continue
        if order >= FINE_ORDER:
            fine.append(dots(index, order))
        else:
            coarse.extend(outline(*corners) for corners in edges(index, order))
    return drawing.path("cells area", "".join(coarse)) + drawing.path(
        "cells fine", "".join(fine)
    )


def dots(index: np.ndarray, order: int) -> str:
    """Path data of the centres of cells."""
    lon, lat = healpix.healpix_to_lonlat(index, order)
    return drawing.dots(*project(centred(lon.deg), lat.deg))


def edges(index: np.ndarray, order: int) -> list[tuple[Floats, Floats]]:
    """The outline of each cell, as (lon, lat) in degrees; lon may pass 180."""
    step = 2 ** max(0, CURVE_ORDER - order)
    lon, lat = healpix.vertices(index, order, step=step)
    middle, _ = healpix.healpix_to_lonlat(index, order)
    start = centred(middle.deg)[:, None]
    return list(zip(start + centred(lon.deg - start), lat.deg, strict=True))


def outline(lon: Floats, lat: Floats) -> str:
    """Path data of one cell, cut in two where it crosses the rim of the map."""
    copies = [lon]
    if lon.max() > 180:
        copies.append(lon - 360)
    if lon.min() < -180:
        copies.append(lon + 360)
    return "".join(
        drawing.polyline(*project(np.clip(copy, -180, 180), lat)) + "z"
        for copy in copies
    )


def centred(lon: Floats) -> Floats:
    """Longitudes in degrees, moved to between -180 and 180.

    >>> centred(np.array([30.0, 359.0, 180.0])).tolist()
    [30.0, -1.0, 180.0]
    """
    moved: Floats = -((-np.asarray(lon) + 180) % 360 - 180)
    return moved


@cache
def graticule() -> str:
    """Meridians and parallels every 30 degrees; the equator stands out."""
    along = np.linspace(-180, 180, 73)
    across = np.linspace(-90, 90, 61)
    lines = [
        drawing.polyline(*project(np.full_like(across, lon), across))
        for lon in range(-150, 180, 30)
    ]
    lines += [
        drawing.polyline(*project(along[[0, -1]], np.array([lat, lat], dtype=float)))
        for lat in (-60, -30, 30, 60)
    ]
    equator = drawing.polyline(*project(along[[0, -1]], np.zeros(2)))
    return drawing.path("grid", "".join(lines)) + drawing.path("axis", equator)


@cache
def galactic_plane() -> str:
    """The galactic equator, and a ring around the galactic centre."""
    plane = SkyCoord(l=np.linspace(-180, 180, 181), b=0, unit="deg", frame="galactic")
    lon, lat = centred(plane.icrs.ra.deg), plane.icrs.dec.deg
    pieces = np.split(
        np.arange(len(lon)), np.nonzero(np.abs(np.diff(lon)) > 180)[0] + 1
    )
    line = "".join(drawing.polyline(*project(lon[p], lat[p])) for p in pieces)
    x, y = project(lon[90:91], lat[90:91])
    return (
        drawing.path("glow", line)
        + drawing.path("galaxy", line)
        + f'<circle class="ring" cx="{x[0]:.1f}" cy="{y[0]:.1f}" r="4"/>'
    )


@cache
def labels() -> str:
    """Right ascensions along the equator, declinations at the rim, the legend."""
    parts = []
    for lon in range(-120, 180, 60):
        x, y = project(np.array([float(lon)]), np.zeros(1))
        content = f"{lon % 360}°"
        parts.append(drawing.text(x[0], y[0] + 14, content, "small middle halo"))
    for lat in (-60, -30, 30, 60):
        x, y = project(np.array([180.0]), np.array([float(lat)]))
        parts.append(drawing.text(x[0] - 6, y[0] + 4, f"{lat:+d}°", "small end"))
    parts.append(
        drawing.text(4, SIZE[1] - 10, "ICRS, RA increases to the left", "small")
    )
    parts.append(
        drawing.text(
            SIZE[0] - 4, SIZE[1] - 10, "galactic plane and centre", "small end galactic"
        )
    )
    sample = drawing.path("galaxy", f"M{SIZE[0] - 196} {SIZE[1] - 14}h24")
    return "".join((*parts, sample))
