"""Periodograms as tables: the power at each frequency, and the best periods."""

from collections.abc import Iterator

import pyarrow as pa

from vo_lcc.heads import Param, TableHead
from vo_lcc.periodograms.search import Periodogram
from vo_lcc.periodograms.sources import Source
from vo_lcc.tables import Batch, Column, arrow_schema

AT_ONCE = 65_536
"""Rows of a batch."""

FREQUENCY = Column(
    "frequency", "double", unit="1/d", ucd="arith.rate", description="Frequency"
)
PERIOD = Column("period", "double", unit="d", ucd="time.period", description="Period")
POWER = Column(
    "power",
    "double",
    ucd="stat.fit.goodness",
    description="Power: the part of the variance that the model takes away (1 - theta"
    " of PDM; of several passbands, see the documentation)",
)
SPECTRUM = (FREQUENCY, PERIOD, POWER)


def peak_columns(source: Source) -> tuple[Column, ...]:
    """The columns of the best periods; epochs are in the frame of the light curve."""
    where = source.target.fullest.passband
    passband = f", in passband {where}" if where else ""
    return (
        Column("rank", "int", ucd="meta.number", description="1 is the highest peak"),
        PERIOD,
        Column(
            "period_err",
            "double",
            unit="d",
            ucd="stat.error;time.period",
            description="Uncertainty of the period (1 sigma), if it is this peak; null"
            " without theory",
        ),
        FREQUENCY,
        Column(
            "frequency_err",
            "double",
            unit="1/d",
            ucd="stat.error",
            description="Uncertainty of the frequency (1 sigma), if it is this peak;"
            " null without theory",
        ),
        POWER,
        Column(
            "fap",
            "double",
            ucd="stat.probability",
            description="False-alarm probability: that noise alone has such a peak"
            " anywhere in the range (Baluev 2008); null without theory",
        ),
        *(
            Column(
                f"epoch_{name}",
                "double",
                unit="d",
                ucd="time.epoch",
                description=f"Time of {name}imum light{passband}, next to the middle of"
                " the observations; null where the model has none",
                annotation=source.frame,
            )
            for name in ("max", "min")
        ),
        Column(
            "alias_of", "int", ucd="meta.number", description="Rank of the higher peak"
        ),
        Column(
            "alias",
            "char",
            "*",
            ucd="meta.note",
            description="What this frequency is to that of the higher peak (f1 is that"
            " of rank 1); null for a peak of its own",
        ),
    )


def spectrum_head(source: Source, found: Periodogram) -> TableHead:
    """What is said of the power spectrum."""
    return TableHead(
        SPECTRUM,
        name="spectrum",
        description=f"Periodogram of {source.title}",
        params=params_of(source, found),
    )


def peaks_head(source: Source, found: Periodogram) -> TableHead:
    """What is said of the best periods."""
    return TableHead(
        peak_columns(source),
        name="peaks",
        description=f"Best periods of {source.title}",
        params=params_of(source, found),
    )


def spectrum_batches(found: Periodogram) -> Iterator[Batch]:
    """The power at each frequency."""
    frequencies, schema = found.grid.values, arrow_schema(SPECTRUM)
    for low in range(0, len(frequencies), AT_ONCE):
        here = frequencies[low : low + AT_ONCE]
        arrays = (here, 1 / here, found.powers[low : low + AT_ONCE])
        yield pa.record_batch(list(map(pa.array, arrays)), schema=schema)


def peaks_batch(source: Source, found: Periodogram) -> Batch:
    """The best periods."""
    origin = found.target.origin

    def time(value: float | None) -> float | None:
        return None if value is None else origin + value

    rows = [
        (
            rank,
            peak.period,
            peak.period_error,
            peak.frequency,
            peak.frequency_error,
            peak.power,
            peak.false_alarm,
            time(peak.epochs.maximum),
            time(peak.epochs.minimum),
            peak.alias and peak.alias.rank,
            peak.alias and peak.alias.label,
        )
        for rank, peak in enumerate(found.peaks, 1)
    ]
    schema = arrow_schema(peak_columns(source))
    columns = zip(*rows, strict=True)
    return pa.record_batch(
        [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)],
        schema=schema,
    )


def params_of(source: Source, found: Periodogram) -> tuple[Param, ...]:
    """How the periodogram was made."""
    target, grid = found.target, found.grid
    numbers = (
        ("n_points", "int", None, len(target), "Points that were used"),
        ("time_span", "double", "d", target.span, "From the first point to the last"),
        ("frequency_step", "double", "1/d", grid.step, "Between two frequencies"),
    )
    words = (
        ("method", source.method, "How it was computed"),
        ("passbands", " ".join(target.passbands), "Passbands that were used"),
        ("left_out", "; ".join(target.left_out), "Passbands that were not, and why"),
    )
    return (
        *source.params,
        *(
            Param(Column(name, kind, unit=unit, description=about), value)
            for name, kind, unit, value, about in numbers
        ),
        *(
            Param(Column(name, text_type(text), "*", description=about), text)
            for name, text, about in words
            if text
        ),
    )


def text_type(text: str) -> str:
    """The datatype of a text.

    >>> text_type("V"), text_type("H\u03b1")
    ('char', 'unicodeChar')
    """
    return "char" if text.isascii() else "unicodeChar"
