"""BAND: passbands by their names, or by wavelength (m)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vo_lcc.dali.params import Params, parse_number, shown
from vo_lcc.errors import ParameterError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import PhotCal

Interval = tuple[float, float]

MOST_TEXTS = 1000


@dataclass(frozen=True, slots=True)
class Band:
    """What BAND selects: texts that may be names, and wavelengths (m).

    A text may be one name that holds a comma, or several with commas between; one that
    reads as a wavelength may be the name of a passband too.
    """

    texts: tuple[str, ...] = ()
    wavelengths: tuple[Interval, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.texts or self.wavelengths)

    def passbands(self, collection: Collection) -> tuple[str, ...]:
        """The passbands of a collection that are meant, in its order."""
        known = [each.passband for each in collection.passbands]
        named = {name for text in self.texts for name in names_in(text, known)}
        return tuple(
            each.passband
            for each in collection.passbands
            if not self
            or each.passband in named
            or any(overlaps(each, interval) for interval in self.wavelengths)
        )

    def check(self, collections: Sequence[Collection]) -> None:
        """Raises ParameterError for a name that none of the collections has."""
        known = [c.passband for each in collections for c in each.passbands]
        for text in self.texts:
            for name in names_in(text, known):
                if name not in known and find_interval(text) is None:
                    choice = ", ".join(dict.fromkeys(known)) or "none"
                    where = (
                        f"collection {collections[0].name}"
                        if len(collections) == 1
                        else "these collections"
                    )
                    raise ParameterError(
                        "BAND", f"no passband {shown(name)} in {where}; it has {choice}"
                    )


def parse_band(params: Params) -> Band:
    """BAND, repeated: names, or intervals of wavelength in metres (SODA 1.0, 3.3.3).

    >>> parse_band(Params((("BAND", "g,r"), ("BAND", "4e-7 +Inf"))))
    Band(texts=('g,r', '4e-7 +Inf'), wavelengths=((4e-07, inf),))
    """
    texts = tuple(map(str.strip, params.many("BAND")))
    if len(texts) > MOST_TEXTS:
        raise ParameterError("BAND", f"more than {MOST_TEXTS}; name each once")
    found = (find_interval(text) for text in texts)
    return Band(texts, tuple(each for each in found if each is not None))


def find_interval(text: str) -> Interval | None:
    """An interval of wavelengths, None where the text is no number or two.

    Raises ParameterError for one that is negative or ends before it begins.
    """
    words = text.split()
    if len(words) not in (1, 2) or not all(map(_is_end, words)):
        return None
    low, high = (_end(words[0]), _end(words[-1]))
    if low > high:
        raise ParameterError("BAND", f"in {shown(text)} the lower end comes second")
    if high < 0 or -math.inf < low < 0:
        raise ParameterError("BAND", "a wavelength is negative; give metres")
    return low, high


def names_in(text: str, known: Sequence[str]) -> list[str]:
    """The names a text stands for: one that holds a comma, or several.

    >>> names_in("g,r", ["g", "r"]), names_in("g,r", ["g,r"])
    (['g', 'r'], ['g,r'])
    """
    if text in known:
        return [text]
    return [name for part in text.split(",") if (name := part.strip())]


def overlaps(calibration: PhotCal, interval: Interval) -> bool:
    """Whether a passband has a wavelength in common with the interval."""
    middle = calibration.effective_wavelength
    if middle is None:
        return False
    half = (calibration.bandwidth or 0.0) / 2
    return middle - half <= interval[1] and middle + half >= interval[0]


OPEN = {"-inf": -math.inf, "+inf": math.inf, "inf": math.inf}


def _is_end(word: str) -> bool:
    try:
        return word.lower() in OPEN or math.isfinite(float(word))
    except ValueError:
        return False


def _end(word: str) -> float:
    found = OPEN.get(word.lower())
    return parse_number("BAND", word) if found is None else found
