"""What the page of an object says, as values that the template sets in type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import numpy as np

from vo_lcc.curves.curves import OBS_TIME, PASSBAND, Array, Curves
from vo_lcc.curves.steps.brightness import find_brightness
from vo_lcc.curves.steps.quality import flags_of
from vo_lcc.dali.params import Params
from vo_lcc.drawing.palette import by_wavelength
from vo_lcc.errors import ParameterError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.lightcurves.identifiers import CurveId
from vo_lcc.portal import pictures
from vo_lcc.portal.pages import ADS, Fact, Link, formats_of
from vo_lcc.portal.pictures import Picture
from vo_lcc.tables import Column

Value = str | float | int | bool | None
Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class BandSummary:
    """The points of one passband in numbers, ready to be shown."""

    passband: str
    points: int
    limits: int
    flagged: int
    median: str
    span: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Detail:
    """One column of the table of objects: name, value with unit, description."""

    name: str
    value: str
    about: str


@dataclass(frozen=True, slots=True)
class Folding:
    """What the form asks: a period (d) and an epoch, as they were given."""

    period: str = ""
    epoch: str = ""


def parse_folding(params: Params) -> Folding:
    """PERIOD and EPOCH of the form; raises ParameterError."""
    period, epoch = params.number("PERIOD"), params.number("EPOCH")
    if period is None:
        return Folding()
    if not period > 0:
        raise ParameterError("PERIOD", f"{period:g} is not a positive period (d)")
    return Folding(f"{period!r}", "" if epoch is None else f"{epoch!r}")


def own_folding(collection: Collection, row: Row) -> Folding:
    """What the collection says of the object: to begin with."""
    period = row.get(collection.period_column or "")
    epoch = row.get(collection.epoch_column or "")
    return Folding(said(period), said(epoch)) if period else Folding()


def facts(collection: Collection, row: Row) -> list[Fact]:
    """The object in a few lines; what is not known is left out."""
    ra, dec = row["ra"], row["dec"]
    aliases = [str(row[name]) for name in collection.alias_columns if row.get(name)]
    period = row.get(collection.period_column or "")
    epoch = row.get(collection.epoch_column or "")
    lines: list[tuple[str, str | None]] = [
        ("Other names", ", ".join(aliases)),
        ("Position (ICRS)", position(ra, dec)),
        ("Class", said(row.get(collection.class_column or ""))),
        ("Period", f"{period!r} d" if period else ""),
        ("Epoch", said(epoch)),
    ]
    return [Fact(name, text) for name, text in lines if text]


def position(ra: Value, dec: Value) -> str:
    """A position in hours, minutes, seconds and in degrees.

    >>> position(187.5, -0.51)
    '12:30:00.000 -00:30:36.00 (187.500000, -0.510000 deg)'
    """
    if not isinstance(ra, float) or not isinstance(dec, float):
        return ""
    mark = "-" if dec < 0 else "+"
    return (
        f"{sexagesimal(ra / 15, 3, 24)} {mark}{sexagesimal(abs(dec), 2, 360)}"
        f" ({ra:.6f}, {dec:.6f} deg)"
    )


def sexagesimal(value: float, places: int, turn: int) -> str:
    """Hours or degrees with minutes and seconds, rounded and never 60.

    `turn` is how many of them are a whole turn.

    >>> sexagesimal(11.9999999999, 3, 24), sexagesimal(23.9999999999, 3, 24)
    ('12:00:00.000', '00:00:00.000')
    """
    unit = 10**places
    whole = round(value * 3600 * unit) % (turn * 3600 * unit)
    minutes, rest = divmod(whole, 60 * unit)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest // unit:02}.{rest % unit:0{places}}"
    return f"{hours:02}:{minutes:02}:{seconds}"


def said(value: Value) -> str:
    """A value as text, "" for none."""
    return "" if value is None else str(value)


def details(columns: Sequence[Column], row: Row) -> list[Detail]:
    """Every column of the table of objects that has a value."""
    return [
        Detail(
            each.name,
            f"{said(row[each.name])} {each.plain_unit or ''}".rstrip(),
            each.description or "",
        )
        for each in columns
        if row[each.name] is not None
    ]


def summaries(curves: Curves) -> list[BandSummary]:
    """The light curves in numbers, from blue to red."""
    bands = [band.passband for band in by_wavelength(curves.collection.passbands)]
    values = curves.numbers(find_brightness(curves.columns).value.name)
    bits = flags_of(curves)
    times = curves.numbers(OBS_TIME)
    spans = {
        name: slice(curves.offsets[i], curves.offsets[i + 1])
        for i, name in enumerate(curves.keys.column(PASSBAND).to_pylist())
        if curves.counts[i]
    }
    return [
        summary(name, times[at], values[at], bits[at], curves.collection.upper_limits)
        for name in bands
        if (at := spans.get(name)) is not None
    ]


def summary(
    passband: str, times: Array, values: Array, bits: Array, limit_bits: int
) -> BandSummary:
    """One light curve in numbers; median and span are of its good points."""
    limits = bits & limit_bits != 0
    bad = bits & ~limit_bits != 0
    good = values[~limits & ~bad & np.isfinite(values)]
    return BandSummary(
        passband,
        len(times),
        int(limits.sum()),
        int((bad & ~limits).sum()),
        f"{np.median(good):.5g}" if len(good) else "",
        f"{good.min():.5g} to {good.max():.5g}" if len(good) else "",
        f"{times.min():.4f}",
        f"{times.max():.4f}",
    )


def shown_pictures(
    collection: Collection, object_id: str, row: Row, folding: Folding
) -> list[Picture]:
    """Against time, then folded as is asked for, or with the period that is known."""
    found = [pictures.against_time(collection.name, object_id)]
    own = row.get(collection.period_column or "")
    if folding.period:
        asked = (folding.period, folding.epoch)
        found.append(pictures.folded(collection.name, object_id, *asked))
    elif isinstance(own, float) and own > 0:
        found.append(pictures.folded(collection.name, object_id, "own"))
    return found


def links(
    collection: Collection, object_id: str, base_url: str, authority: str | None
) -> list[Link]:
    """Where else the object is to be had."""
    path = pictures.object_path(collection.name, object_id)
    did = CurveId(collection.name, object_id).did(authority)
    plot = f"{base_url}/plot/{path}?width=1600&height=840"
    paper = collection.bibcode
    return [
        *(
            Link(label, f"{base_url}{service}?{urlencode({'ID': did, **params})}")
            for label, service, params in SERVICES
        ),
        Link("Plot as PNG", f"{plot}&format=png"),
        Link("Plot as SVG", f"{plot}&format=svg"),
        *([Link(f"Paper ({paper})", f"{ADS}{quote(paper)}")] if paper else []),
    ]


SERVICES: Sequence[tuple[str, str, Mapping[str, str]]] = (
    (
        "All that belongs to it (DataLink)",
        "/datalink/links",
        {"RESPONSEFORMAT": "html"},
    ),
    ("Light curve by SODA", "/soda/sync", {}),
    ("Periodogram", "/periodogram/sync", {"OUTPUT": "plot"}),
    ("Best periods", "/periodogram/sync", {"RESPONSEFORMAT": "html"}),
)


def light_curve_links(
    collection: Collection, object_id: str, base_url: str
) -> tuple[Link, ...]:
    """The light curve in every format."""
    path = pictures.object_path(collection.name, object_id)
    return formats_of(f"{base_url}/lc/{path}")
