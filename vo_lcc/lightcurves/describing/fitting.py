"""Does a collection file fit the files? The first rows are read, nothing is loaded.

It is the check before a load that may take hours: are the columns there, are their
values what they are said to be, do the times lie in years that can be?
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from astropy import units

from vo_lcc.lightcurves.columns import (
    BRIGHTNESS,
    object_columns,
    point_columns,
    time_frame,
)
from vo_lcc.lightcurves.describing.columns import is_unit, unit_of
from vo_lcc.lightcurves.describing.looking import Seen, look_at_files
from vo_lcc.lightcurves.describing.tables import Floats, Group, Values, group_tables
from vo_lcc.lightcurves.describing.times import is_iso
from vo_lcc.lightcurves.loading.inputs import LIGHTCURVES, OBJECTS, sort_files
from vo_lcc.lightcurves.model import (
    CollectionFile,
    ColumnSpec,
    Files,
    Problem,
    SourceName,
)
from vo_lcc.tables import Column

YEARS = (2378496.5, 2488069.5)  # 1800-01-01 and 2100-01-01 as Julian dates
MAGNITUDES = (-30.0, 45.0)
NEEDED = ("obs_time", "mag", "flux", "ra", "dec")
SHOWN = 3
MOST_FILES = 40  # that are opened of each part


def fit_files(file: CollectionFile, paths: Sequence[Path]) -> list[Problem]:
    """What of the files is not as the collection file says: key, and words."""
    problems: list[Problem] = []
    inputs = sort_files(file, paths)
    parts: tuple[tuple[str, Files], ...] = (
        (OBJECTS, file.objects),
        (LIGHTCURVES, file.lightcurves),
    )
    with tempfile.TemporaryDirectory(prefix="vo-lcc-check-") as folder:
        for part, files in parts:
            given = [one for one in inputs if one.part == part][:MOST_FILES]
            if not given:
                continue
            seen, unread = look_at_files(given, files, Path(folder))
            problems += [((part, "files"), problem) for problem in unread[:SHOWN]]
            problems += list(_fit_part(file, part, files, seen))
    return list(dict.fromkeys(problems))


def _fit_part(
    file: CollectionFile, part: str, files: Files, seen: Sequence[Seen]
) -> Iterator[Problem]:
    groups = [g for g in group_tables(seen) if _is_meant(g, files)]
    if seen and not groups:
        names = ", ".join(c.name for c in seen[0].look.columns[:12])
        key = (part, "columns")
        yield key, f"no table of {seen[0].name.base} has these columns; it has {names}"
    for group in groups:
        if part == OBJECTS or file.objects.files is None:
            known = {c.name: c for c in object_columns(file)}
            yield from _fit_columns(file, OBJECTS, file.objects, group, known)
        if part == LIGHTCURVES:
            known = {c.name: c for c in point_columns(file)}
            yield from _fit_columns(file, part, files, group, known)


def _fit_columns(
    file: CollectionFile,
    part: str,
    files: Files,
    group: Group,
    known: dict[str, Column],
) -> Iterator[Problem]:
    for name, spec in files.columns.items():
        place = (part, "columns", name)
        yield from _fit_column(file, place, spec, known.get(name), group)


def _is_meant(group: Group, files: Files) -> bool:
    """Whether a table has any of the columns that make it one of these."""
    sources: list[SourceName | tuple[SourceName, ...]] = [
        name if spec.source is None else spec.source
        for name, spec in files.columns.items()
        if name in NEEDED and spec.header is None and spec.value is None
    ]
    found = [
        any(_find(group, one) for one in (s if isinstance(s, tuple) else (s,)))
        for s in sources
    ]
    return not found or any(found)


def _fit_column(
    file: CollectionFile,
    key: tuple[str, ...],
    spec: ColumnSpec,
    column: Column | None,
    group: Group,
) -> Iterator[Problem]:
    where = group.names[0].base
    if spec.value is not None:
        return
    if spec.header is not None:
        keywords = {name.lower() for name in group.heads[0]}
        if spec.header.lower() not in keywords:
            yield (*key, "header"), f"{where} has no keyword {spec.header!r}"
        return
    told = "{" + key[-1] + "}"
    patterns = (*file.lightcurves.files, *file.lightcurves.members)
    made = key[-1] == "object_id" and file.objects.radius is not None
    source = key[-1] if spec.source is None else spec.source
    bands = list(file.passbands) if file.lightcurves.layout == "wide" else [""]
    sources = source if isinstance(source, tuple) else (source,)
    for one in sources:
        for band in bands if isinstance(one, str) and "{passband}" in one else [""]:
            meant = one.replace("{passband}", band) if isinstance(one, str) else one
            values = _find(group, meant)
            if values is not None:
                yield from _fit_values(file, key, spec, column, values, where)
            elif spec.source is not None or not (
                made or any(told in pattern for pattern in patterns)
            ):
                names = ", ".join(v.name for v in group.values[:12])
                yield key, f"{where} has no column {meant!r}; it has {names}"


def _find(group: Group, source: str | int) -> Values | None:
    if isinstance(source, int):
        return group.values[source - 1] if source <= len(group.values) else None
    exact = [v for v in group.values if v.name == source]
    folded = [v for v in group.values if v.name.lower() == source.lower()]
    return exact[0] if exact else folded[0] if len(folded) == 1 else None


def _fit_values(
    file: CollectionFile,
    key: tuple[str, ...],
    spec: ColumnSpec,
    column: Column | None,
    values: Values,
    where: str,
) -> Iterator[Problem]:
    if column is None:
        if key[-1] == "passband":
            yield from _fit_bands(file, key, spec, values, where)
        return
    if not column.is_text:
        yield from _fit_words(key, spec, values, where)
        yield from _fit_unit(key, column, values, where)
    numbers = _measured(spec, values)
    if spec.form is None and len(numbers):
        yield from _fit_range(file, key, column, numbers, where)


def _measured(spec: ColumnSpec, values: Values) -> Floats:
    """The numbers that are none of those that stand for nothing, and are valid."""
    missing = [value for value in spec.missing if not isinstance(value, str)]
    numbers = values.numbers[~np.isin(values.numbers, missing)]
    if spec.valid is not None:
        low, high = spec.valid
        numbers = numbers[(numbers >= low) & (numbers <= high)]
    return numbers


def _fit_words(
    key: tuple[str, ...], spec: ColumnSpec, values: Values, where: str
) -> Iterator[Problem]:
    """Texts where numbers should be, that nothing in the collection file explains."""
    if spec.form in ("iso", "sexagesimal", "hex"):
        if spec.form == "iso" and values.is_text and not is_iso(values):
            yield (*key, "form"), f"{where}: not all values are times like 2012-08-01"
        return
    known = {*spec.missing, *(spec.map or {}), "", "nan", "NaN", "NAN"}
    odd: dict[str, int] = {
        word: count
        for word, count in values.words.items()
        if word.strip() not in known
        and not (spec.limit in ("<", ">") and word.strip().startswith(spec.limit))
    }
    if odd:
        shown = ", ".join(repr(word) for word in list(odd)[:SHOWN])
        yield key, f"{where}: {sum(odd.values())} values are no numbers, like {shown}"


def _fit_unit(
    key: tuple[str, ...], column: Column, values: Values, where: str
) -> Iterator[Problem]:
    """The unit that the file tells is the one that is declared."""
    told, said = unit_of(values), column.unit
    if told is None or said is None or key[-1] in ("ra", "obs_time"):
        return
    if not (is_unit(told) and is_unit(said)):
        return
    ours, theirs = (units.Unit(u, format="vounit") for u in (said, told))
    if ours != theirs:
        yield (*key, "unit"), f"is {said}, but {where} says {told}"


def _fit_range(
    file: CollectionFile,
    key: tuple[str, ...],
    column: Column,
    numbers: Floats,
    where: str,
) -> Iterator[Problem]:
    low, high = float(numbers.min()), float(numbers.max())
    name = key[-1]
    if name == "obs_time":
        origin = time_frame(file).time_origin
        if low + origin < YEARS[0] or high + origin > YEARS[1]:
            yield (
                ("time", "time_origin"),
                f"{where}: with JD {origin:.10g} times from {low:.10g} to {high:.10g}"
                " are not between 1800 and 2100",
            )
    elif name == BRIGHTNESS[0] and column.unit == "mag":
        median = float(np.median(numbers))
        if not MAGNITUDES[0] < median < MAGNITUDES[1]:
            yield key, f"{where}: {median:g} is no magnitude (the median)"
        elif high > MAGNITUDES[1]:
            yield (
                key,
                f"{where}: magnitudes up to {high:g}; is that missing?",
            )
    elif name == "ra" and (low < -180 or high > 360):
        yield key, f"{where}: right ascensions from {low:g} to {high:g} deg"
    elif name == "dec" and (low < -90 or high > 90):
        yield key, f"{where}: declinations from {low:g} to {high:g} deg"


def _fit_bands(
    file: CollectionFile,
    key: tuple[str, ...],
    spec: ColumnSpec,
    values: Values,
    where: str,
) -> Iterator[Problem]:
    mapped = spec.map or {}
    words = {mapped.get(word, word) for word in values.distinct(100)}
    unknown = sorted(str(word) for word in words if word not in file.passbands)
    if unknown:
        listed = ", ".join(file.passbands)
        yield (
            key,
            f"{where} has the passbands {', '.join(unknown[:8])};"
            f" [passbands] has {listed} (map gives words a passband)",
        )
