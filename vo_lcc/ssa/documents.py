"""The answer to FORMAT=METADATA: what may be asked, what comes back, and no rows.

Every input is a PARAM called ``INPUT:NAME`` and every column of the answer a PARAM
called ``OUTPUT:name`` of the results RESOURCE (SSA 1.1, section 5).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from vo_lcc.formats.descriptors import input_element
from vo_lcc.formats.markup import content, element, encoded
from vo_lcc.heads import Info, ServiceInput
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.ssa.choice import WAVEBANDS
from vo_lcc.ssa.forms import OFFERED
from vo_lcc.ssa.params import BOOLEANS, CALIBRATIONS, DEFAULT_SIZE
from vo_lcc.tables import Column

VOTABLE = "http://www.ivoa.net/xml/VOTable/v1.3"


def text(
    name: str, about: str, value: str = "", options: Iterable[str] = ()
) -> ServiceInput:
    """An input that is text, its default, and the only values it can have."""
    column = Column(name, "char", "*", description=about)
    return ServiceInput(column, value, options=tuple(options))


def number(
    name: str, datatype: str, unit: str | None, about: str, value: str = ""
) -> ServiceInput:
    """An input that is a number of at least 0."""
    column = Column(name, datatype, unit=unit, description=about)
    return ServiceInput(column, value, minimum="0")


INPUTS: tuple[ServiceInput, ...] = (
    text("REQUEST", "The operation", "queryData", ["queryData"]),
    text("VERSION", "The version of the protocol", "1.1", ["1.0", "1.1"]),
    text(
        "POS",
        "Centre of the search: longitude,latitude in degrees, ICRS or in the frame"
        " that follows as ;frame",
    ),
    replace(
        number(
            "SIZE", "double", "deg", "Diameter of the search circle", f"{DEFAULT_SIZE}"
        ),
        maximum="360",
    ),
    text("BAND", "Ranges of wavelength in m such as 4e-7/7e-7, names of passbands"),
    text("TIME", "ISO 8601 ranges that the light curve overlaps, such as 2004/2006"),
    text(
        "FORMAT",
        "Formats of the light curves, separated by commas; each gives a row",
        "all",
    ),
    number("SPECRP", "double", None, "Least resolving power of the passband"),
    text("PUBDID", "Publisher's identifier of a light curve; may be repeated"),
    text("CREATORDID", "Creator's identifier of a light curve"),
    text("COLLECTION", "Names of collections, or parts of them, separated by commas"),
    text("TARGETNAME", "Names of objects, separated by commas"),
    text("TARGETCLASS", "Classes of objects, separated by commas"),
    text(
        "VARAMPL",
        "Ranges of the amplitude as a fraction of the mean flux, from 0 to 1",
    ),
    text(
        "FLUXCALIB",
        "Least calibration of the magnitudes or fluxes",
        "any",
        reversed(CALIBRATIONS),
    ),
    number("TOP", "long", None, "Only so many rows, those that match best"),
    number("MAXREC", "long", None, "The most rows to return"),
    text("MTIME", "ISO 8601 range in which the light curve was published"),
    text("COMPRESS", "Whether downloads may be compressed", "false", BOOLEANS[:2]),
    text("RUNID", "Identifies the job that this request is part of"),
    text("RESPONSEFORMAT", "Format of this answer", "text/xml"),
)
"""What may be asked. A list may hold several of the options of FORMAT and BAND."""


def metadata_document(
    columns: Iterable[Column],
    infos: Iterable[Info],
    defaults: Mapping[str, str],
    options: Mapping[str, Iterable[str]],
    description: str,
) -> bytes:
    """The VOTable; `defaults` and `options` are what depends on the server."""
    inputs = [
        replace(
            each,
            value=defaults.get(each.column.name, each.value),
            options=tuple(options.get(each.column.name, each.options)),
        )
        for each in INPUTS
    ]
    outputs = [ServiceInput(column) for column in columns]
    return encoded(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<VOTABLE version="1.4" xmlns="{VOTABLE}">',
            '<RESOURCE type="results">',
            element("DESCRIPTION", {}, content(description)),
            *map(info_element, (Info("QUERY_STATUS", "OK"), *infos)),
            *(param_element("INPUT", each) for each in inputs),
            *(param_element("OUTPUT", each) for each in outputs),
            "</RESOURCE>",
            "</VOTABLE>",
        ]
    )


def options_of(collections: Mapping[str, Collection]) -> dict[str, list[str]]:
    """What may be asked of these collections, by parameter."""
    passbands = {c.passband for one in collections.values() for c in one.passbands}
    return {
        "FORMAT": [*OFFERED, "image/png", "image/svg+xml"],
        "BAND": [*sorted(passbands), *WAVEBANDS],
        "COLLECTION": list(collections),
    }


def info_element(info: Info) -> str:
    """An INFO."""
    words = {"name": info.name, "value": info.value, "ucd": info.ucd}
    return element("INFO", words, content(info.text))


def param_element(prefix: str, given: ServiceInput) -> str:
    """A PARAM; one without a value has an empty one, a real number NaN."""
    column = replace(given.column, name=f"{prefix}:{given.column.name}")
    blank = "NaN" if column.datatype in ("double", "float") else ""
    if blank and column.arraysize is not None:
        blank = " ".join([blank] * int(column.arraysize))
    return input_element(replace(given, column=column, value=given.value or blank), {})
