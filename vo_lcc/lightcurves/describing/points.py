"""The light curves of a draft: the columns of their points, passbands, time frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vo_lcc.lightcurves.describing.columns import (
    missing_of,
    other_column,
    source_of,
    spec_of,
    unit_of,
)
from vo_lcc.lightcurves.describing.drafts import Draft
from vo_lcc.lightcurves.describing.naming import Pattern, identifier, words_as_bands
from vo_lcc.lightcurves.describing.oddities import (
    Limits,
    duplicates,
    negative_limits,
    upper_limits,
)
from vo_lcc.lightcurves.describing.roles import Roles
from vo_lcc.lightcurves.describing.tables import Group, Values
from vo_lcc.lightcurves.describing.times import guess_time
from vo_lcc.lightcurves.describing.words import HEADER, OTHERS, UNITS, Survey, folded
from vo_lcc.lightcurves.known_passbands import KNOWN, bands_of

CALIBRATION = (
    ("filterIdentifier", "filter_identifier"),
    ("zeroPointFlux", "zero_point"),
    ("magnitudeSystem", "magnitude_system"),
    ("effectiveWavelength", "effective_wavelength"),
)
"""What a VOTable says of a passband (PhotDM), and what we call it."""

Bands = dict[str, str | dict[str, Any]]
GOOD = frozenset({"g", "ok", "good", "0", "a"})
SDSS_BANDS = ("u", "g", "r", "i", "z")
MOST_OTHERS = 6


@dataclass
class Points:
    """A table of points, and all that is known about it."""

    group: Group
    roles: Roles
    survey: Survey | None
    pattern: Pattern
    bands: dict[str, Any] = field(default_factory=dict)


def describe_points(points: Points, draft: Draft) -> None:
    """Write the light curves, the passbands and the time frame into the draft."""
    columns = draft.point_columns
    describe_bands(points, draft)
    _describe_time(points, draft)
    _describe_brightness(points, draft)
    _describe_flags(points, draft)
    _describe_others(points, draft)
    if points.roles.wide:
        draft.lightcurves["layout"] = "wide"
    elif any(v.is_list for v in points.roles.columns.values()):
        draft.lightcurves["layout"] = "nested"
    order = ("object_id", "passband", "obs_time", "mag", "mag_err", "flux", "flux_err")
    first = {name: columns[name] for name in order if name in columns}
    draft.point_columns = {**first, **columns}
    _ask_for_duplicates(points, draft)


def _describe_time(points: Points, draft: Draft) -> None:
    group, roles = points.group, points.roles
    wide = roles.wide.get("obs_time")
    frame = roles.keywords.get("obs_time")
    values = wide[0] if wide else frame or roles.columns["obs_time"]
    found = guess_time(group, values, points.survey)
    draft.time = {
        "timescale": found.timescale,
        "refposition": found.refposition,
        "time_origin": found.time_origin,
    }
    draft.ask(*found.questions)
    if frame is not None:
        draft.point_columns["obs_time"] = {"header": frame.name}
    elif wide:
        draft.point_columns["obs_time"] = [source_of(group, v) for v in wide]
    else:
        draft.point_columns["obs_time"] = spec_of(group, values, form=found.form)


def _describe_brightness(points: Points, draft: Draft) -> None:
    group, roles = points.group, points.roles
    for role in ("mag", "mag_err", "flux", "flux_err"):
        if role in roles.wide:
            spec = _of_bands(group, roles.wide[role])
            draft.point_columns[role] = spec
            continue
        values = roles.columns.get(role)
        if values is None:
            continue
        more: dict[str, Any] = {"missing": missing_of(values)}
        if role == "mag" and (limits := _limits(values)):
            more["limit"] = limits.sign
            draft.lightcurves["upper_limits"] = 1
            draft.ask(
                f"{limits.count} magnitudes like {limits.example} are taken for upper"
                " limits; is that so?"
            )
        if role.startswith("flux"):
            more["unit"] = unit_of(values) or UNITS.get(folded(values.name))
            if values.column.unit is None and points.survey:
                more["unit"] = more["unit"] or points.survey.flux_unit
            if more["unit"] is None and role == "flux":
                draft.ask(f"the unit of {values.name} is not stated")
        draft.point_columns[role] = spec_of(group, values, **more)


def _limits(values: Values) -> Limits | None:
    return upper_limits(values) or negative_limits(values)


def _of_bands(group: Group, columns: Sequence[Values]) -> Any:
    """A list with one column per passband, and what stands for nothing in any."""
    sources = [source_of(group, v) for v in columns]
    missing: list[Any] = []
    for values in columns:
        found = missing_of(values)
        missing += [
            m
            for m in (found if isinstance(found, list) else [found])
            if m not in missing
        ]
    if not missing:
        return sources
    return {"source": sources, "missing": missing[0] if len(missing) == 1 else missing}


def _describe_flags(points: Points, draft: Draft) -> None:
    values = points.roles.columns.get("flags")
    limits = "upper_limits" in draft.lightcurves
    if values is None:
        if limits:
            draft.point_columns["flags"] = {"value": 0, "bits": {"1": "upper limit"}}
        return
    spec: dict[str, Any] = {}
    if values.is_text:
        words = values.distinct(12)
        spec["map"] = {word: 0 if word.lower() in GOOD else 2 for word in words}
        draft.ask(
            f"{values.name} has the words {', '.join(words)}: which of them is good?"
        )
    else:
        draft.ask(
            f"what do the bits of {_label(values)} mean? 0 is taken for a good point"
        )
    largest = float(values.numbers.max()) if len(values.numbers) else 0
    if largest >= 2**31:
        spec["datatype"] = "long"
    if limits:
        bit = 2 if values.is_text else _free_bit(int(largest))
        bit = 1 if values.is_text else bit
        draft.lightcurves["upper_limits"] = bit
        spec["bits"] = {str(bit): "upper limit"}
    draft.point_columns["flags"] = spec_of(points.group, values, **spec)


def _label(values: Values) -> str:
    return f"column {values.name}" if values.name.isdigit() else values.name


def _free_bit(largest: int) -> int:
    """The lowest bit above all that are in use."""
    return 1 << max(0, largest).bit_length()


def _describe_others(points: Points, draft: Draft) -> None:
    """A few more columns that are worth keeping."""
    used = {v.name for v in points.roles.columns.values()}
    used |= {v.name for several in points.roles.wide.values() for v in several}
    if not points.group.has_names:
        return
    for values in points.group.values:
        name = folded(values.name)
        if values.name in used or name not in OTHERS or len(draft.spare) >= MOST_OTHERS:
            continue
        found = other_column(points.group, values)
        if found is not None and found[0] not in draft.point_columns:
            draft.point_columns[found[0]] = found[1]
            draft.spare.append(("lightcurves", found[0]))


def describe_bands(points: Points, draft: Draft) -> None:
    """The passbands: of a column, of the names, of the headers, of groups, or one."""
    for find in FINDERS:
        words = find(points, draft)
        if words:
            break
    else:
        words = _only_band(points, draft)
    known = bands_of(points.survey.survey) if points.survey else {}
    folded_known = {band.lower(): row for band, row in known.items()}
    unknown = []
    for band, said in words.items():
        row = known.get(band) or folded_known.get(band.lower())
        told = isinstance(said, dict)
        draft.passbands[band] = said if told else row.name if row else {}
        values = said if told else row.values if row else {}
        if "zero_point" not in values:
            unknown.append(band)
    if unknown and "mag" in {*points.roles.columns, *points.roles.wide}:
        draft.ask(
            f"the zero point of {', '.join(unknown)} is not known (Jy; AB or Vega?)"
        )
    if points.survey:
        draft.notes["passbands"] = f"a guess, by {points.survey.said}"


def _bands_of_groups(points: Points, draft: Draft) -> Bands:
    bands = points.roles.bands
    if not bands:
        return {}
    if bands == [str(i + 1) for i in range(5)]:
        draft.ask("five groups of columns without names are taken for u g r i z")
        return dict.fromkeys(SDSS_BANDS, "")
    if bands[0].isdigit():
        draft.ask(f"which passbands are the {len(bands)} groups of columns?")
    return dict.fromkeys(map(identifier, bands), "")


def _bands_of_column(points: Points, draft: Draft) -> Bands:
    values = points.roles.columns.get("passband")
    if values is None:
        return {}
    words = sorted(values.distinct(50))
    known = points.survey.bands if points.survey else {}
    only = points.survey.band if points.survey else None
    if only and all(word.isdigit() for word in words):
        draft.ask(
            f"the filters {', '.join(words)} of {values.name} are taken for {only}"
        )
        return {only: ""}
    bands = words_as_bands(words, known)
    renamed = {word: band for word, band in bands.items() if word != band}
    spec = spec_of(points.group, values, map=bands if renamed else None)
    draft.point_columns["passband"] = spec
    if any(word.isdigit() for word in words):
        draft.ask(f"{values.name} has the numbers {', '.join(words)}: which passbands?")
    return dict.fromkeys(bands.values(), "")


def _bands_of_names(points: Points, draft: Draft) -> Bands:
    return dict.fromkeys(points.pattern.bands, "")


def _bands_of_header(points: Points, draft: Draft) -> Bands:
    """A keyword such as FILTER, or the calibration that a VOTable has."""
    for name in HEADER["passband"]:
        said = [_keyword(head, name) for head in points.group.heads]
        words = list(dict.fromkeys(str(s) for s in said if s not in (None, "")))
        if words and len(words) <= 20:
            key = _spelling(points.group.heads[0], name)
            bands = words_as_bands(words, points.survey.bands if points.survey else {})
            renamed = any(word != band for word, band in bands.items())
            if len(words) > 1 or renamed:
                spec: dict[str, Any] = {"header": key}
                draft.point_columns["passband"] = spec | (
                    {"map": bands} if renamed else {}
                )
            return dict.fromkeys(bands.values(), "")
    return {}


def _bands_of_calibration(points: Points, draft: Draft) -> Bands:
    """The calibration that a VOTable tells of the magnitudes or fluxes."""
    photcal = points.group.look.frames.get("photcal", {})
    bright = (points.roles.columns.get(role) for role in ("mag", "flux"))
    for name in [*(v.name for v in bright if v), ""]:
        said = photcal.get(name, {})
        filter_id = str(said.get("filterIdentifier") or "")
        if filter_id:
            row = KNOWN.get(filter_id)
            band = row.band if row else filter_id.rpartition(".")[2] or filter_id
            return {identifier(band): _calibration(said)}
    return {}


def _calibration(said: Mapping[str, Any]) -> dict[str, Any]:
    """The calibration as a collection file has it; a zero point of magnitude 0 only."""
    found = {ours: said[theirs] for theirs, ours in CALIBRATION if said.get(theirs)}
    if said.get("zeroPointReferenceMagnitude"):
        found.pop("zero_point", None)
    return found


FINDERS = (
    _bands_of_groups,
    _bands_of_column,
    _bands_of_names,
    _bands_of_calibration,
    _bands_of_header,
)


def _only_band(points: Points, draft: Draft) -> Bands:
    if points.survey and points.survey.band:
        return {points.survey.band: ""}
    draft.ask("which passband is it? nothing here says; it is called band")
    return {"band": ""}


def _keyword(head: Any, name: str) -> Any:
    return head.get(_spelling(head, name))


def _spelling(head: Any, name: str) -> str:
    """A keyword as the file writes it."""
    return next((key for key in head if key.lower() == name.lower()), name)


def _ask_for_duplicates(points: Points, draft: Draft) -> None:
    roles = points.roles
    names = ("object_id", "passband", "obs_time", "mag", "flux")
    keys = [roles.columns[name] for name in names if name in roles.columns]
    several = points.group.tables
    if len(several) > 1 and _same_tables(points):
        draft.ask("a file has several tables alike; are they the same?")
    count = duplicates(keys) if "obs_time" in roles.columns else 0
    if count and len(points.group.names) == len(several) == 1:
        draft.ask(
            f"{count} rows are there twice; duplicates = 'exact' (the default)"
            " keeps one"
        )


def _same_tables(points: Points) -> bool:
    first, *others = points.group.firsts[: len(points.group.tables)]
    return any(table.equals(first) for table in others)
