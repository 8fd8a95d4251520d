"""Colours that everyone can tell apart, each for one range of wavelengths.

A passband keeps its colour in all pictures of its collection, whichever others are
shown, and wherever its wavelength is known the same one in every collection: u is
purple, g blue, V green, r red, i amber, z dark. The colours are at least 25 units of
CIELAB from each other for every kind of colour vision, on light ground and on dark.
"""

from collections.abc import Mapping, Sequence

from vo_lcc.tables import PhotCal

# On a light ground, and on a dark one.
PALETTE: Sequence[tuple[str, str]] = (
    ("#c445ff", "#d456a8"),
    ("#22308c", "#4668e0"),
    ("#00ab78", "#33d080"),
    ("#b41f00", "#e24a22"),
    ("#e39400", "#ffb81a"),
    ("#4a1c2e", "#f7eeee"),
    ("#9690c6", "#a7b9ff"),
)
# The longest wavelength (m) of each colour; the last one has the rest.
LIMITS = (400e-9, 510e-9, 600e-9, 700e-9, 830e-9, 1000e-9)
# Those without a wavelength take the first of these that is free.
EASIEST = (1, 3, 4, 2, 0, 5, 6)


def colours(passbands: Sequence[PhotCal]) -> Mapping[str, int]:
    """The place in PALETTE of each passband of a collection.

    One that would share its colour with another takes the nearest free one; beyond
    seven passbands colours come again.

    >>> colours([PhotCal(b, effective_wavelength=w) for b, w in
    ...     (("g", 477e-9), ("r", 623e-9), ("B", 438e-9))])
    {'B': 1, 'g': 0, 'r': 3}
    >>> colours([PhotCal("V"), PhotCal("I")])
    {'V': 1, 'I': 3}
    """
    found: dict[str, int] = {}
    for band in by_wavelength(passbands):
        wanted = order_of(band.effective_wavelength)
        free = [index for index in wanted if index not in found.values()]
        found[band.passband] = (free or wanted)[0]
    return found


def order_of(wavelength: float | None) -> Sequence[int]:
    """The colours for a wavelength (m), the best first.

    >>> order_of(545e-9)
    [2, 1, 3, 0, 4, 5, 6]
    """
    if wavelength is None:
        return EASIEST
    own = sum(wavelength > limit for limit in LIMITS)
    return sorted(range(len(PALETTE)), key=lambda index: abs(index - own))


def by_wavelength(passbands: Sequence[PhotCal]) -> list[PhotCal]:
    """From blue to red, then those without a wavelength as they are given."""
    unknown = float("inf")
    return sorted(passbands, key=lambda band: band.effective_wavelength or unknown)
