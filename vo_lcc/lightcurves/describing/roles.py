"""Which column is what: by its name, its UCD, its unit, and by its values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pyarrow as pa

from vo_lcc.lightcurves.describing.tables import Group, Values
from vo_lcc.lightcurves.describing.times import is_iso, is_time
from vo_lcc.lightcurves.describing.words import HEADER, POINTS, Survey, folded
from vo_lcc.tables import Column

ERRORS = ("{}_err", "{}err", "{}_error", "e_{}", "d{}", "err_{}", "sigma_{}", "{}_unc")
FAINTEST, BRIGHTEST = 40.0, -30.0
MOST_BANDS = 20


@dataclass
class Roles:
    """The columns of a table of points by what they are.

    Where rows are wide each of `wide` is the columns of one passband, in the order of
    the passbands.
    """

    columns: dict[str, Values] = field(default_factory=dict)
    wide: dict[str, list[Values]] = field(default_factory=dict)
    bands: list[str] = field(default_factory=list)
    keywords: dict[str, Values] = field(default_factory=dict)
    """What the header says for all points of a file: the time of a frame."""

    @property
    def is_points(self) -> bool:
        """Whether there are times and how bright something was."""
        known = {*self.columns, *self.wide, *self.keywords}
        return "obs_time" in known and bool(known & {"mag", "flux"})


def find_roles(group: Group, survey: Survey | None) -> Roles:
    """The columns of points, as far as they are known."""
    if not group.has_names:
        return _by_values(group)
    roles = Roles()
    used: set[str] = set()
    for role, fits in FITS:
        found = next(
            (v for v in _candidates(group, role, survey, roles)
             if v.name not in used and fits(v)),
            None,
        )  # fmt: skip
        if found is not None:
            roles.columns[role] = found
            used.add(found.name)
    _find_wide(group, survey, roles)
    if "obs_time" not in roles.columns and len(roles.columns) > 2:
        _find_frame(group, roles)
    return roles


def _find_frame(group: Group, roles: Roles) -> None:
    """The time of a frame, whose rows are the objects in it."""
    for key in HEADER["obs_time"]:
        said = [head.get(key) for head in group.heads]
        if said and all(isinstance(value, float) for value in said):
            times = Values(Column(key, "double", unit="d"), 0, pa.array(said))
            if is_time(times) and {"ra", "dec"} <= set(roles.columns):
                roles.keywords["obs_time"] = times
                return


def _candidates(
    group: Group, role: str, survey: Survey | None, roles: Roles
) -> list[Values]:
    """Columns that may be it, the likelier first."""
    first = [survey.time] if role == "obs_time" and survey and survey.time else []
    bright = role.removesuffix("_err")
    if role.endswith("_err"):
        if bright not in roles.columns:
            return []
        name = folded(roles.columns[bright].name)
        first = [form.format(name) for form in ERRORS]
    named = group.by_name([*first, *POINTS[role]])
    by_ucd = group.by_ucd(UCDS[role]) if role in UCDS else []
    by_unit = (
        [v for v in group.values if (v.column.unit or "").strip() == UNITS[role]]
        if role in UNITS
        else []
    )
    return [*named, *by_ucd, *by_unit]


def _is_magnitude(values: Values) -> bool:
    signed = any(word.strip().startswith((">", "<")) for word in values.words)
    if not values.is_numeric and not signed:
        return False
    name = folded(values.name)
    if name in ERROR_NAMES or (values.column.ucd or "").startswith("stat.error"):
        return False
    return BRIGHTEST < float(np.median(values.numbers)) < 100


def _is_number(values: Values) -> bool:
    return values.is_numeric


def _is_time(values: Values) -> bool:
    return is_time(values)


def _is_flag(values: Values) -> bool:
    kind = values.array.type
    if values.is_list:
        return bool(pa.types.is_integer(kind.value_type))
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return True
    return values.is_text and len(values.distinct(6)) > 0


def _is_band(values: Values) -> bool:
    if values.is_list or pa.types.is_floating(values.array.type):
        return False
    return len(values.distinct(MOST_BANDS)) > 0


def _is_name(values: Values) -> bool:
    return not values.is_list and not pa.types.is_floating(values.array.type)


FITS: tuple[tuple[str, Callable[[Values], bool]], ...] = (
    ("obs_time", _is_time),
    ("passband", _is_band),
    ("mag", _is_magnitude),
    ("mag_err", _is_number),
    ("flux", _is_number),
    ("flux_err", _is_number),
    ("flags", _is_flag),
    ("object_id", _is_name),
    ("ra", lambda v: len(v.array) > 0 and not v.is_list),
    ("dec", lambda v: len(v.array) > 0 and not v.is_list),
)
"""What is looked for, in this order, and how its values must be."""

UCDS = {
    "obs_time": "time.epoch",
    "mag": "phot.mag",
    "mag_err": "stat.error;phot.mag",
    "flux": "phot.flux",
    "flux_err": "stat.error;phot.flux",
    "passband": "instr.bandpass",
    "object_id": "meta.id;meta.main",
    "ra": "pos.eq.ra",
    "dec": "pos.eq.dec",
    "flags": "meta.code.qual",
}
UNITS = {"mag": "mag"}
ERROR_NAMES = frozenset(POINTS["mag_err"])


def _find_wide(group: Group, survey: Survey | None, roles: Roles) -> None:
    """Columns of magnitudes per passband, where there is none for all."""
    if "mag" in roles.columns and roles.columns["mag"].name.lower() not in _per_band(
        group
    ):
        return
    found = _per_band(group)
    if survey and survey.bands:
        named = group.by_name(list(survey.bands))
        if named and not found:
            found = {v.name.lower(): (survey.bands[folded(v.name)], v) for v in named}
    if len(found) < 2:
        return
    roles.columns.pop("mag", None)
    roles.columns.pop("mag_err", None)
    roles.columns.pop("passband", None)
    roles.bands = [band for band, _ in found.values()]
    roles.wide["mag"] = [values for _, values in found.values()]
    errors = [_error_of(group, values.name) for values in roles.wide["mag"]]
    if all(error is not None for error in errors):
        roles.wide["mag_err"] = [error for error in errors if error is not None]


def _per_band(group: Group) -> dict[str, tuple[str, Values]]:
    """`g_mag`, `mag_g`, `gmag`: the passband and the column, for numbers in mag."""
    found: dict[str, tuple[str, Values]] = {}
    for values in group.values:
        for band in BAND_WORDS:
            forms = (f"{band}_mag", f"mag_{band}", f"{band}mag", f"{band}_m")
            if values.name in forms and _is_magnitude(values):
                found[values.name.lower()] = (band, values)
    return found if len(found) > 1 else {}


BAND_WORDS = "u g r i z y U B V R I J H K Ks G BP RP bp rp W1 W2 w1 w2".split()  # noqa: SIM905


def _error_of(group: Group, name: str) -> Values | None:
    """The column of the uncertainty of a magnitude: w1sigmpro of w1mpro."""
    lower = folded(name)
    forms = [form.format(lower) for form in ERRORS]
    forms += [lower.replace("mpro", "sigmpro"), lower.replace("mag", "mag_err"),
              lower.replace("mag", "magerr"), lower.replace("mag", "err")]  # fmt: skip
    found = [v for v in group.by_name(forms) if v.name != name]
    return found[0] if found else None


def _by_values(group: Group) -> Roles:
    """Columns without names: times, after each of them a magnitude and its error."""
    roles = Roles()
    times = [i for i, v in enumerate(group.values) if _looks_like_time(v)]
    if not times:
        return roles
    steps = {b - a for a, b in pairwise(times)}
    if len(times) > 1 and len(steps) == 1 and (step := steps.pop()) > 1:
        roles.bands = [str(i + 1) for i in range(len(times))]
        for offset, role in enumerate(("obs_time", "mag", "mag_err")[:step]):
            columns = [
                group.values[i + offset]
                for i in times
                if i + offset < len(group.values)
            ]
            if len(columns) == len(times):
                roles.wide[role] = columns
    else:
        _after_time(group, times[0], roles)
    before = group.values[: times[0]]
    if len(before) == 2 and all(_is_constant(group, v) for v in before):
        roles.columns["ra"], roles.columns["dec"] = before
    elif len(before) == 1 and pa.types.is_integer(before[0].array.type):
        roles.columns["flags"] = before[0]
    return roles


def _after_time(group: Group, place: int, roles: Roles) -> None:
    roles.columns["obs_time"] = group.values[place]
    rest = [v for v in group.values[place + 1 :] if v.is_numeric]
    if rest and _is_magnitude(rest[0]):
        roles.columns["mag"] = rest[0]
        if len(rest) > 1 and _looks_like_error(rest[1]):
            roles.columns["mag_err"] = rest[1]


def _looks_like_time(values: Values) -> bool:
    numbers = values.numbers
    if is_iso(values):
        return True
    if not is_time(values) or pa.types.is_integer(values.array.type):
        return False
    return (
        len(np.unique(numbers)) * 2 > len(numbers) and float(np.median(numbers)) > 500
    )


def _looks_like_error(values: Values) -> bool:
    numbers = values.numbers
    return bool(len(numbers)) and 0 <= float(np.median(numbers)) < 2


def _is_constant(group: Group, values: Values) -> bool:
    """One position in each file, but for its last digits."""
    at = values.number - 1
    columns: Sequence[pa.ChunkedArray] = [t.column(at) for t in group.firsts]
    spans = [np.ptp(c.to_numpy()) for c in columns if len(c) and c.null_count == 0]
    return bool(spans) and max(spans) < 0.01
