"""What may be asked of light curves, as inputs of a described service."""

from vo_lcc.curves.curves import MAG
from vo_lcc.curves.steps.binning import BIN
from vo_lcc.curves.steps.brightness import FLUX, QUANTITY
from vo_lcc.curves.steps.folding import EPOCH, OWN, PERIOD
from vo_lcc.curves.steps.frames import ORIGINS, REFPOSITION, TIMEFORMAT, TIMESCALE
from vo_lcc.curves.steps.params import QUALITY, TIME
from vo_lcc.heads import ServiceInput
from vo_lcc.tables import Column
from vo_lcc.times.conversion import PLACES, SCALES


def _text(
    name: str, ucd: str | None, description: str, options: tuple[str, ...] = ()
) -> ServiceInput:
    column = Column(name, "char", "*", ucd=ucd, description=description)
    return ServiceInput(column, options=options)


TIME_INPUT = ServiceInput(
    Column(
        TIME,
        "double",
        "2",
        unit="d",
        ucd="time.interval;obs.exposure",
        xtype="interval",
        description="Only the points in this interval of MJD (UTC), both ends included;"
        " may be repeated. Converted to the time scale of the light curve where that"
        " is known, not to another place.",
    )
)

INPUTS: tuple[ServiceInput, ...] = (
    TIME_INPUT,
    _text(
        QUALITY,
        "meta.code.qual",
        "Points by their flags: all, good (no flag, and measured), or a sum of flag"
        " bits that no point may have; then, after a comma, what to do with upper"
        " limits: limits (keep), nolimits (leave out), onlylimits",
    ),
    _text(TIMESCALE, "time.scale", "Time scale to convert the times to", SCALES),
    _text(REFPOSITION, None, "Place to convert the times to: where they hold", PLACES),
    _text(TIMEFORMAT, None, "How the times are written", tuple(ORIGINS)),
    _text(
        QUANTITY,
        None,
        "Magnitudes, or flux densities in Jy by the zero point of each passband",
        (MAG, FLUX),
    ),
    _text(
        PERIOD,
        "time.period",
        f"Fold with this period in days, or with {OWN}: that of each object",
    ),
    _text(
        EPOCH,
        "time.epoch",
        "Time of phase 0, in the frame of the times as returned; by default that of"
        " the object, or else MJD 0",
    ),
    ServiceInput(
        Column(
            BIN,
            "double",
            unit="d",
            ucd="time.interval",
            description="Mean of the good points in bins this wide; of phase where the"
            " light curve is folded",
        )
    ),
)
"""Every parameter that `parse_steps` reads."""
