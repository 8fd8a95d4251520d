"""What the words of a collection file mean: units, UCDs, vocabularies, names.

Each check gives the problems it finds as (key, what is wrong); see CHECKS.
"""

import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from astropy import units
from astropy.io.votable.ucd import parse_ucd
from pydantic import ValidationError

from vo_lcc.lightcurves import checks_about, checks_columns
from vo_lcc.lightcurves.columns import (
    BRIGHTNESS,
    COMPUTED,
    OBJECT_COLUMNS,
    POINT_COLUMNS,
    SEGMENT,
)
from vo_lcc.lightcurves.derived import STATISTICS
from vo_lcc.lightcurves.derived.checks import check_derived
from vo_lcc.lightcurves.derived.statistics import PERIOD_NAMES
from vo_lcc.lightcurves.known_passbands import find_passband, nearest_names
from vo_lcc.lightcurves.model import (
    CollectionFile,
    ColumnSpec,
    Files,
    Problem,
    config_error,
    read_shape,
    shape_problems,
)
from vo_lcc.tables import REGULAR_IDENTIFIER, RESERVED_WORDS, Column
from vo_lcc.times import REFPOSITIONS, TIMESCALES

MAX_NAME = 45  # PostgreSQL keeps 63 bytes, and _weighted_mean_err may follow
SERVER_SCHEMAS = frozenset(
    "information_schema ivoa public rr tap_schema tap_upload uws vo_lcc".split()  # noqa: SIM905
)
# What stands beside /ssa/{collection}.
ENDPOINTS = frozenset({"availability", "capabilities", "tables"})

DATATYPES = {
    **dict.fromkeys(("object_id", "passband", "class"), ("char",)),
    # float would lose the last digits
    **dict.fromkeys(("ra", "dec", "obs_time", "period", "epoch"), ("double",)),
    "mag": ("float", "double"),
    "flags": ("short", "int", "long"),
}
WELL_KNOWN = {"objects": OBJECT_COLUMNS, "lightcurves": POINT_COLUMNS}
LARGEST_FLAGS = {"short": 2**15, "int": 2**31, "long": 2**63}
RELEASE = re.compile(r"_d?r\d+(_\d+)*\Z")
RELEASED = ("added", "removed", "release")  # of which release a row is
BYTES = re.compile(r"\d[\d, -]*\Z")  # of fixed-width text, such as "1-12"
PLACEHOLDERS = re.compile(r"\{[^{}]*\}|[{}]")
UNITS = {"ra": "deg", "dec": "deg", "obs_time": "d", "period": "d", "epoch": "d"}


def read_collection_file(path: Path) -> tuple[CollectionFile, str]:
    """The collection file at `path`, checked, and its text.

    Raises ConfigError, which tells every problem found: file, line and key.
    """
    file, text = read_shape(path)
    if problems := _problems(file):
        raise config_error(path, text, problems)
    return file, text


def problems_of(text: str) -> list[Problem]:
    """What is wrong with the text of a collection file, which is TOML."""
    try:
        file = CollectionFile.model_validate(tomllib.loads(text))
    except ValidationError as error:
        return shape_problems(error)
    return _problems(file)


def _problems(file: CollectionFile) -> list[Problem]:
    """What CHECKS find; queries are tried once there is nothing else."""
    problems = [problem for check in CHECKS for problem in check(file)]
    return problems or list(checks_about.check_queries(file))


def parse_collection(path: Path) -> CollectionFile:
    """The collection file at `path`, checked; raises ConfigError."""
    return read_collection_file(path)[0]


def check_name(file: CollectionFile) -> Iterator[Problem]:
    """The collection's name becomes a schema and part of URLs."""
    name = file.name
    if name != name.lower():
        yield ("name",), f"{name!r} must be in lower case"
    elif problem := _name_problem(name):
        yield ("name",), problem
    elif name in SERVER_SCHEMAS or name.startswith("pg_"):
        yield ("name",), f"{name!r} is a schema of the server; choose another name"
    elif name in ENDPOINTS:
        yield ("name",), f"{name!r} is an address of the server; choose another name"
    elif found := RELEASE.search(name):
        yield (
            ("name",),
            f"{name!r} looks like a release ({found[0]}); choose another name",
        )


def check_column_names(file: CollectionFile) -> Iterator[Problem]:
    """Columns and passbands are ADQL identifiers, each once in any case."""
    summaries = [
        f"{band}_{suffix}"
        for band in file.passbands
        for suffix in ("n_points", *PERIOD_NAMES, *(s.name for s in STATISTICS))
    ]
    computed = {*RELEASED, *(c.name for c in COMPUTED)}
    groups: list[tuple[tuple[str, ...], Iterable[str], set[str]]] = [
        (("passbands",), file.passbands, set()),
        (("objects", "columns"), file.objects.columns, computed | set(summaries)),
        (
            ("lightcurves", "columns"),
            file.lightcurves.columns,
            computed | {SEGMENT.name},
        ),
    ]
    for key, names, taken in groups:
        yield from _check_names(key, list(names), {name.lower() for name in taken})


def check_needed(file: CollectionFile) -> Iterator[Problem]:
    """Positions and points need their columns."""
    for name in ("object_id", "ra", "dec"):
        if name not in file.objects.columns:
            yield ("objects", "columns"), f"a column {name} is needed"
    given = set(file.lightcurves.columns)
    pattern = "".join((*file.lightcurves.files, *file.lightcurves.members))
    if "obs_time" not in given:
        yield ("lightcurves", "columns"), "a column obs_time is needed"
    if not given.intersection(BRIGHTNESS):
        yield ("lightcurves", "columns"), "a column mag or flux is needed"
    by_other_means = file.objects.files is None or file.objects.radius is not None
    told = "object_id" in given or "{object_id}" in pattern
    if not (told or by_other_means):
        yield (
            ("lightcurves", "columns"),
            "a column object_id is needed, or {object_id} in the pattern of the files",
        )
    if file.lightcurves.layout == "wide":
        if "passband" in given:
            key = ("lightcurves", "columns", "passband")
            yield key, 'the columns tell the passband when layout = "wide"'
    elif (
        "passband" not in given
        and "{passband}" not in pattern
        and len(file.passbands) > 1
    ):
        yield (
            ("lightcurves", "columns"),
            "a column passband is needed, or {passband} in the pattern of the files",
        )


def check_sources(file: CollectionFile) -> Iterator[Problem]:
    """Where the columns are: numbers without a header, lists only when wide."""
    parts: list[tuple[str, Files]] = [
        ("objects", file.objects),
        ("lightcurves", file.lightcurves),
    ]
    bands = len(file.passbands)
    for part, files in parts:
        wide = part == "lightcurves" and file.lightcurves.layout == "wide"
        for name, spec in files.columns.items():
            key = (part, "columns", name)
            source = name if spec.source is None else spec.source
            sources = source if isinstance(source, tuple) else (source,)
            if isinstance(source, tuple) and not wide:
                yield key, 'a list of columns needs layout = "wide"'
            elif isinstance(source, tuple) and len(source) != bands:
                yield key, f"{len(source)} columns for {bands} passbands"
            is_read = spec.header is None and spec.value is None
            named = [s for s in sources if isinstance(s, str) and not BYTES.match(s)]
            if is_read and named and not files.header:
                yield key, "a file without header has numbered columns (from 1)"


def check_datatypes(file: CollectionFile) -> Iterator[Problem]:
    """Every column has a type and a unit that its use allows."""
    for key, spec, known in _columns(file):
        name = key[-1]
        datatype = spec.datatype or (known and known.datatype)
        allowed = DATATYPES.get(name, (datatype,))
        if datatype is None:
            close = difflib.get_close_matches(name, WELL_KNOWN[key[0]], n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            yield key, f"datatype is needed, for this is no well-known column{hint}"
        elif datatype not in allowed:
            yield (*key, "datatype"), f"must be {' or '.join(map(str, allowed))}"
        unit = UNITS.get(name)
        if unit is not None and spec.unit not in (None, unit):
            yield (*key, "unit"), f"is read in {unit}"


def check_values(file: CollectionFile) -> Iterator[Problem]:
    """What is said of values fits the column."""
    for key, spec, known in _columns(file):
        datatype = spec.datatype or (known and known.datatype)
        if spec.wrap and key != ("objects", "columns", "ra"):
            yield (*key, "wrap"), "is for the ra of objects only"
        if spec.valid and datatype == "char":
            yield (*key, "valid"), "a text has no range"
        if spec.valid and not spec.valid[0] <= spec.valid[1]:
            yield (*key, "valid"), "must be [lowest, highest]"
        if datatype == "char" and any(not isinstance(m, str) for m in spec.missing):
            yield (*key, "missing"), "must be text in quotes, for the column holds text"


def check_units(file: CollectionFile) -> Iterator[Problem]:
    """Units are those of VOUnits 1.1."""
    for key, spec, _ in _columns(file):
        if spec.unit is None:
            continue
        try:
            units.Unit(spec.unit, format="vounit", parse_strict="raise")
        except ValueError as error:
            said = " ".join(str(error).split())
            yield (*key, "unit"), f"{spec.unit!r} is not a unit of VOUnits: {said}"


def check_ucds(file: CollectionFile) -> Iterator[Problem]:
    """UCDs are those of the IVOA's list."""
    said = [((*key, "ucd"), spec.ucd, spec.ucd) for key, spec, _ in _columns(file)]
    for name, band in file.passbands.items():
        ucd = band.ucd and f"phot.mag;{band.ucd}"
        said.append((("passbands", name, "ucd"), band.ucd, ucd))
    for key, written, ucd in said:
        if ucd is None:
            continue
        try:
            parse_ucd(ucd, check_controlled_vocabulary=True)
        except ValueError as error:
            yield key, f"{written!r} is not a UCD: {error}"


def check_time(file: CollectionFile) -> Iterator[Problem]:
    """Time scale and reference position are terms of the IVOA's vocabularies."""
    said = (
        ("timescale", file.time.timescale, TIMESCALES),
        ("refposition", file.time.refposition, REFPOSITIONS),
    )
    for key, term, vocabulary in said:
        if term not in vocabulary:
            close = difflib.get_close_matches(term.upper(), vocabulary, n=1)
            hint = f"did you mean {close[0]}?" if close else ""
            known = ", ".join(vocabulary)
            yield (
                ("time", key),
                f"unknown term {term!r}; {hint or 'known are ' + known}",
            )


def check_passbands(file: CollectionFile) -> Iterator[Problem]:
    """Wavelengths, zero points and identifiers of a passband go together."""
    for name, band in file.passbands.items():
        key = ("passbands", name)
        wavelength, width = band.effective_wavelength, band.bandwidth
        if wavelength and width and width >= 2 * wavelength:
            yield (
                (*key, "bandwidth"),
                "must be less than twice the effective wavelength",
            )
        if band.zero_point is not None and band.magnitude_system is None:
            yield (
                (*key, "zero_point"),
                'needs magnitude_system: of which magnitudes? ("AB", "Vega", ...)',
            )
        if band.filter_identifier:
            yield from _check_filter(key, band.filter_identifier, wavelength)


def _check_filter(
    key: tuple[str, ...], name: str, wavelength: float | None
) -> Iterator[Problem]:
    """An identifier of the SVO's service, spelled as there, and its wavelength."""
    row = find_passband(name)
    if row is None and "/" not in name:
        near = ", ".join(nearest_names(name, 3))
        yield (
            (*key, "filter_identifier"),
            f"{name!r} is not an identifier of the SVO Filter Profile Service"
            f" (facility/instrument.filter); the nearest known are {near}",
        )
    elif row is not None and row.name != name:
        yield (*key, "filter_identifier"), f"is spelled {row.name!r}"
    known = float(row.values.get("effective_wavelength", 0)) if row else 0.0
    if known and wavelength and not 0.8 < wavelength / known < 1.25:
        yield (
            (*key, "effective_wavelength"),
            f"{wavelength:g} m is far from the {known:g} m of {name}; is it in metres?",
        )


def check_upper_limits(file: CollectionFile) -> Iterator[Problem]:
    """The bits that mark upper limits are bits of the flags."""
    mask, key = file.lightcurves.upper_limits, ("lightcurves", "upper_limits")
    if mask is None:
        return
    flags = file.lightcurves.columns.get("flags")
    if flags is None:
        yield key, "says which bits of the flags; a column flags is needed"
        return
    datatype = flags.datatype or POINT_COLUMNS["flags"].datatype
    if mask >= LARGEST_FLAGS.get(datatype, mask):
        yield key, f"has bits that a column of datatype {datatype} has not"


def check_aliases(file: CollectionFile) -> Iterator[Problem]:
    """Other names stand in columns of text."""
    key = ("objects", "aliases")
    for name in file.objects.aliases:
        spec = file.objects.columns.get(name)
        known = OBJECT_COLUMNS.get(name)
        if spec is None:
            yield key, f"{name!r} is not one of the columns"
        elif name == "object_id":
            yield key, "object_id is the name itself"
        elif (spec.datatype or (known and known.datatype)) != "char":
            yield key, f'{name} holds no text; names need datatype = "char"'


def check_image_url(file: CollectionFile) -> Iterator[Problem]:
    """The address of an image is one of the web, with the object in it."""
    url, key = file.image_url, ("image_url",)
    if url is None:
        return
    if not url.startswith(("http://", "https://")) or " " in url:
        yield key, "must be an address that begins with http:// or https://"
    if PLACEHOLDERS.findall(url) != ["{object_id}"]:
        yield key, "must have {object_id} in it, once, and no other braces"


CHECKS: tuple[Callable[[CollectionFile], Iterator[Problem]], ...] = (
    check_name,
    check_column_names,
    check_needed,
    check_sources,
    check_datatypes,
    check_values,
    check_units,
    check_ucds,
    check_time,
    check_passbands,
    check_upper_limits,
    check_aliases,
    check_image_url,
    check_derived,
    *checks_columns.CHECKS,
    *checks_about.CHECKS,
)


def _columns(
    file: CollectionFile,
) -> Iterator[tuple[tuple[str, ...], ColumnSpec, Column | None]]:
    """Every declared column: its key, what is said, the well-known one if any."""
    parts: list[tuple[str, Files, Mapping[str, Column]]] = [
        ("objects", file.objects, OBJECT_COLUMNS),
        ("lightcurves", file.lightcurves, POINT_COLUMNS),
    ]
    for part, files, known in parts:
        for name, spec in files.columns.items():
            yield (part, "columns", name), spec, known.get(name)


def _check_names(
    key: tuple[str, ...], names: list[str], taken: set[str]
) -> Iterator[Problem]:
    folded = Counter(name.lower() for name in names)
    for name in names:
        if problem := _name_problem(name):
            yield (*key, name), problem
        elif name.lower() in taken:
            yield (*key, name), "this name is taken by a computed column"
        elif folded[name.lower()] > 1:
            yield (*key, name), "twice, for ADQL does not tell upper from lower case"


def _name_problem(name: str) -> str | None:
    if not REGULAR_IDENTIFIER.match(name):
        return f"{name!r} must be letters, digits and _, a letter first"
    if name.upper() in RESERVED_WORDS:
        return f"{name!r} is a reserved word of ADQL; choose another name"
    if len(name) > MAX_NAME:
        return f"{name!r} is longer than {MAX_NAME} letters"
    return None
