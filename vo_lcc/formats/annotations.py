"""What several columns share, as VOTable elements: COOSYS, TIMESYS, GROUP.

Each is declared once in a document and its columns refer to it by ID (VOTable
1.4 sections 3.1, 3.4, 3.5). Photometric calibrations are GROUPs named photcal, of
utype photDM:PhotCal, with the words of PhotDM 1.1, as the light-curve note has it
and clients read it.
"""

from functools import lru_cache

from vo_lcc.formats.markup import element
from vo_lcc.heads import TableHead
from vo_lcc.tables import Annotation, Column, PhotCal, SkyFrame, TimeFrame

KEPT = 256
"""Calibrations whose words are kept."""

Key = tuple[Annotation, bool]
"""An annotation, and whether it is a time frame for times as text (ISO 8601)."""


def annotation_key(column: Column) -> Key | None:
    """What the FIELD of this column refers to."""
    note = column.annotation
    if note is None:
        return None
    return note, isinstance(note, TimeFrame) and column.is_text


def annotation_keys(table: TableHead) -> list[Key]:
    """All that the columns and parameters of a table refer to, each once, in order."""
    columns = [*table.columns, *(param.column for param in table.params)]
    keys = [key for c in columns if (key := annotation_key(c)) is not None]
    keys += [(calibration, False) for calibration in table.calibrations]
    return list(dict.fromkeys(keys))


SYSTEMS_OF_1_4 = {
    "FK4": "eq_FK4",
    "FK5": "eq_FK5",
    "ECLIPTIC": "ecl_FK5",
    "GALACTIC": "galactic",
    "SUPER_GALACTIC": "supergalactic",
}
"""Frames by the names they had before VOTable 1.5 took the IVOA vocabulary."""


def frame_element(key: Key, xml_id: str, version: str = "1.4") -> str:
    """A COOSYS or TIMESYS, as this version of VOTable has it.

    The time origin is always a number: not every client knows "MJD-origin". Times
    as text must not have one (VOTable 1.4, 3.5).

    >>> frame_element((TimeFrame("TDB", "BARYCENTER", 2450000.0), False), "t")
    '<TIMESYS ID="t" timeorigin="2450000.0" timescale="TDB" refposition="BARYCENTER"/>'
    >>> frame_element((SkyFrame(refposition="BARYCENTER"), False), "c", "1.5")
    '<COOSYS ID="c" system="ICRS" refposition="BARYCENTER"/>'
    """
    frame, is_text = key
    if isinstance(frame, SkyFrame):
        return _coosys(frame, xml_id, version)
    assert isinstance(frame, TimeFrame)
    origin = None if is_text else str(frame.time_origin)
    attributes = {
        "ID": xml_id,
        "timeorigin": origin,
        "timescale": frame.timescale,
        "refposition": frame.refposition,
    }
    return element("TIMESYS", attributes)


def _coosys(frame: SkyFrame, xml_id: str, version: str) -> str:
    old = version == "1.4"
    attributes = {
        "ID": xml_id,
        "system": SYSTEMS_OF_1_4.get(frame.system, frame.system)
        if old
        else frame.system,
        "epoch": frame.epoch,
        "refposition": None if old else frame.refposition,
    }
    return element("COOSYS", attributes)


PHOTCAL_PARAMS = (
    # attribute of PhotCal, name, datatype, unit, ucd, utype
    (
        "passband",
        "filterName",
        "char",
        None,
        "instr.bandpass",
        "photDM:PhotometryFilter.name",
    ),
    (
        "filter_identifier",
        "filterIdentifier",
        "char",
        None,
        "meta.id;instr.filter",
        "photDM:PhotometryFilter.identifier",
    ),
    (
        "zero_point",
        "zeroPointFlux",
        "double",
        "Jy",
        "phot.flux;arith.zp",
        "photDM:PhotCal.zeroPoint.flux.value",
    ),
    (
        "magnitude_system",
        "magnitudeSystem",
        "char",
        None,
        "meta.code",
        "photDM:PhotCal.magnitudeSystem.type",
    ),
    (
        "effective_wavelength",
        "effectiveWavelength",
        "double",
        "m",
        "em.wl.effective",
        "photDM:PhotometryFilter.spectralLocation.value",
    ),
    (
        "bandwidth",
        "bandwidth",
        "double",
        "m",
        "instr.bandwidth;stat.fwhm",
        "photDM:PhotometryFilter.bandwidth.extent.value",
    ),
    (
        "softening",
        "softeningParameter",
        "double",
        None,
        None,
        "photDM:PhotCal.zeroPoint.softeningParameter",
    ),
)


@lru_cache(maxsize=KEPT)
def photcal_element(
    calibration: PhotCal,
    xml_id: str,
    field_ids: tuple[str, ...] = (),
    *,
    alone: bool = True,
) -> str:
    """A GROUP of what is known of a photometric calibration.

    `field_ids` are the IDs of the FIELDs it calibrates. The name is photcal, by which
    clients know it, where the calibration stands `alone`; several beside each other are
    named by their IDs, so that names stay unique.
    """
    inside = ""
    for attribute, name, datatype, unit, ucd, utype in PHOTCAL_PARAMS:
        value = getattr(calibration, attribute)
        if value is None:
            continue
        is_text = datatype == "char"
        attributes = {
            "name": name,
            "datatype": datatype,
            "arraysize": "*" if is_text else None,
            "unit": unit,
            "ucd": ucd,
            "utype": utype,
            "value": value if is_text else str(value),
        }
        inside += element("PARAM", attributes)
    for field_id in field_ids:
        inside += element("FIELDref", {"ref": field_id, "utype": "adhoc:location"})
    name = "photcal" if alone else xml_id
    about = {"ID": xml_id, "name": name, "utype": "photDM:PhotCal"}
    return element("GROUP", about, inside)


@lru_cache(maxsize=KEPT)
def photcal_words(calibration: PhotCal) -> str:
    """What is known of a photometric calibration, in one line.

    >>> photcal_words(PhotCal("g", zero_point=3631.0, magnitude_system="AB"))
    'photcal: filterName=g zeroPointFlux=3631.0 Jy magnitudeSystem=AB'
    """
    words = [
        f"{name}={value}" + (f" {unit}" if unit else "")
        for attribute, name, _, unit, _, _ in PHOTCAL_PARAMS
        if (value := getattr(calibration, attribute)) is not None
    ]
    return " ".join(["photcal:", *words])


def notes(table: TableHead) -> list[tuple[str, str]]:
    """What the columns of a table refer to: their names, and in words what it is.

    >>> notes(TableHead((Column("t", "double", annotation=TimeFrame("TDB")),)))
    [('t', 'time scale TDB, reference position UNKNOWN, counted from JD 2400000.5')]
    """
    return [(names, annotation_words(key)) for key, names in annotated(table).items()]


def annotated(table: TableHead) -> dict[Key, str]:
    """What the columns of a table refer to, and the names of those that do."""
    columns = [*table.columns, *(param.column for param in table.params)]
    return {
        key: ", ".join(c.name for c in columns if annotation_key(c) == key)
        for key in annotation_keys(table)
    }


def annotation_words(key: Key) -> str:
    """A frame or calibration in words."""
    note, is_text = key
    if isinstance(note, PhotCal):
        return photcal_words(note)
    if isinstance(note, SkyFrame):
        words = [f"positions in {note.system}"]
        words += [f"epoch {note.epoch}"] if note.epoch else []
        where = note.refposition
    else:
        words = [f"time scale {note.timescale}"]
        where = note.refposition
    words += [f"reference position {where}"] if where else []
    if isinstance(note, TimeFrame) and not is_text:
        words.append(f"counted from JD {note.time_origin}")
    return ", ".join(words)
