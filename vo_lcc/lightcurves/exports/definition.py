"""The collection file of an export: what loads it again."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vo_lcc.lightcurves.exports.folder import Folder
from vo_lcc.lightcurves.exports.source import Source
from vo_lcc.lightcurves.model import ColumnSpec
from vo_lcc.tables import Column

DEFINITION = "collection.toml"
BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
SAID = ("datatype", "unit", "ucd", "utype", "description", "bits")
"""What a collection file says of a column besides where its values come from."""

Toml = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where an export has what: patterns of file names.

    Without `objects` they are in the files of light curves, whose columns of points
    are called `prefix` and their name.
    """

    objects: str | None
    lightcurves: str
    prefix: str = ""
    layout: str = "long"


def write_definition(folder: Folder, source: Source, layout: Layout) -> None:
    """Write the collection file."""
    folder.write(DEFINITION, toml_text(definition(source, layout)))


def definition(source: Source, layout: Layout) -> Toml:
    """The collection file of a release, with the files of its export.

    Values are as they are published: nothing is to be converted, cut or left out.
    """
    file = source.file
    said = file.model_dump(exclude_unset=True, exclude={"objects", "lightcurves"})
    own = {c.name: c for c in source.objects.columns}
    objects: dict[str, Any] = (
        {} if layout.objects is None else {"files": layout.objects}
    )
    if file.objects.aliases:
        objects["aliases"] = list(file.objects.aliases)
    objects["columns"] = {
        name: _spec(own[name], spec) for name, spec in file.objects.columns.items()
    }
    lightcurves: dict[str, Any] = {"files": layout.lightcurves, "duplicates": "keep"}
    if layout.layout != "long":
        lightcurves["layout"] = layout.layout
    if file.lightcurves.upper_limits:
        lightcurves["upper_limits"] = file.lightcurves.upper_limits
    lightcurves["columns"] = _point_columns(source, layout.prefix)
    return {**said, "objects": objects, "lightcurves": lightcurves}


def _point_columns(source: Source, prefix: str) -> dict[str, Toml]:
    given = source.file.lightcurves.columns
    columns: dict[str, Toml] = {}
    for column in source.photometry.columns:
        name = column.name
        if name == "release":  # told by the release that loads it
            continue
        spec = _spec(column, given.get(name))
        is_inside = prefix and name != "object_id"
        columns[name] = {"source": prefix + name, **spec} if is_inside else spec
    return columns


def _spec(column: Column, given: ColumnSpec | None) -> Toml:
    """What is said of a column; of one that was not declared, what is known of it."""
    if given is not None:
        return given.model_dump(include=set(SAID), exclude_none=True)
    if column.name in ("object_id", "passband"):
        return {}
    known = {word: getattr(column, word, None) for word in SAID}
    return {word: value for word, value in known.items() if value is not None}


def toml_text(document: Toml) -> str:
    """A collection file as TOML: values first, then tables, a column a line.

    >>> print(toml_text({"name": "x", "objects": {"columns": {"ra": {"unit": "deg"}}}}))
    name = "x"
    <BLANKLINE>
    [objects]
    <BLANKLINE>
    [objects.columns]
    ra = { unit = "deg" }
    <BLANKLINE>
    """
    return "\n".join(_table((), document)) + "\n"


def _table(path: tuple[str, ...], table: Toml) -> Iterator[str]:
    if path:
        yield f"\n[{'.'.join(map(_key, path))}]"
    inner = {k: v for k, v in table.items() if _is_table(path, k, v)}
    for key, value in table.items():
        if key not in inner:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in inner.items():
        yield from _table((*path, key), value)


def _is_table(path: tuple[str, ...], key: str, value: Any) -> bool:
    """Whether a value stands under a heading of its own, not on one line."""
    return isinstance(value, Mapping) and (not path or key == "columns")


def _key(key: str) -> str:
    return key if BARE.match(key) else _value(key)


def _value(value: Any) -> str:
    r"""A value of TOML; what JSON escapes in texts TOML takes too, and one more.

    >>> _value({"a b": [1, 2.5, True], "c": 'say "\x7f"'})
    '{ "a b" = [1, 2.5, true], c = "say \\"\\u007f\\"" }'
    """
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
