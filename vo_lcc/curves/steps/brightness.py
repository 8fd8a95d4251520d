"""QUANTITY: magnitudes as flux densities, and back.

A magnitude m is the flux density F0 10^(-0.4 m), with the zero point F0 of its
passband (Pogson); an asinh magnitude of softening b is
F0 2 b sinh(-m ln 10 / 2.5 - ln b) (Lupton, Gunn & Szalay 1999).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from astropy import units

from vo_lcc.curves.curves import MAG, MAG_ERR, PASSBAND, Array, Curves
from vo_lcc.errors import ParameterError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column, PhotCal

QUANTITY, FLUX, FLUX_ERR, JANSKY = "QUANTITY", "flux", "flux_err", "Jy"

POGSON = 2.5 / math.log(10)

NAMES = {MAG: (MAG, MAG_ERR), FLUX: (FLUX, FLUX_ERR)}
UNITS = {MAG: "mag", FLUX: JANSKY}
UCDS = {MAG: "phot.mag", FLUX: "phot.flux.density"}
WORDS = {MAG: "Magnitude", FLUX: "Flux density"}
ERROR_WORDS = {
    MAG: "Uncertainty of the magnitude",
    FLUX: "Uncertainty of the flux density",
}


PHYSICAL = frozenset(
    (
        "energy flux",
        "irradiance",
        "spectral flux density",
        "spectral flux density wav",
        "photon flux",
        "photon flux density",
        "photon flux density wav",
    )
)
"""Types of units, as astropy calls them, that say how much light came in."""


@dataclass(frozen=True, slots=True)
class Brightness:
    """The columns that tell how bright an object was: "mag" or "flux"."""

    quantity: str
    value: Column
    error: Column | None


def find_brightness(columns: tuple[Column, ...], quantity: str = "") -> Brightness:
    """The columns of the brightness: of `quantity` where there is a choice."""
    known = {c.name: c for c in columns}
    found = [
        Brightness(kind(known[value]), known[value], known.get(error))
        for value, error in NAMES.values()
        if value in known
    ]
    return next((one for one in found if one.quantity == quantity), found[0])


def kind(column: Column) -> str:
    """Whether a column holds magnitudes or fluxes, by its UCD, unit and name."""
    if (column.ucd or "").startswith("phot.flux"):
        return FLUX
    if (column.ucd or "").startswith("phot.mag") and column.unit in (None, "mag"):
        return MAG
    return MAG if column.unit in (None, "mag") and column.name == MAG else FLUX


@dataclass(frozen=True, slots=True)
class InQuantity:
    """Gives the brightness as `quantity`: "mag" or "flux" (Jy).

    What there is already is left as it is. Of a collection with both the other goes.
    """

    quantity: str

    def columns(
        self, columns: tuple[Column, ...], collection: Collection
    ) -> tuple[Column, ...]:
        """The columns with the brightness in the other quantity.

        Raises ParameterError where a passband of the collection has no zero point, or
        its fluxes are not flux densities.
        """
        found = find_brightness(columns, self.quantity)
        if found.quantity == self.quantity:
            return without(columns, self._others(columns, found))
        flux_factor(found, collection)
        need_zero_points(collection, (c.passband for c in collection.passbands))
        value, error = self._columns(found)
        return tuple(
            value if c is found.value else error if c is found.error else c
            for c in columns
        )

    def apply(self, curves: Curves) -> Curves:
        """The light curves with the brightness in the other quantity."""
        found = find_brightness(curves.columns, self.quantity)
        if found.quantity == self.quantity:
            return dropped(curves, self._others(curves.columns, found))
        zero, softening = calibrations(curves)
        values = curves.numbers(found.value.name)
        errors = None if found.error is None else curves.numbers(found.error.name)
        factor = flux_factor(found, curves.collection)
        if self.quantity == FLUX:
            new, slope = fluxes(values, zero, softening)
        else:
            new, slope = magnitudes(values * factor, zero, softening)
            slope = slope * factor
        value, error = self._columns(found)
        result = renamed(curves, found.value, value, new)
        if found.error is not None and errors is not None:
            result = renamed(result, found.error, error, np.abs(slope) * errors)
        return result

    def _others(
        self, columns: tuple[Column, ...], found: Brightness
    ) -> tuple[str, ...]:
        """The columns of the other quantity, where a collection has both."""
        other = find_brightness(columns, MAG if self.quantity == FLUX else FLUX)
        if other.quantity == found.quantity:
            return ()
        return tuple(c.name for c in (other.value, other.error) if c is not None)

    def _columns(self, found: Brightness) -> tuple[Column, Column]:
        """What the columns of value and error become."""
        value, error = NAMES[self.quantity]
        word = ";".join((found.value.ucd or "").split(";")[1:])
        ucd = ";".join(filter(None, (UCDS[self.quantity], word)))
        new = replace(
            found.value,
            name=value,
            datatype="double",
            unit=UNITS[self.quantity],
            ucd=ucd,
            utype=None,
            description=f"{WORDS[self.quantity]}, by the zero point of the passband",
        )
        return new, replace(
            new,
            name=error,
            ucd=f"stat.error;{ucd}",
            annotation=None,
            description=ERROR_WORDS[self.quantity],
        )


def can_be(quantity: str, collection: Collection) -> bool:
    """Can the brightness of all passbands of a collection be given so?"""
    try:
        InQuantity(quantity).columns(collection.point_columns, collection)
    except ParameterError:
        return False
    return True


def fluxes(mag: Array, zero: Array, softening: Array) -> tuple[Array, Array]:
    """Flux densities of magnitudes, and how much they change with them.

    `softening` is NaN for magnitudes of Pogson.
    """
    with np.errstate(over="ignore"):
        plain = zero * 10 ** (-0.4 * mag)
        angle = -mag / POGSON - np.log(softening)
        soft = 2 * softening * zero
        asinh = np.isfinite(softening)
        flux = np.where(asinh, soft * np.sinh(angle), plain)
        slope = np.where(asinh, soft * np.cosh(angle), plain) / -POGSON
    return flux, slope


def magnitudes(flux: Array, zero: Array, softening: Array) -> tuple[Array, Array]:
    """Magnitudes of flux densities, and how much they change with them.

    NaN where the flux is not above zero, but for asinh magnitudes.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(flux > 0, flux, np.nan) / zero
        angle = flux / zero / (2 * softening)
        asinh = np.isfinite(softening)
        mag = np.where(
            asinh,
            -POGSON * (np.arcsinh(angle) + np.log(softening)),
            -POGSON * np.log(ratio),
        )
        soft = np.hypot(angle, 1) * 2 * softening
        slope = -POGSON / zero / np.where(asinh, soft, ratio)
    return mag, slope


def calibrations(curves: Curves) -> tuple[Array, Array]:
    """For each point the zero point (Jy) and the softening of its passband.

    Raises ParameterError where a passband with points has no zero point.
    """
    known = {c.passband: c for c in curves.collection.passbands}
    passbands = curves.keys.column(PASSBAND).to_pylist()
    own = [known.get(name, PhotCal("")) for name in passbands]
    used = [c.passband for c, n in zip(own, curves.counts, strict=True) if n]
    need_zero_points(curves.collection, used)
    zero = np.array([c.zero_point for c in own], np.float64)  # None becomes NaN
    softening = np.array([c.softening for c in own], np.float64)
    return curves.spread(zero), curves.spread(softening)


def need_zero_points(collection: Collection, passbands: Iterable[str]) -> None:
    """Raises ParameterError, which names the passbands that have no zero point."""
    wanted = set(passbands)
    missing = [
        c.passband
        for c in collection.passbands
        if c.passband in wanted and c.zero_point is None
    ]
    if missing:
        raise ParameterError(
            QUANTITY,
            f"no zero point is known of {', '.join(missing)} in {collection.name};"
            " ask for other passbands (BAND), or leave it out",
        )


def flux_factor(found: Brightness, collection: Collection) -> float:
    """Jansky in the unit of the fluxes, 1 for magnitudes; raises ParameterError."""
    if found.quantity == MAG:
        return 1.0
    unit = found.value.unit or ""
    try:
        return float(units.Unit(unit, format="vounit").to(units.Jy))
    except (ValueError, units.UnitConversionError):
        said = found.value.plain_unit or "no unit"
        problem = f"the fluxes of {collection.name} are in {said}, not Jy"
        raise ParameterError(QUANTITY, problem) from None


def is_flux(unit: str | None) -> bool:
    """Whether a unit is one of flux or flux density, and not of counts.

    >>> is_flux("mJy"), is_flux("W/m**2"), is_flux("electron/s"), is_flux(None)
    (True, True, False, False)
    """
    try:
        kind = units.Unit(unit or "", format="vounit").physical_type
    except ValueError:
        return False
    return not PHYSICAL.isdisjoint(kind)


def without(columns: tuple[Column, ...], names: tuple[str, ...]) -> tuple[Column, ...]:
    """The columns but those of these names."""
    return tuple(c for c in columns if c.name not in names)


def dropped(curves: Curves, names: tuple[str, ...]) -> Curves:
    """The light curves without the columns of these names."""
    if not names:
        return curves
    return replace(
        curves,
        points=curves.points.drop_columns(list(names)),
        columns=without(curves.columns, names),
    )


def renamed(curves: Curves, old: Column, new: Column, values: Array) -> Curves:
    """The light curves with `values` as column `new` in the place of `old`."""
    replaced = curves.with_column(replace(new, name=old.name), values)
    names = [new.name if c.name == old.name else c.name for c in replaced.columns]
    return replace(
        replaced,
        points=replaced.points.rename_columns(names),
        columns=tuple(new if c.name == old.name else c for c in replaced.columns),
    )
