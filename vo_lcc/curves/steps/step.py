"""The seam between light curves and what is done to them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from typing import Protocol

from vo_lcc.curves.curves import Curves
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column


class Step(Protocol):
    """One thing that is done to light curves.

    Both see the same columns: `columns` is asked first, before any point is read, so
    that what is impossible is told in time.
    """

    def columns(
        self, columns: tuple[Column, ...], collection: Collection
    ) -> tuple[Column, ...]:
        """What the columns of the points become.

        Raises UsageError, which says what is missing, where it cannot be done to the
        light curves of this collection.
        """
        ...

    def apply(self, curves: Curves) -> Curves:
        """The light curves after it, with the columns that were told."""
        ...


def all_columns(
    steps: Sequence[Step],
    columns: tuple[Column, ...],
    collection: Collection,
    passbands: Sequence[str] = (),
) -> tuple[Column, ...]:
    """What the columns are after all steps; raises UsageError.

    `passbands` are those that are asked for, () all: what is not known of others
    does not matter.
    """
    if passbands:
        asked = tuple(c for c in collection.passbands if c.passband in passbands)
        collection = replace(collection, passbands=asked)
    return reduce(lambda now, step: step.columns(now, collection), steps, columns)


def apply_all(steps: Sequence[Step], curves: Curves) -> Curves:
    """The light curves after all steps."""
    return reduce(lambda now, step: step.apply(now), steps, curves)
