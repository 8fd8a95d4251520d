"""The answer to FORMAT=METADATA: what may be asked, what comes back, and no rows.

Every input is a PARAM called ``INPUT:NAME`` and every column of the answer a PARAM
called ``OUTPUT:name`` of the results RESOURCE (SSA 1.1, section 4.1.8).
"""

from collections.abc import Iterable

from lxml import etree

from vo_lcc.heads import Info
from vo_lcc.ssa.params import DEFAULT_SIZE
from vo_lcc.tables import Column

VOTABLE = "http://www.ivoa.net/xml/VOTable/v1.3"


def text(name: str, description: str, default: str = "") -> tuple[Column, str]:
    """An input that is text, and its default."""
    return Column(name, "char", "*", description=description), default


INPUTS: tuple[tuple[Column, str], ...] = (
    text("REQUEST", "The operation; only queryData", "queryData"),
    text("POS", "Centre of the search: longitude,latitude in degrees, perhaps ;frame"),
    (
        Column(
            "SIZE", "double", unit="deg", description="Diameter of the search circle."
        ),
        f"{DEFAULT_SIZE:g}",
    ),
    text("BAND", "Wavelength ranges in m such as 4e-7/7e-7, or names of passbands"),
    text("TIME", "ISO 8601 ranges that the light curve overlaps, such as 2004/2006"),
    text("FORMAT", "Format of the light curves: all, fits, csv, parquet ...", "all"),
    text("TARGETNAME", "Names of objects, separated by commas"),
    text("TARGETCLASS", "Classes of objects, separated by commas"),
    text("COLLECTION", "Names of collections, separated by commas"),
    text("VARAMPL", "Ranges of the amplitude in magnitudes, such as 0.1/0.5"),
    text("PUBDID", "Publisher's identifiers of light curves"),
    (Column("TOP", "long", description="Only the best so many rows"), "0"),
    (Column("MAXREC", "long", description="The most rows to return"), "0"),
    text("RESPONSEFORMAT", "Format of this answer", "votable/td"),
)


def metadata_document(
    columns: Iterable[Column], infos: Iterable[Info], maxrec: int, description: str
) -> bytes:
    """The VOTable; `maxrec` is the default row limit of the service."""
    root = etree.Element("VOTABLE", {"version": "1.4"}, nsmap={None: VOTABLE})
    resource = etree.SubElement(root, "RESOURCE", {"type": "results"})
    _described(resource, description)
    for info in (Info("QUERY_STATUS", "OK"), *infos):
        words = {"name": info.name, "value": info.value}
        words |= {"ucd": info.ucd} if info.ucd else {}
        etree.SubElement(resource, "INFO", words).text = info.text or None
    for column, default in INPUTS:
        value = str(maxrec) if column.name == "MAXREC" else default
        _param(resource, f"INPUT:{column.name}", column, value)
    for column in columns:
        _param(resource, f"OUTPUT:{column.name}", column, "")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _param(parent: etree._Element, name: str, column: Column, value: str) -> None:
    """A PARAM; a number without a value is NaN or 0 as its type allows."""
    blank = BLANK.get(column.datatype, "")
    if column.arraysize is not None and blank:
        blank = " ".join([blank] * int(column.arraysize))
    words = {"name": name, "datatype": column.datatype, "value": value or blank}
    for key in ("arraysize", "unit", "ucd", "utype", "xtype"):
        known = getattr(column, key)
        if known is not None:
            words[key] = known
    _described(etree.SubElement(parent, "PARAM", words), column.description)


def _described(parent: etree._Element, description: str | None) -> None:
    if description:
        etree.SubElement(parent, "DESCRIPTION").text = description


BLANK = {"double": "NaN", "float": "NaN", "long": "0", "int": "0"}
