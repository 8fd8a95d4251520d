"""The TOML file that describes a collection, as pydantic models.

A file is read in two steps: its shape (here), then what its words mean
(`checks`). Every problem found is told at once, each with file, line and key.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    field_validator,
)
from pydantic_core import ErrorDetails

from vo_lcc.errors import ConfigError
from vo_lcc.lightcurves.known_passbands import passband_values
from vo_lcc.lightcurves.toml_lines import Path as KeyPath
from vo_lcc.lightcurves.toml_lines import find_line, key_lines
from vo_lcc.times import MJD_ORIGIN

Datatype = Literal["short", "int", "long", "float", "double", "char"]
Form = Literal["hours", "sexagesimal", "iso", "hex", "log10"]
Duplicates = Literal["keep", "exact", "first", "last", "best"]
SourceName = str | int
Problem = tuple[KeyPath, str]
CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Strict(BaseModel):
    """A table of the file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, str_strip_whitespace=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _printable(cls, value: Any) -> Any:
        """Neither XML nor PostgreSQL can hold control characters."""
        found = CONTROL.search(value) if isinstance(value, str) else None
        if found is not None:
            raise ValueError(f"the control character {found[0]!r} cannot be published")
        return value


def _source(value: Any) -> SourceName | tuple[SourceName, ...]:
    """A column of the input: its name, its number from 1, or one of these per band."""
    if isinstance(value, list) and value:
        return tuple(_one_source(item) for item in value)
    return _one_source(value)


def _one_source(value: Any) -> SourceName:
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise ValueError(
        "a column is given by its name, its number (from 1),"
        " or a list of these with one entry per passband"
    )


def _missing(value: Any) -> tuple[str | float, ...]:
    values = value if isinstance(value, list) else [value]
    if all(type(item) in (str, int, float) for item in values):
        return tuple(values)
    raise ValueError("must be a number, a text, or a list of these")


def _column(value: Any) -> Any:
    """`mag = "MAG"` and `mag = 3` are short for `mag = {source = ...}`."""
    return {"source": value} if isinstance(value, str | int | list) else value


class ColumnSpec(Strict):
    """One column: where it is in the input and what it means.

    Its values come from a column (`source`), from a keyword in the head of the file
    (`header`) or are all the same (`value`). What is not said is taken from the
    well-known column of that name. `missing` lists the values that stand for "no
    value"; a value outside `valid` (lowest, highest) is set to NULL and told in the
    report. `wrap` is for a right ascension written from -180 to 180: 360 is added to
    the negative ones.

    `form` is how the value is written: right ascension in "hours", "sexagesimal"
    angles (of ra: hours), "iso" times, "hex" integers, decimal logarithms ("log10").
    `map` gives values for the words of the source; `bits` says what each bit of the
    flags means. A magnitude behind the sign `limit` (">", "<"; "negative": below zero)
    is an upper limit: its flags get the bits of `upper_limits`. Where the magnitude is
    missing the column `limit_source` has the limit.
    """

    source: (
        Annotated[SourceName | tuple[SourceName, ...], PlainValidator(_source)] | None
    ) = None
    header: Annotated[str, Field(min_length=1)] | None = None
    value: str | int | float | None = None
    form: Form | None = None
    map: dict[str, str | int | float] | None = None
    bits: dict[str, str] | None = None
    limit: Literal["<", ">", "negative"] | None = None
    limit_source: Annotated[SourceName, PlainValidator(_one_source)] | None = None
    datatype: Datatype | None = None
    unit: str | None = None
    ucd: str | None = None
    utype: str | None = None
    description: str | None = None
    missing: Annotated[tuple[str | float, ...], PlainValidator(_missing)] = ()
    valid: Annotated[tuple[float, float], Field(strict=False)] | None = None
    wrap: bool = False


Columns = dict[str, Annotated[ColumnSpec, BeforeValidator(_column)]]


def _texts(value: Any) -> Any:
    """`files = "*.dat"` is short for `files = ["*.dat"]`."""
    return (value,) if isinstance(value, str) else tuple(value)


Patterns = Annotated[
    tuple[str, ...], Field(strict=False, min_length=1), BeforeValidator(_texts)
]


class Files(Strict):
    """Files: which, how they are written, what their columns are.

    `files` and `members` (of a tar archive) are patterns for base names: `*` and
    `?` as in a shell, and `{object_id}` and `{passband}` for what the name tells. A
    pattern with a slash is for the last parts of the path. `reader` names what reads
    them; without it their content shows. `table` is which of the tables in a file,
    by its name or its number from 1; without it all that have the columns. What else
    is said is for readers of text: the names of the columns may stand in a comment.
    """

    files: Patterns | None = None
    members: Patterns = ("*",)
    reader: str | None = None
    table: str | int | None = None
    delimiter: Literal["comma", "tab", "blank", "semicolon", "bar"] | None = None
    header: bool = True
    comment: Annotated[str, Field(min_length=1, max_length=1)] = "#"
    columns: Columns


class ObjectFiles(Files):
    """Objects, one a row. `aliases` are the columns that hold other names of them.

    Without `files` the files of light curves tell of their objects: by keywords, or
    by the first row of each. With `radius` (arcsec) a light curve belongs to the
    nearest object within, wherever `ra` and `dec` are columns of light curves too;
    without a list of objects the first position makes one.
    """

    aliases: Annotated[tuple[str, ...], Field(strict=False)] = ()
    radius: Annotated[float, Field(gt=0, le=3600)] | None = None


class LightCurveFiles(Files):
    """Light curves: `layout` says what a row is.

    One point (long), a point in each passband (wide: a column group for each), or a
    light curve (nested: its points in arrays).

    The bits of `upper_limits` in the flags of a point say that its magnitude is an
    upper limit. `duplicates` says what becomes of points of one light curve at one
    time: all stay (keep), all but those with the same values (exact), the first, the
    last, or the one of the least uncertainty (best).
    """

    files: Patterns
    layout: Literal["long", "wide", "nested"] = "long"
    upper_limits: Annotated[int, Field(gt=0)] | None = None
    duplicates: Duplicates = "exact"


class Limits(Strict):
    """What stops a load: more than this share of the rows was not taken."""

    rejected: Annotated[float, Field(ge=0, le=1, strict=False)] = 0.2


class Period(Strict):
    """Where to look for the best period of each light curve (d)."""

    shortest: Annotated[float, Field(gt=0, strict=False)]
    longest: Annotated[float, Field(gt=0, strict=False)]


class Derived(Strict):
    """What is computed of each object in each passband.

    `statistics` names them (of `derived.STATISTICS`), "all" or "basic"; `period` asks
    for the best Lomb-Scargle period too.
    """

    statistics: (
        Literal["all", "basic"] | Annotated[tuple[str, ...], Field(strict=False)]
    ) = "all"
    period: Period | None = None


class Releases(Strict):
    """How releases are kept: see docs/collections.md.

    `column` gives each point the release it came with; `keep` is how many releases
    made by appends stay queryable under their name, all of them without it.
    """

    column: bool = False
    keep: Annotated[int, Field(ge=0)] | None = None


class Time(Strict):
    """The time frame of every time in the collection; see `tables.TimeFrame`."""

    timescale: str
    refposition: str
    time_origin: float = MJD_ORIGIN


class Site(Strict):
    """Where all of it was observed; see `tables.Observatory`."""

    longitude: Annotated[float, Field(ge=-180, le=360)]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    height: Annotated[float, Field(ge=-500, le=10_000)]


class Passband(Strict):
    """A photometric calibration; what the source does not say stays out.

    `zero_point` in Jy, `effective_wavelength` and `bandwidth` (FWHM) in metres,
    `softening` the b of asinh magnitudes, `ucd` the word of the UCD list for the
    band, such as em.opt.V.
    """

    filter_identifier: str | None = None
    zero_point: Annotated[float, Field(gt=0)] | None = None
    magnitude_system: str | None = None
    effective_wavelength: Annotated[float, Field(gt=0, lt=1)] | None = None
    bandwidth: Annotated[float, Field(gt=0, lt=1)] | None = None
    softening: Annotated[float, Field(gt=0, lt=1)] | None = None
    ucd: str | None = None


def _passband(value: Any) -> Any:
    """`g = "Palomar/ZTF.g"` stands for the values of that known passband."""
    return passband_values(value) if isinstance(value, str) else value


Passbands = Annotated[
    dict[str, Annotated[Passband, BeforeValidator(_passband)]], Field(min_length=1)
]


Text = Annotated[str, Field(min_length=1)]


class CreatorSpec(Strict):
    """One of who made the data: "Last, F." for a person, and an ORCID where known."""

    name: Text
    orcid: str | None = None


class ExampleSpec(Strict):
    """A query worth showing: what it is called, what it is for, the ADQL."""

    name: Text
    description: Text
    query: Text


class CollectionFile(Strict):
    """One published collection.

    `aperture` is the diameter in degrees of what was measured, `image_url` the
    address of an image of the object, with {object_id} in it. From `creators` on to
    `rights_uri`, and in `examples`, is what the registry is told; see `about.About`.
    """

    name: str
    title: Text
    description: Text
    creator: Text
    bibcode: str | None = None
    rights: str | None = None
    source_url: str | None = None
    facility: str | None = None
    instrument: str | None = None
    epoch: str | None = None
    aperture: Annotated[float, Field(gt=0, lt=180)] | None = None
    image_url: str | None = None
    creators: Annotated[tuple[CreatorSpec, ...], Field(strict=False)] = ()
    subjects: Annotated[tuple[str, ...], Field(strict=False)] = ()
    short_name: Annotated[str, Field(min_length=1, max_length=16)] | None = None
    doi: str | None = None
    rights_uri: str | None = None
    examples: Annotated[tuple[ExampleSpec, ...], Field(strict=False)] = ()
    observatory: Site | None = None
    time: Time
    passbands: Passbands
    objects: ObjectFiles
    lightcurves: LightCurveFiles
    limits: Limits = Limits()
    derived: Derived = Derived()
    releases: Releases = Releases()


def read_shape(path: Path) -> tuple[CollectionFile, str]:
    """The collection file at `path` and its text; raises ConfigError."""
    text = _read_text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name}: this is not TOML: {error}") from error
    try:
        return CollectionFile.model_validate(data), text
    except ValidationError as error:
        raise config_error(path, text, shape_problems(error)) from None


def config_error(path: Path, text: str, problems: Iterable[Problem]) -> ConfigError:
    """One error for all problems, each a line that names file, line and key."""
    lines = key_lines(text)
    told = sorted(
        (find_line(lines, key), ".".join(map(str, key)), problem)
        for key, problem in problems
    )
    return ConfigError(
        "\n".join(
            f"{path.name}, line {line}: {key}: {said}" for line, key, said in told
        )
    )


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name}: not UTF-8: byte {error.start}") from error


def shape_problems(error: ValidationError) -> list[Problem]:
    """What is wrong with the shape of a file: key, and words for it."""
    return list(map(_problem, error.errors()))


def _problem(error: ErrorDetails) -> Problem:
    key = tuple(error["loc"])
    match error["type"]:
        case "extra_forbidden":
            return key, "unknown key" + _closest(key)
        case "missing":
            return key, "is needed"
        case "model_type":
            return key, "must be a table of keys"
        case "value_error":
            return key, str(error["ctx"]["error"])
    return key, f"{error['msg'][0].lower()}{error['msg'][1:]}"


def _closest(key: KeyPath) -> str:
    known = list(_known_keys(CollectionFile, key[:-1]))
    close = difflib.get_close_matches(str(key[-1]), known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return "; known are " + ", ".join(sorted(known)) if known else ""


def _known_keys(annotation: Any, path: KeyPath) -> Iterable[str]:
    """The keys that the model at `path` knows."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        if not path:
            return fields
        return _known_keys(fields[str(path[0])].annotation, path[1:])
    first, *rest = get_args(annotation)
    if first is str:  # dict[str, model]
        return _known_keys(rest[0], path[1:])
    if rest == [...]:  # tuple[model, ...]
        return _known_keys(first, path[1:])
    return _known_keys(first, path)  # Annotated[model, ...]
