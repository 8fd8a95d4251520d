"""What may be asked of services that work on light curves, as described inputs.

The parameters that SODA knows have its three-factor semantics (SODA 1.0, section 3.6):
name, UCD and unit. Others are those of the steps. Ranges and options are those of the
light curve where one is meant, else those of its collection.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from vo_lcc.curves.layouts import LAYOUTS
from vo_lcc.curves.steps.brightness import QUANTITY, can_be
from vo_lcc.curves.steps.inputs import INPUTS, TIME_INPUT
from vo_lcc.formats.curves import CURVE_FORMATS
from vo_lcc.heads import ServiceInput
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column, PhotCal
from vo_lcc.times import MJD_ORIGIN

STEPS = {each.column.name: each for each in INPUTS}
FOR_FOLDING = ("PERIOD", "EPOCH", "BIN", "QUALITY", "QUANTITY")
FOR_PERIODS = ("QUALITY", "TIMESCALE", "REFPOSITION", "QUANTITY")
MARGIN = 0.01  # d: more than scales of time and places in the solar system differ by

ID = Column(
    "ID",
    "char",
    "*",
    ucd="meta.ref.url;meta.curation",
    description="Publisher's identifier of the light curve; may be repeated",
)
ONE_ID = replace(ID, description="Publisher's identifier of the light curve")
POS = Column(
    "POS",
    "char",
    "*",
    ucd="pos.outline;obs",
    description="Only objects in CIRCLE ra dec radius, RANGE or POLYGON (deg, ICRS)",
)
CIRCLE = Column(
    "CIRCLE",
    "double",
    "3",
    unit="deg",
    ucd="pos.outline;obs",
    xtype="circle",
    description="Only objects in this circle (ICRS): ra, dec, radius",
)
POLYGON = Column(
    "POLYGON",
    "double",
    "*",
    unit="deg",
    ucd="pos.outline;obs",
    xtype="polygon",
    description="Only objects in this polygon (ICRS): ra and dec of each corner",
)
WAVELENGTH = Column(
    "BAND",
    "double",
    "2",
    unit="m",
    ucd="em.wl;stat.interval",
    xtype="interval",
    description="Only passbands that overlap this interval of wavelength",
)
PASSBAND = Column(
    "BAND",
    "char",
    "*",
    ucd="instr.bandpass",
    description="Only this passband; may be repeated",
)
FORMAT = Column(
    "RESPONSEFORMAT",
    "char",
    "*",
    ucd="meta.code.mime",
    description="Format of the light curves; VOTable by default",
)
LAYOUT = Column(
    "LAYOUT",
    "char",
    "*",
    ucd="meta.code",
    description="A table for each light curve (bands), one with a row for each point"
    " (long) or for each light curve (arrays), or a zip of files (zip)",
)


def _word(name: str, description: str, options: tuple[str, ...]) -> ServiceInput:
    about = Column(name, "char", "*", ucd="meta.code", description=description)
    return ServiceInput(about, options=options)


def _period(name: str, ucd: str, description: str) -> ServiceInput:
    about = Column(name, "double", unit="d", ucd=ucd, description=description)
    return ServiceInput(about, minimum="0")


PERIODOGRAM = (
    _word(
        "METHOD",
        "Lomb-Scargle (ls), box least squares (bls) or phase dispersion (pdm)",
        ("ls", "bls", "pdm"),
    ),
    _period("PMIN", "time.period;stat.min", "Shortest period"),
    _period(
        "PMAX", "time.period;stat.max", "Longest period; the time span if not given"
    ),
    ServiceInput(
        Column("NTERMS", "int", description="Sinusoids of Lomb-Scargle; 1 by default"),
        minimum="1",
        maximum="8",
    ),
    ServiceInput(
        Column("PEAKS", "int", description="How many periods to tell; 5 by default"),
        minimum="1",
        maximum="100",
    ),
    _word("OUTPUT", "The best periods, or all powers", ("peaks", "spectrum", "plot")),
)


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a service works on: light curves of a collection, perhaps just one.

    `passbands` () are all of the collection, `span` is in its time frame (None: that of
    the collection).
    """

    collection: Collection
    passbands: tuple[str, ...] = ()
    span: tuple[float, float] | None = None

    @property
    def calibrations(self) -> tuple[PhotCal, ...]:
        """The calibrations of its passbands."""
        return tuple(
            c
            for c in self.collection.passbands
            if not self.passbands or c.passband in self.passbands
        )


def soda_inputs(data: Dataset) -> tuple[ServiceInput, ...]:
    """What SODA may be asked besides whose light curves are meant."""
    return (
        time_input(data),
        band_input(data),
        *map(ServiceInput, (POS, CIRCLE, POLYGON)),
        *step_inputs(data, (name for name in STEPS if name != TIME_INPUT.column.name)),
        format_input(),
        ServiceInput(LAYOUT, options=LAYOUTS),
    )


def fold_inputs(data: Dataset) -> tuple[ServiceInput, ...]:
    """What may be asked of light curves that are folded."""
    return (*step_inputs(data, FOR_FOLDING), passband_input(data), format_input())


def periodogram_inputs(data: Dataset) -> tuple[ServiceInput, ...]:
    """What may be asked of a periodogram."""
    steps = step_inputs(data, FOR_PERIODS)
    return (*PERIODOGRAM, passband_input(data), time_input(data), *steps)


def step_inputs(data: Dataset, names: Iterable[str]) -> Iterator[ServiceInput]:
    """What may be asked of the steps: magnitudes or fluxes only where they can be."""
    collection = replace(data.collection, passbands=data.calibrations)
    for name in names:
        step = STEPS[name]
        if name == QUANTITY:
            known = (word for word in step.options if can_be(word, collection))
            step = replace(step, options=tuple(known))
        yield step


def time_input(data: Dataset) -> ServiceInput:
    """TIME, from the first to the last point as far as MJD in UTC are known.

    A little is added at both ends: the points may be in another scale, and of
    another place.
    """
    origin = data.collection.time_frame.time_origin - MJD_ORIGIN
    span = data.span or (data.collection.t_min, data.collection.t_max)
    if span[0] is None or span[1] is None:
        return TIME_INPUT
    return replace(
        TIME_INPUT,
        minimum=f"{math.floor((span[0] + origin - MARGIN) / MARGIN) * MARGIN:.2f}",
        maximum=f"{math.ceil((span[1] + origin + MARGIN) / MARGIN) * MARGIN:.2f}",
    )


def band_input(data: Dataset) -> ServiceInput:
    """BAND: wavelengths where they are known, else names of passbands."""
    ranges = [wavelengths(c) for c in data.calibrations]
    known = [each for each in ranges if each is not None]
    if not known or len(known) < len(ranges):
        return passband_input(data)
    return ServiceInput(
        WAVELENGTH,
        minimum=f"{min(low for low, _ in known):.6g}",
        maximum=f"{max(high for _, high in known):.6g}",
    )


def wavelengths(calibration: PhotCal) -> tuple[float, float] | None:
    """The wavelengths (m) of a passband; None where they are not known.

    >>> wavelengths(PhotCal("r", effective_wavelength=6e-7)), wavelengths(PhotCal("c"))
    ((6e-07, 6e-07), None)
    """
    middle, half = calibration.effective_wavelength, (calibration.bandwidth or 0.0) / 2
    return None if middle is None else (middle - half, middle + half)


def passband_input(data: Dataset) -> ServiceInput:
    """BAND as one of the passbands."""
    return ServiceInput(PASSBAND, options=tuple(c.passband for c in data.calibrations))


def format_input() -> ServiceInput:
    """RESPONSEFORMAT, in any format of light curves."""
    return ServiceInput(FORMAT, options=tuple(each.name for each in CURVE_FORMATS))
