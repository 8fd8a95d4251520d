"""The passbands of the common surveys: a table, each row with its source.

In a collection file `g = "Palomar/ZTF.g"` stands for the values of that row. What no
source was found for is blank in the table, and left out of the collection.
"""

import csv
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

NUMBERS = ("zero_point", "effective_wavelength", "bandwidth", "softening")
TEXTS = ("filter_identifier", "magnitude_system", "ucd")


@dataclass(frozen=True, slots=True)
class KnownPassband:
    """A row of the table: `values` are those of a passband in a collection file.

    `name` is the identifier of the SVO Filter Profile Service or, where that has
    none that is sure, survey and band with a dot between (and no filter_identifier).
    """

    name: str
    survey: str
    band: str
    values: Mapping[str, str | float]
    source: str


def find_passband(name: str) -> KnownPassband | None:
    """The row of that name, in any case if there is one only."""
    folded = [row for row in KNOWN.values() if row.name.lower() == name.lower()]
    return KNOWN.get(name) or (folded[0] if len(folded) == 1 else None)


def passband_values(name: str) -> dict[str, str | float]:
    """The values of a row of the table; raises ValueError that names the nearest.

    >>> passband_values("OGLE.I")
    {'magnitude_system': 'Vega', 'ucd': 'em.opt.I'}
    """
    row = find_passband(name)
    if row is None:
        near = ", ".join(nearest_names(name))
        raise ValueError(
            f"{name!r} is not one of the known passbands; the nearest are {near}"
            " (or give its values: { zero_point = ..., magnitude_system = ... })"
        )
    return dict(row.values)


def nearest_names(name: str, count: int = 4) -> list[str]:
    """Names of rows that look like this one, or end in the same band.

    >>> nearest_names("ZTF.g", 1)
    ['Palomar/ZTF.g']
    """
    folded = name.lower()
    within = [known for known in KNOWN if folded in known.lower()]
    alike = difflib.get_close_matches(name, KNOWN, n=count, cutoff=0.0)
    return list(dict.fromkeys([*within, *alike]))[:count]


def bands_of(survey: str) -> Mapping[str, KnownPassband]:
    """The passbands of a survey by their names in it.

    >>> sorted(bands_of("ZTF"))
    ['g', 'i', 'r']
    """
    return {row.band: row for row in KNOWN.values() if row.survey == survey}


def _read_table() -> Mapping[str, KnownPassband]:
    text = files(__package__).joinpath("known_passbands.csv").read_text("utf-8")
    rows = (_row(cells) for cells in csv.DictReader(text.splitlines()))
    return MappingProxyType({row.name: row for row in rows})


def _row(cells: Mapping[str, str]) -> KnownPassband:
    texts = {key: cells[key] for key in TEXTS if cells[key]}
    numbers = {key: float(cells[key]) for key in NUMBERS if cells[key]}
    return KnownPassband(
        cells["name"],
        cells["survey"],
        cells["band"],
        MappingProxyType({**texts, **numbers}),
        cells["source"],
    )


KNOWN: Mapping[str, KnownPassband] = _read_table()
