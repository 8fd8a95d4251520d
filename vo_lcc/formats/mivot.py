"""MIVOT 1.0: what the columns of a light curve mean, in the words of data models.

The block stands before the table it maps, in a RESOURCE of type "meta". Frames and
calibrations are instances in its GLOBALS (Coords 1.0, PhotDM 1.1). Each row is a time
(Meas 1.0) and a `mango:MangoObject` (MANGO 1.0), whose properties are the position of
the object and its brightness. Where one table holds several passbands, the passband of
a row is the key of its calibration.
"""

from collections.abc import Iterable, Mapping

from vo_lcc.formats.markup import element
from vo_lcc.heads import TableHead
from vo_lcc.tables import Column, PhotCal, SkyFrame, TimeFrame

MODELS = (
    ("ivoa", "https://www.ivoa.net/xml/VODML/IVOA-v1.vo-dml.xml"),
    (
        "mango",
        "https://raw.githubusercontent.com/ivoa-std/MANGO/refs/heads/wd-v1.0/vo-dml"
        "/mango.vo-dml.xml",
    ),
    ("meas", "https://ivoa.net/xml/VODML/Meas-v1.vo-dml.xml"),
    ("Phot", "https://ivoa.net/xml/VODML/Phot-v1.vodml.xml"),
    ("coords", "https://ivoa.net/xml/VODML/Coords-v1.vo-dml.xml"),
)
"""The models in use, and where they are described."""

PHOTCALS = "_photcals"
PASSBAND_UCD = "instr.bandpass"
JD, MJD = 0.0, 2400000.5

REAL, QUANTITY, STRING = "ivoa:real", "ivoa:RealQuantity", "ivoa:string"


def mapped_places(table: TableHead) -> list[int]:
    """The places of columns that the block refers to, which must have IDs.

    >>> mapped_places(TableHead((Column("n", "int"), Column("m", "float", ucd="phot"))))
    [1]
    """
    return [place for place, c in enumerate(table.columns) if _role(c) is not None]


def _role(column: Column) -> str | None:
    ucd = column.ucd or ""
    if isinstance(column.annotation, TimeFrame) and not column.is_text:
        return "time"
    if ucd.startswith(("phot", "stat.error;phot")):
        return "phot"
    return "passband" if ucd == PASSBAND_UCD else None


def mivot_block(table: TableHead, table_id: str, ids: Mapping[int, str]) -> str:
    """The RESOURCE that maps a table; `ids` are those of its columns by place.

    Only scalar columns are mapped: of light curves, one row is one point.
    """
    refs = {
        c: ids[place]
        for place, c in enumerate(table.columns)
        if place in ids and not c.is_list
    }
    times = [c for c in refs if _role(c) == "time"]
    points = [instance("mango:MangoObject", *_mango(table, refs))]
    points += [_time(column, refs[column]) for column in times]
    inside = element("REPORT", {"status": "OK"}, "A light curve: a row is a point")
    inside += "".join(element("MODEL", {"name": n, "url": u}) for n, u in MODELS)
    inside += element("GLOBALS", {}, "".join(_globals(table)))
    inside += element("TEMPLATES", {"tableref": table_id}, "".join(points))
    vodml = element("VODML", {"xmlns": "http://www.ivoa.net/xml/mivot"}, inside)
    return element("RESOURCE", {"type": "meta"}, vodml)


def instance(
    dmtype: str, *inside: str, role: str | None = None, dmid: str | None = None
) -> str:
    """An INSTANCE of a class; parts that are empty are nothing.

    >>> instance("coords:TimeSys", "", dmid="_t")
    '<INSTANCE dmid="_t" dmtype="coords:TimeSys"/>'
    """
    about = {"dmid": dmid, "dmrole": role, "dmtype": dmtype}
    return element("INSTANCE", about, "".join(inside))


def literal(
    role: str, value: str | float | None, dmtype: str = STRING, unit: str | None = None
) -> str:
    """An ATTRIBUTE with a value; nothing where the value is not known."""
    if value is None:
        return ""
    about = {"dmrole": role, "dmtype": dmtype, "value": str(value), "unit": unit}
    return element("ATTRIBUTE", about)


def of_column(role: str, column: Column, ref: str, dmtype: str = QUANTITY) -> str:
    """An ATTRIBUTE that takes its value from a column."""
    about = {"dmrole": role, "dmtype": dmtype, "ref": ref, "unit": column.unit}
    return element("ATTRIBUTE", about)


def reference(role: str, dmref: str) -> str:
    """A REFERENCE to an instance of the GLOBALS."""
    return element("REFERENCE", {"dmrole": role, "dmref": dmref})


def _globals(table: TableHead) -> Iterable[str]:
    """The frames of the columns and parameters, then the calibrations."""
    columns = [*table.columns, *(param.column for param in table.params)]
    notes = list(dict.fromkeys(c.annotation for c in columns if c.annotation))
    for note in notes:
        if isinstance(note, SkyFrame):
            yield _space_sys(note, dmid_of(note))
        elif isinstance(note, TimeFrame):
            yield _time_sys(note, dmid_of(note))
        else:
            yield from _photcal(note, dmid=dmid_of(note))
    if others := [each for each in table.calibrations if each not in notes]:
        keyed = [_photcal(each, key=each.passband) for each in others]
        photcals = "".join(photcal for photcal, _ in keyed)
        yield element("COLLECTION", {"dmid": PHOTCALS}, photcals)
        yield from (photfilter for _, photfilter in keyed)


def dmid_of(note: SkyFrame | TimeFrame | PhotCal) -> str:
    """The identifier of a frame or calibration within the block.

    >>> dmid_of(TimeFrame("TDB", "BARYCENTER")), dmid_of(PhotCal("g"))
    ('_timesys_TDB_BARYCENTER_2400000.5', '_photcal_g')
    """
    if isinstance(note, PhotCal):
        return f"_photcal_{note.passband}"
    if isinstance(note, SkyFrame):
        return f"_spacesys_{note.system}_{note.epoch or ''}"
    return f"_timesys_{note.timescale}_{note.refposition}_{note.time_origin}"


def _space_sys(frame: SkyFrame, dmid: str) -> str:
    place = _location("coords:SpaceFrame.refPosition", frame.refposition)
    inside = instance(
        "coords:SpaceFrame",
        literal("coords:SpaceFrame.spaceRefFrame", frame.system),
        place,
        role="coords:PhysicalCoordSys.frame",
    )
    return instance("coords:SpaceSys", inside, dmid=dmid)


def _time_sys(frame: TimeFrame, dmid: str) -> str:
    inside = instance(
        "coords:TimeFrame",
        literal("coords:TimeFrame.timescale", frame.timescale),
        _location("coords:TimeFrame.refPosition", frame.refposition),
        role="coords:PhysicalCoordSys.frame",
    )
    return instance("coords:TimeSys", inside, dmid=dmid)


def _location(role: str, name: str | None) -> str:
    if name is None:
        return ""
    where = literal("coords:StdRefLocation.position", name)
    return instance("coords:StdRefLocation", where, role=role)


def _photcal(
    calibration: PhotCal, dmid: str | None = None, key: str | None = None
) -> tuple[str, str]:
    """A calibration, known by `dmid` or by `key`, and its filter."""
    filter_id = f"_filter_{calibration.passband}"
    keyed = element("PRIMARY_KEY", {"dmtype": STRING, "value": key}) if key else ""
    photcal = instance(
        "Phot:PhotCal",
        keyed,
        literal("Phot:PhotCal.identifier", calibration.filter_identifier),
        _zero_point(calibration),
        _magnitude_system(calibration),
        reference("Phot:PhotCal.photometryFilter", filter_id),
        dmid=dmid,
    )
    photfilter = instance(
        "Phot:PhotometryFilter",
        literal("Phot:PhotometryFilter.identifier", calibration.filter_identifier),
        literal("Phot:PhotometryFilter.name", calibration.passband),
        _metres(
            "bandwidth", "Bandwidth", "extent", "instr.bandwidth", calibration.bandwidth
        ),
        _metres(
            *("spectralLocation", "SpectralLocation", "value", "em.wl.effective"),
            calibration.effective_wavelength,
        ),
        dmid=filter_id,
    )
    return photcal, photfilter


def _zero_point(calibration: PhotCal) -> str:
    if calibration.zero_point is None:
        return ""
    kind = 0 if calibration.softening is None else 1  # Pogson's, or of asinh magnitudes
    flux = instance(
        "Phot:Flux",
        literal("Phot:Flux.ucd", "phot.flux.density", "Phot:UCD"),
        literal("Phot:Flux.unitexpression", "Jy", "ivoa:Unit"),
        literal("Phot:Flux.value", calibration.zero_point, REAL),
        role="Phot:ZeroPoint.flux",
    )
    return instance(
        "Phot:ZeroPoint",
        literal("Phot:ZeroPoint.type", kind, "ivoa:integer"),
        literal("Phot:ZeroPoint.softeningParameter", calibration.softening, REAL),
        literal("Phot:ZeroPoint.referenceMagnitudeValue", 0, REAL),
        flux,
        role="Phot:PhotCal.zeroPoint",
    )


def _magnitude_system(calibration: PhotCal) -> str:
    system = calibration.magnitude_system
    kind = literal("Phot:MagnitudeSystem.type", system, "Phot:TypeOfMagSystem")
    role = "Phot:PhotCal.magnitudeSystem"
    return instance("Phot:MagnitudeSystem", kind, role=role) if kind else ""


def _metres(role: str, kind: str, member: str, ucd: str, value: float | None) -> str:
    """A length of a filter in metres."""
    if value is None:
        return ""
    return instance(
        f"Phot:{kind}",
        literal(f"Phot:{kind}.ucd", ucd, "Phot:UCD"),
        literal(f"Phot:{kind}.unitexpression", "m", "ivoa:Unit"),
        literal(f"Phot:{kind}.{member}", value, REAL),
        role=f"Phot:PhotometryFilter.{role}",
    )


def _time(column: Column, ref: str) -> str:
    """A time of Meas 1.0: a Julian date, a modified one, or counted from some date."""
    frame = column.annotation
    assert isinstance(frame, TimeFrame)
    kind = {JD: "JD", MJD: "MJD"}.get(frame.time_origin)
    if kind is not None:
        dmtype, date = f"coords:{kind}", of_column(f"coords:{kind}.date", column, ref)
    else:
        origin = literal("coords:JD.date", frame.time_origin, QUANTITY, "d")
        dmtype = "coords:TimeOffset"
        date = of_column("coords:TimeOffset.time", column, ref)
        date += instance("coords:JD", origin, role="coords:TimeOffset.time0")
    system = reference("coords:Coordinate.coordSys", dmid_of(frame))
    coord = instance(dmtype, date, system, role="meas:Time.coord")
    return instance("meas:Time", literal("meas:Measure.ucd", column.ucd), coord)


def _mango(table: TableHead, refs: Mapping[Column, str]) -> Iterable[str]:
    """The object: its identifier, position and brightness."""
    values = {param.column.name: param.value for param in table.params}
    yield literal("mango:MangoObject.identifier", values.get("object_id"))
    dock = [_position(table), *_brightnesses(table, refs)]
    about = {"dmrole": "mango:MangoObject.propertyDock"}
    if any(dock):
        yield element("COLLECTION", about, "".join(dock))


def _position(table: TableHead) -> str:
    """The position in the parameters `ra` and `dec`, where both are known."""
    params = {param.column.name: param for param in table.params}
    if not {"ra", "dec"} <= set(params):
        return ""
    ra, dec = params["ra"], params["dec"]
    role, framed = "mango:EpochPosition", ""
    if isinstance(frame := ra.column.annotation, SkyFrame):
        framed = literal(f"{role}.obsDate", frame.epoch, "mango:year")
        framed += reference(f"{role}.spaceSys", dmid_of(frame))
    return instance(
        role,
        literal(f"{role}.longitude", ra.value, QUANTITY, ra.column.unit),
        literal(f"{role}.latitude", dec.value, QUANTITY, dec.column.unit),
        framed,
    )


def _brightnesses(table: TableHead, refs: Mapping[Column, str]) -> Iterable[str]:
    errors = {c.ucd: c for c in refs if (c.ucd or "").startswith("stat.error;")}
    passband = next((refs[c] for c in refs if _role(c) == "passband"), None)
    for column, ref in refs.items():
        if not (column.ucd or "").startswith("phot"):
            continue
        error = errors.get(f"stat.error;{column.ucd}")
        yield instance(
            "mango:Brightness",
            of_column("mango:PhotometricProperty.value", column, ref),
            _error(error, refs[error]) if error is not None else "",
            _photcal_of(table, column, passband),
        )


def _error(column: Column, ref: str) -> str:
    sigma = of_column("mango:error.PErrorSym1D.sigma", column, ref)
    role = "mango:PhotometricProperty.error"
    return instance("mango:error.PErrorSym1D", sigma, role=role)


def _photcal_of(table: TableHead, column: Column, passband: str | None) -> str:
    """The calibration of a column, or of the passband of each row."""
    role = "mango:Brightness.photCal"
    if isinstance(column.annotation, PhotCal):
        return reference(role, dmid_of(column.annotation))
    if not table.calibrations or passband is None:
        return ""
    key = element("FOREIGN_KEY", {"ref": passband})
    return element("REFERENCE", {"dmrole": role, "sourceref": PHOTCALS}, key)
