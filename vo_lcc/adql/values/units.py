"""Units of expressions: astropy's VOUnits, as text in and text out.

A unit is None where it is not known, and "" for what has no dimension.
"""

import math
import re
import warnings
from functools import lru_cache
from typing import Any

import astropy.units as u

MAX_LENGTH = 200  # of a unit
HUGE_EXPONENT = re.compile(r"[*^(+-]\s*[0-9]{4}")  # would be computed digit by digit


@lru_cache(maxsize=4096)
def parse_unit(text: str) -> u.UnitBase | None:
    """The unit of a VOUnits string, or one that astropy reads; None for any other.

    >>> parse_unit("km/s"), parse_unit("furlongs per fortnight")
    (Unit("km / s"), None)
    """
    return parse_as(text, "vounit") or parse_as(text, None)


def parse_as(text: str, form: str | None) -> u.UnitBase | None:
    """The unit of a string in one of astropy's formats, or None."""
    if len(text) > MAX_LENGTH or HUGE_EXPONENT.search(text):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", u.UnitsWarning)
        try:
            return u.Unit(text, format=form)
        except (ValueError, TypeError, ArithmeticError):
            return None


def parse_vounit(text: str) -> u.UnitBase:
    """The unit of a VOUnits string, which has no spaces.

    Raises ValueError, with a sentence, for any other string.

    >>> parse_vounit("degree")
    Traceback (most recent call last):
    ...
    ValueError: 'degree' is not a unit of VOUnits; write 'deg'
    """
    unit = None if " " in text else parse_as(text, "vounit")
    if unit is not None:
        return unit
    other = parse_unit(text)
    meant = None if other is None else written(other)
    hint = f"; write '{meant}'" if meant else ""
    raise ValueError(f"'{text[:60]}' is not a unit of VOUnits{hint}")


@lru_cache(maxsize=4096)
def factor(source: str, target: str) -> float:
    """What a value in `source` is multiplied by to be in `target`.

    Raises ValueError, with a sentence, where there is no such number, or where
    `target` is not written as VOUnits are (ADQL 2.1 section 4.9.1).

    >>> factor("deg", "arcsec")
    3600.0
    """
    here, there = parse_unit(source), parse_vounit(target)
    if here is None:
        raise ValueError(f"'{source[:60]}' is not a unit of VOUnits")
    try:
        value = float(here.to(there))
    except (u.UnitConversionError, TypeError, OverflowError):
        value = math.nan
    if not 0 < abs(value) < math.inf:
        raise ValueError(f"'{source[:60]}' cannot be converted to '{target[:60]}'")
    return round_trip(value)


def round_trip(value: float) -> float:
    """A factor without the last digit's noise: 3600.0000000000005 is 3600.

    >>> round_trip(3600.0000000000005), round_trip(1 / 3600)
    (3600.0, 0.0002777777777777778)
    """
    near = float(f"{value:.14g}")
    return near if abs(near - value) <= 4e-16 * abs(value) else value


@lru_cache(maxsize=4096)
def product(chain: tuple[tuple[str, str], ...]) -> str | None:
    """The unit of a chain of `*` and `/`; None where the parts do not tell.

    >>> product((("*", "mag"), ("/", "d"))), product((("*", "deg"), ("/", "deg")))
    ('mag.d**-1', '')
    """
    total: Any = u.dimensionless_unscaled
    for op, text in chain:
        unit = parse_unit(text)
        if not isinstance(unit, u.UnitBase):
            return None
        try:
            total = total * unit if op == "*" else total / unit
        except (ValueError, OverflowError):
            return None
    return written(total)


@lru_cache(maxsize=4096)
def power(text: str, exponent: float) -> str | None:
    """The unit of a power; None where VOUnits cannot write it.

    >>> power("deg**2", 0.5)
    'deg'
    """
    unit = parse_unit(text)
    if not isinstance(unit, u.UnitBase):
        return None
    try:
        return written(unit**exponent)
    except (ValueError, OverflowError):
        return None


def written(unit: Any) -> str | None:
    """A unit in VOUnits, or None: one with a scale, or one VOUnits has not."""
    if not isinstance(unit, u.UnitBase) or unit.scale != 1:
        return None
    try:
        return str(unit.to_string("vounit"))
    except (ValueError, TypeError, OverflowError):
        return None
