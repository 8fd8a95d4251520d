"""What is said of single columns: where they are, how they are written, what they mean.

These are checks like those of `checks`, each of which gives (key, what is wrong).
"""

from collections.abc import Iterator

from vo_lcc.lightcurves.columns import BRIGHTNESS, OBJECT_COLUMNS, POINT_COLUMNS
from vo_lcc.lightcurves.model import CollectionFile, ColumnSpec, Problem
from vo_lcc.lightcurves.readers.known import READERS

SIZES = {"short": 2**15, "int": 2**31, "long": 2**63}
FORMS = {
    "hours": ("double",),
    "sexagesimal": ("double",),
    "iso": ("double",),
    "hex": ("short", "int", "long"),
    "log10": ("float", "double"),
}
"""The datatypes that a column of this form may have."""

ANGLES = ("ra", "dec")
TIMES = ("obs_time", "epoch")
MEASURED = ("obs_time", "mag", "mag_err", "flux", "flux_err")
ERRORS = ("mag_err", "flux_err")
Key = tuple[str, ...]


def columns_of(file: CollectionFile) -> Iterator[tuple[Key, ColumnSpec, str | None]]:
    """Every declared column: its key, what is said of it, its datatype if known."""
    parts = (
        ("objects", file.objects.columns, OBJECT_COLUMNS),
        ("lightcurves", file.lightcurves.columns, POINT_COLUMNS),
    )
    for part, columns, known in parts:
        for name, spec in columns.items():
            well_known = known.get(name)
            usual = well_known.datatype if well_known else None
            yield (part, "columns", name), spec, spec.datatype or usual


def check_places(file: CollectionFile) -> Iterator[Problem]:
    """A column is in one place: a column of the file, a keyword, or one value."""
    for key, spec, datatype in columns_of(file):
        said = [
            place
            for place in ("source", "header", "value")
            if getattr(spec, place) is not None
        ]
        if len(said) > 1:
            yield key, f"{' and '.join(said)} exclude each other; say one of them"
        elif spec.value is not None:
            if key[0] == "lightcurves" and key[-1] in BRIGHTNESS:
                yield (*key, "value"), "is measured; it is not the same for all points"
            if datatype and (problem := _unfit(spec.value, datatype)):
                yield (*key, "value"), problem


def check_twice(file: CollectionFile) -> Iterator[Problem]:
    """No column of the file is two measurements."""
    seen: dict[object, str] = {}
    for name in MEASURED:
        spec = file.lightcurves.columns.get(name)
        if spec is None or spec.header or spec.value is not None:
            continue
        source = name if spec.source is None else spec.source
        for one in source if isinstance(source, tuple) else (source,):
            other = seen.setdefault(one, name)
            if other != name:
                key = ("lightcurves", "columns", name)
                yield key, f"the column {one!r} is {other} already"


def check_forms(file: CollectionFile) -> Iterator[Problem]:
    """How values are written goes with the datatype, and with what they are."""
    for key, spec, datatype in columns_of(file):
        form, name = spec.form, key[-1]
        if form is None:
            continue
        if spec.map is not None:
            yield (*key, "form"), "and map exclude each other"
        if datatype is not None and datatype not in FORMS[form]:
            allowed = " or ".join(FORMS[form])
            yield (*key, "form"), f"{form!r} gives {allowed}, not {datatype}"
        elif form == "iso" and name not in TIMES:
            yield (*key, "form"), "'iso' is for obs_time and epoch"
        elif name in TIMES and form in ("hours", "sexagesimal"):
            yield (*key, "form"), f"{form!r} is for angles"
        elif name == "dec" and form == "hours":
            yield (*key, "form"), "'hours' is for right ascensions"
        elif name in ANGLES and form in ("hex", "log10"):
            yield (*key, "form"), f"{form!r} is no way to write an angle"


def check_maps(file: CollectionFile) -> Iterator[Problem]:
    """The values for words fit the column; those of passbands are passbands."""
    for key, spec, datatype in columns_of(file):
        if spec.map is None:
            continue
        if not spec.map:
            yield (*key, "map"), "has no words"
        for word, value in spec.map.items():
            problem = _unfit(value, datatype) if datatype else None
            if problem:
                yield (*key, "map", word), problem
            elif key[-1] == "passband" and value not in file.passbands:
                known = ", ".join(file.passbands)
                yield (
                    (*key, "map", word),
                    f"{value!r} is no passband; there are {known}",
                )


def check_bits(file: CollectionFile) -> Iterator[Problem]:
    """Bits are single bits that the column has, each with words."""
    for key, spec, datatype in columns_of(file):
        if spec.bits is None:
            continue
        if datatype not in SIZES:
            yield (*key, "bits"), f"needs an integer column, not {datatype}"
            continue
        for bit, words in spec.bits.items():
            number = int(bit) if bit.isascii() and bit.isdigit() else 0
            if number < 1 or number & (number - 1):
                yield (*key, "bits", bit), "is not one bit: 1, 2, 4, 8, ..."
            elif number >= SIZES[datatype]:
                yield (*key, "bits", bit), f"is a bit that {datatype} has not"
            if not words:
                yield (*key, "bits", bit), "needs words that say what it means"


def check_limits(file: CollectionFile) -> Iterator[Problem]:
    """Upper limits are magnitudes, and are told by bits of the flags."""
    for key, spec, _ in columns_of(file):
        keys = [k for k in ("limit", "limit_source") if getattr(spec, k) is not None]
        for word in keys:
            if key[0] != "lightcurves" or key[-1] not in BRIGHTNESS:
                yield (*key, word), "is for mag (or flux) of light curves"
            elif file.lightcurves.upper_limits is None:
                yield (
                    (*key, word),
                    "needs upper_limits, the bit of the flags that says so",
                )


def check_readers(file: CollectionFile) -> Iterator[Problem]:
    """Readers are called as they are."""
    names = [reader.name for reader in READERS]
    for part, files in (("objects", file.objects), ("lightcurves", file.lightcurves)):
        if files.reader is not None and files.reader not in names:
            known = ", ".join(names)
            yield (
                (part, "reader"),
                f"no reader is called {files.reader!r}; known: {known}",
            )
        if isinstance(files.table, int) and files.table < 1:
            yield (part, "table"), "is a name, or a number from 1"


def check_object_source(file: CollectionFile) -> Iterator[Problem]:
    """What objects need that come from the light curves, or are met by position."""
    if file.objects.radius is not None:
        part = "objects" if file.objects.files is None else "lightcurves"
        columns = getattr(file, part).columns
        for name in ANGLES:
            if name not in columns or columns[name].header is not None:
                yield (
                    (part, "columns"),
                    f"a column {name} is needed, for objects.radius matches by it",
                )
    if file.objects.files is None and file.objects.table is not None:
        yield ("objects", "table"), "is of files; say it in [lightcurves]"


def check_duplicates(file: CollectionFile) -> Iterator[Problem]:
    """The best of several points is that of the least uncertainty."""
    if file.lightcurves.duplicates == "best" and not any(
        name in file.lightcurves.columns for name in ERRORS
    ):
        key = ("lightcurves", "duplicates")
        yield key, "'best' needs the uncertainties: a column mag_err or flux_err"


def _unfit(value: str | float, datatype: str) -> str | None:
    """Why a value is none of this datatype."""
    if datatype == "char":
        return None if isinstance(value, str) else "must be a text, in quotes"
    if isinstance(value, str):
        return f"must be a number, for the column is {datatype}"
    if datatype in SIZES:
        size = SIZES[datatype]
        if value != int(value) or not -size <= value < size:
            return f"does not fit {datatype}"
    return None


CHECKS = (
    check_places,
    check_twice,
    check_forms,
    check_maps,
    check_bits,
    check_limits,
    check_readers,
    check_object_source,
    check_duplicates,
)
