"""The objects of a draft: a list of its own, or what the light curves say of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from vo_lcc.lightcurves.describing.columns import (
    missing_of,
    other_column,
    spec_of,
)
from vo_lcc.lightcurves.describing.drafts import Draft
from vo_lcc.lightcurves.describing.naming import plain_pattern
from vo_lcc.lightcurves.describing.points import Points
from vo_lcc.lightcurves.describing.positions import guess_position, is_angle
from vo_lcc.lightcurves.describing.tables import Group, Values
from vo_lcc.lightcurves.describing.times import plausible
from vo_lcc.lightcurves.describing.words import HEADER, OBJECTS, folded

IN_HOURS = ("OGLE",)
MOST_OTHERS = 8


@dataclass(frozen=True, slots=True)
class Identified:
    """The column of a list of objects that the light curves know them by."""

    values: Values
    matched: int


def is_object_list(group: Group) -> bool:
    """Positions and names, a row for each object."""
    return bool(
        group.has_names
        and group.by_name(OBJECTS["ra"])
        and group.by_name(OBJECTS["dec"])
    )


def identify(group: Group, words: Collection[str]) -> Identified | None:
    """The column whose values the names or rows of the light curves have most of."""
    best: Identified | None = None
    for values in group.values:
        if values.is_list or pa.types.is_floating(values.array.type):
            continue
        ids = texts_of(values)
        if len(set(ids)) < len(ids):
            continue
        matched = sum(1 for one in set(ids) if one in words)
        if matched and (best is None or matched > best.matched):
            best = Identified(values, matched)
    if best is not None:
        return best
    unique = [v for v in group.by_name(OBJECTS["object_id"]) if _is_unique(v)]
    return Identified(unique[0], 0) if unique else None


def texts_of(values: Values) -> list[str]:
    """The values as they stand in names."""
    return [str(v) for v in values.array.to_pylist() if v is not None]


def _is_unique(values: Values) -> bool:
    texts = texts_of(values)
    return len(set(texts)) == len(texts) > 0


def describe_list(
    group: Group, found: Identified, points: Points, draft: Draft
) -> None:
    """Objects of a file of their own."""
    columns = draft.object_columns
    _describe_files(group, draft.objects)
    columns["object_id"] = spec_of(group, found.values)
    hours = points.survey is not None and points.survey.survey in IN_HOURS
    _describe_position(group, OBJECTS, hours, draft)
    used = {found.values.name, *_sources(columns)}
    for role in ("class", "period", "epoch"):
        values = next(
            (v for v in group.by_name(OBJECTS[role]) if v.name not in used), None
        )
        if values is None or (role == "class") == values.is_numeric:
            continue
        used.add(values.name)
        more: dict[str, Any] = (
            {"missing": missing_of(values)} if role != "class" else {}
        )
        if folded(values.name) in ("logp", "lp1"):
            more["form"] = "log10"
        columns[role] = spec_of(group, values, **more)
    _check_epoch(group, draft)
    _describe_others(group, used, draft)
    if found.matched == 0:
        draft.ask("no identifier of the list of objects was met in the light curves")


def _check_epoch(group: Group, draft: Draft) -> None:
    """Times of phase 0 must be counted like those of the points."""
    spec = draft.object_columns.get("epoch")
    if spec is None:
        return
    name = spec["source"] if isinstance(spec, dict) else spec
    values = next(v for v in group.values if v.name == name)
    origin = float(draft.time["time_origin"])
    if plausible(values, (origin,)):
        draft.ask("is the epoch of the objects counted like the times of the points?")
        return
    del draft.object_columns["epoch"]
    draft.ask(
        f"{name} of the objects is left out: it is not counted from JD {origin:.10g}"
    )


def _describe_others(group: Group, used: set[str], draft: Draft) -> None:
    kept = 0
    for values in group.values:
        other = None if values.name in used else other_column(group, values)
        if other is None or other[0] in draft.object_columns or kept >= MOST_OTHERS:
            continue
        draft.object_columns[other[0]] = other[1]
        draft.spare.append(("objects", other[0]))
        kept += 1


def describe_from_points(points: Points, draft: Draft) -> None:
    """Objects of the files of light curves: keywords, or columns beside the points."""
    group, roles = points.group, points.roles
    columns = draft.object_columns
    if roles.keywords:
        _describe_frame(points, draft)
        return
    identity = draft.point_columns.get("object_id", {})
    columns["object_id"] = identity
    keys = {name: _keyword(group.heads, HEADER[name]) for name in ("ra", "dec")}
    known = {name: key for name, key in keys.items() if key is not None}
    if len(known) == len(keys):
        _by_keywords(known, group.heads, draft)
    elif "ra" in roles.columns and "dec" in roles.columns:
        ra, dec = roles.columns["ra"], roles.columns["dec"]
        found = guess_position(group, ra, dec, False)
        columns["ra"] = spec_of(group, ra, **found.ra)
        columns["dec"] = spec_of(group, dec, **found.dec)
        draft.ask(*found.questions)
    else:
        draft.objects["files"] = "objects.csv"
        draft.notes["objects.files"] = "to be made: these files have no positions"
        columns |= {"object_id": "object_id", "ra": "ra", "dec": "dec"}
        draft.ask("where are the objects? a list of object_id, ra, dec (deg) is needed")


def _describe_frame(points: Points, draft: Draft) -> None:
    """The objects in frames: met by their positions, which name them."""
    group, roles = points.group, points.roles
    draft.objects["radius"] = 2
    found = guess_position(group, roles.columns["ra"], roles.columns["dec"], False)
    draft.object_columns["object_id"] = {}
    draft.object_columns["ra"] = spec_of(group, roles.columns["ra"], **found.ra)
    draft.object_columns["dec"] = spec_of(group, roles.columns["dec"], **found.dec)
    draft.point_columns.pop("object_id", None)
    draft.ask("objects of several frames are the same within 2 arcsec: a guess")
    draft.ask(*found.questions)


def _by_keywords(
    keys: Mapping[str, str], heads: Sequence[Mapping[str, Any]], draft: Draft
) -> None:
    forms = {}
    for name, key in keys.items():
        value = next(
            (h[key] for h in heads if key in h and h[key] not in (None, "")), ""
        )
        forms[name] = _form(key, value)
        spec: dict[str, Any] = {"header": key}
        draft.object_columns[name] = spec | (
            {"form": forms[name]} if forms[name] else {}
        )


def _form(key: str, value: Any) -> str | None:
    if "hour" in key.lower():
        return "hours"
    return "sexagesimal" if is_angle(str(value)) else None


def find_identity(points: Points, draft: Draft, listed: Collection[str]) -> None:
    """How a light curve tells its object: a column, its name, or its header."""
    group, roles = points.group, points.roles
    if roles.keywords:
        draft.point_columns["object_id"] = {}
        return
    column = roles.columns.get("object_id")
    ids = set(texts_of(column)[:1000]) if column is not None else set()
    if listed and points.pattern.tells_object and not ids & set(listed):
        return
    if column is not None:
        draft.point_columns["object_id"] = spec_of(group, column)
        return
    key = _keyword(group.heads, HEADER["object_id"])
    if key and not listed:
        draft.point_columns["object_id"] = {"header": key}


def _keyword(heads: Iterable[Mapping[str, Any]], names: Sequence[str]) -> str | None:
    """The first keyword that is in all headers with a value of its own in each."""
    heads = list(heads)
    for name in names:
        spelled = next(
            (k for k in (heads[0] if heads else {}) if k.lower() == name.lower()), None
        )
        if spelled is None:
            continue
        values = [head.get(spelled) for head in heads]
        if all(value not in (None, "") for value in values):
            return spelled
    return None


def _describe_files(group: Group, files: dict[str, Any]) -> None:
    names = group.names
    archives = dict.fromkeys(name.archive for name in names)
    if None in archives:
        files["files"] = plain_pattern(n.base for n in names if n.archive is None)
    else:
        files["files"] = plain_pattern(archive for archive in archives if archive)
        files["members"] = plain_pattern(name.base for name in names)
    describe_dialect(group, files)


def describe_dialect(group: Group, files: dict[str, Any]) -> None:
    """How a text is written, as far as it is not the default."""
    options = group.look.options
    if options.get("delimiter") not in (None, "comma"):
        files["delimiter"] = options["delimiter"]
    if options.get("header") is False:
        files["header"] = False


def _describe_position(
    group: Group, words: Mapping[str, Sequence[str]], hours: bool, draft: Draft
) -> None:
    ra, dec = group.by_name(words["ra"])[0], group.by_name(words["dec"])[0]
    found = guess_position(group, ra, dec, hours)
    draft.object_columns["ra"] = spec_of(group, ra, **found.ra)
    draft.object_columns["dec"] = spec_of(group, dec, **found.dec)
    draft.ask(*found.questions)


def _sources(columns: Mapping[str, Any]) -> set[str]:
    found = (c.get("source") if isinstance(c, dict) else c for c in columns.values())
    return {source for source in found if isinstance(source, str)}
