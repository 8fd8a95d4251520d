"""A light curve as the client portal of ../shared/systems.md, section 4, reads it.

Its rules, not its code: rows and the PARAMs of the table come from astropy, TIMESYS and
calibrations from the XML. Calibrations are GROUPs called photcal, whose PARAMs (or what
their PARAMrefs lead to) are known by utype; they belong to the field of a FIELDref, or
to those that refer to the GROUP.
"""

import io
from dataclasses import dataclass, field

from astropy.table import Table
from lxml import etree

NS = "{http://www.ivoa.net/xml/VOTable/v1.3}"

UTYPES = {
    "photdm:photcal.zeropoint.flux.value": "zero_point",
    "photdm:photcal.magnitudesystem.type": "magnitude_system",
    "photdm:photometryfilter.identifier": "filter_identifier",
    "photdm:photometryfilter.spectrallocation.value": "effective_wavelength",
}


@dataclass
class Curve:
    """What the portal knows of a light curve."""

    table: Table
    title: str
    description: str
    params: dict[str, object]
    time_origin: float = 0.0
    timescale: str = "UTC"
    refposition: str = "HELIOCENTER"
    param_frames: dict[str, str] = field(default_factory=dict)
    calibrations: dict[str, dict[str, str]] = field(default_factory=dict)

    def columns(self, ucd: str) -> list[str]:
        """The columns of a UCD that are no errors."""
        ucds = {c.name: (c.meta or {}).get("ucd", "") for c in self.table.itercols()}
        return [n for n, u in ucds.items() if ucd in u and "stat.error" not in u]


def read_curve(document: bytes) -> Curve:
    """Raises ValueError where the portal would refuse the document."""
    root = etree.fromstring(document)
    tables = list(root.iter(f"{NS}TABLE"))
    if len(tables) != 1:
        raise ValueError(f"{len(tables)} tables; one light curve is one table")
    (element,) = tables
    description = element.findtext(f"{NS}DESCRIPTION")
    if not (description or "").strip():
        raise ValueError("the table has no description")
    frames = {each.get("ID"): each.attrib for each in root.iter(f"{NS}TIMESYS")}
    table = Table.read(io.BytesIO(document), format="votable")
    curve = Curve(table, element.get("name"), description, table.meta)
    (time,) = (f for f in element.findall(f"{NS}FIELD") if "time.epoch" in f.get("ucd"))
    frame = frames[time.get("ref")]
    curve.time_origin = float(frame["timeorigin"])
    curve.timescale, curve.refposition = frame["timescale"], frame["refposition"]
    params = element.findall(f"{NS}PARAM")
    curve.params = {p.get("name"): p.get("value") for p in params}
    curve.param_frames = {
        p.get("name"): p.get("ref") for p in params if p.get("ref") in frames
    }
    curve.calibrations = calibrations_of(root, element)
    return curve


def calibrations_of(
    root: etree._Element, table: etree._Element
) -> dict[str, dict[str, str]]:
    """The calibration of each column that has one."""
    by_id = {each.get("ID"): each for each in root.iter() if each.get("ID")}
    found = {}
    for group in root.iter(f"{NS}GROUP"):
        if group.get("name") != "photcal":
            continue
        told = {}
        for child in group:
            param = by_id[child.get("ref")] if child.tag == f"{NS}PARAMref" else child
            known = UTYPES.get((param.get("utype") or "").lower())
            if known:
                told[known] = param.get("value")
        refs = [by_id[r.get("ref")] for r in group.findall(f"{NS}FIELDref")]
        fields = table.findall(f"{NS}FIELD")
        refs += [each for each in fields if each.get("ref") == group.get("ID")]
        found |= {each.get("name"): told for each in refs}
    return found
