"""QUALITY: points left out by their flags."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.curves.curves import FLAGS, Array, Curves
from vo_lcc.curves.steps.brightness import find_brightness
from vo_lcc.errors import ParameterError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column

ALL_BITS = (1 << 63) - 1

LIMITS, NO_LIMITS, ONLY_LIMITS = "limits", "nolimits", "onlylimits"


@dataclass(frozen=True, slots=True)
class Quality:
    """Leaves out points that have any of the bits of `mask` in their flags.

    `limits` says what is done with upper limits, whatever the mask: "limits" keeps
    them, "nolimits" leaves them out, "onlylimits" keeps nothing else; None leaves it
    to the mask. With `measured`, points without a brightness (that of `quantity`, where
    a collection has two) go too. A point without flags has nothing against it.
    """

    mask: int = 0
    limits: str | None = None
    measured: bool = False
    quantity: str = ""

    def columns(
        self, columns: tuple[Column, ...], collection: Collection
    ) -> tuple[Column, ...]:
        """The same columns; raises ParameterError where there are no flags to ask."""
        has_flags = any(c.name == FLAGS for c in columns)
        if self.mask not in (0, ALL_BITS) and not has_flags:
            problem = f"the points of {collection.name} have no flags; ask for all"
            raise ParameterError("QUALITY", problem)
        if self.limits == ONLY_LIMITS and not (collection.upper_limits and has_flags):
            raise ParameterError(
                "QUALITY", f"{collection.name} does not tell which points are limits"
            )
        return columns

    def apply(self, curves: Curves) -> Curves:
        """Only the points that nothing is held against."""
        flags = flags_of(curves)
        limit = curves.collection.upper_limits
        mask = self.mask
        if self.limits in (LIMITS, ONLY_LIMITS):
            mask &= ~limit
        elif self.limits == NO_LIMITS:
            mask |= limit
        wanted = (flags & mask) == 0
        if self.limits == ONLY_LIMITS:
            wanted &= (flags & limit) != 0
        if self.measured:
            value = find_brightness(curves.columns, self.quantity).value.name
            wanted &= np.isfinite(curves.numbers(value))
        return curves.where(wanted)


def flags_of(curves: Curves) -> Array:
    """The flags of each point, 0 where there are none."""
    if curves.find_column(FLAGS) is None:
        return np.zeros(curves.points.num_rows, np.int64)
    flags = pc.fill_null(curves.points.column(FLAGS).cast(pa.int64()), 0)
    return np.asarray(flags.to_numpy())
