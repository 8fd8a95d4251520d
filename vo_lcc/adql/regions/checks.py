"""Constants in geometries that are no position, no radius, no region."""

from collections.abc import Callable

from vo_lcc.adql import nodes as n
from vo_lcc.adql.functions.geometry import ICRS_LIKE
from vo_lcc.adql.regions.constants import (
    constant,
    constant_corners,
    text_of,
)
from vo_lcc.adql.regions.stcs import parse_region
from vo_lcc.moc import parse_moc
from vo_lcc.sky import ORDER, Polygon


def check_text(note: Callable[[str, int], None], call: n.Call) -> None:
    """Note text that describes no region or no MOC, and an order there is not."""
    text = text_of(call.args[0])
    try:
        if call.name == "REGION" and text is not None:
            check_constants(note, parse_region(text, call.at))
        elif call.name == "MOC" and text is not None:
            parse_moc(text)
    except ValueError as error:
        note(str(error), call.args[0].at)
    order = constant(call.args[0]) if call.name == "MOC" else None
    if order is not None and not 0 <= order <= ORDER:
        note(f"a MOC has orders from 0 to {ORDER}", call.args[0].at)


def check_constants(note: Callable[[str, int], None], call: n.Call) -> None:
    """Note constants that are no position, no radius or no coordinate system."""
    system = (call.system or "").split()
    if system and system[0].upper() not in ICRS_LIKE:
        note(
            f"positions here are ICRS; '{call.system}' is not converted: write"
            f" ivo_geom_transform('{system[0].upper()}', 'ICRS', ...)",
            call.at,
        )
    for latitude in LATITUDES.get((call.name, len(call.args)), ()):
        value = constant(call.args[latitude])
        if value is not None and not -90 <= value <= 90:
            note(
                f"the declination {value:.15g} is not between -90 and 90",
                call.args[latitude].at,
            )
    if call.name == "CIRCLE":
        radius = constant(call.args[-1])
        if radius is not None and not 0 <= radius <= 180:
            note(f"the radius {radius:.15g} is not between 0 and 180", call.args[-1].at)
    if call.name in ("POLYGON", "BOX"):
        check_polygon(note, call)
    if call.name in ("REGION", "MOC"):
        check_text(note, call)


def check_polygon(note: Callable[[str, int], None], call: n.Call) -> None:
    """Note what is wrong with constant corners."""
    corners = constant_corners(call)
    if corners is None:
        return
    if call.name == "BOX":
        width = (constant(call.args[-2]) or 0, constant(call.args[-1]) or 0)
        if not (0 < width[0] < 180 and 0 < width[1] <= 180):
            note(
                "the sides of a BOX are more than 0 and less than 180 degrees", call.at
            )
            return
    bad = [lat for _, lat in corners if not -90 <= lat <= 90]
    if bad:
        note(f"the declination {bad[0]:.15g} is not between -90 and 90", call.at)
        return
    try:
        Polygon.of(corners)
    except ValueError as error:
        note(str(error), call.at)


# Which arguments are latitudes, by function and number of arguments.
LATITUDES = {
    ("POINT", 2): (1,),
    ("CIRCLE", 3): (1,),
    ("DISTANCE", 4): (1, 3),
}
