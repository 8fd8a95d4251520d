"""What can be done to light curves, as service descriptors (SODA 1.0, section 4).

The parameters that SODA knows have its three-factor semantics: name, UCD and unit.
Others are those of the steps. Ranges and options are those of the light curve where one
is meant, else those of its collection.
"""

import math
from dataclasses import dataclass, replace

from vo_lcc.curves.steps.inputs import INPUTS, TIME_INPUT
from vo_lcc.formats.curves import CURVE_FORMATS
from vo_lcc.heads import ServiceDescriptor, ServiceInput
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Column, PhotCal
from vo_lcc.times import MJD_ORIGIN

SYNC = "ivo://ivoa.net/std/SODA#sync-1.0"
ASYNC = "ivo://ivoa.net/std/SODA#async-1.0"

LAYOUTS = ("bands", "long", "arrays", "zip")
FOR_FOLDING = ("PERIOD", "EPOCH", "BIN", "QUALITY", "QUANTITY")
MARGIN = 0.01  # d: more than scales of time and places in the solar system differ by

ID = Column(
    "ID",
    "char",
    "*",
    ucd="meta.ref.url;meta.curation",
    description="Publisher's identifier of the light curve; may be repeated",
)
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


def services_of(
    base_url: str, ref: str | None, data: Dataset, value: str = ""
) -> tuple[ServiceDescriptor, ...]:
    """All that can be done to these light curves.

    `ref` is the column of the results that holds their identifiers; where there is
    none, `value` is the identifier of the one that is meant.
    """
    given = ServiceInput(ID, value, ref)
    return (
        soda_descriptor(base_url, given, data),
        soda_descriptor(base_url, given, data, is_async=True),
        fold_descriptor(base_url, given, data),
    )


def soda_descriptor(
    base_url: str, given: ServiceInput, data: Dataset, *, is_async: bool = False
) -> ServiceDescriptor:
    """SODA of light curves: cut-outs, conversions, other formats."""
    mode = "async" if is_async else "sync"
    words = "Cut out, convert and reshape light curves"
    return ServiceDescriptor(
        name=f"soda-{mode}-{data.collection.name}",
        access_url=f"{base_url}/soda/{mode}",
        inputs=(given, *soda_inputs(data)),
        description=f"{words}, as a job" if is_async else words,
        standard_id=ASYNC if is_async else SYNC,
        content_type=None if is_async else "application/x-votable+xml",
        title=f"SODA {mode}",
    )


def fold_descriptor(
    base_url: str, given: ServiceInput, data: Dataset
) -> ServiceDescriptor:
    """Folding of light curves with a period, which SODA does too."""
    wanted = {each.column.name: each for each in INPUTS}
    return ServiceDescriptor(
        name=f"fold-{data.collection.name}",
        access_url=f"{base_url}/soda/sync",
        inputs=(
            given,
            *(wanted[name] for name in FOR_FOLDING),
            passband_input(data),
            format_input(),
        ),
        description="Fold light curves with a period",
        content_type="application/x-votable+xml",
        title="Fold",
    )


def soda_inputs(data: Dataset) -> tuple[ServiceInput, ...]:
    """What SODA may be asked besides whose light curves are meant."""
    others = (each for each in INPUTS if each.column.name != "TIME")
    return (
        time_input(data),
        band_input(data),
        *map(ServiceInput, (POS, CIRCLE, POLYGON)),
        *others,
        format_input(),
        ServiceInput(LAYOUT, options=LAYOUTS),
    )


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
