"""The VOSI documents: availability, capabilities, tables (VOSI 1.1)."""

from collections.abc import Iterable
from datetime import UTC, datetime

from lxml import etree
from vo_models.voresource.types import UTCTimestamp
from vo_models.vosi.availability import Availability

from vo_lcc.dali.capability import Element
from vo_lcc.tables import Catalog, Table
from vo_lcc.voresource.names import NSMAP
from vo_lcc.voresource.tables import schema_element, table_element

CAPABILITIES = "http://www.ivoa.net/xml/VOSICapabilities/v1.0"
TABLES = "http://www.ivoa.net/xml/VOSITables/v1.0"


def availability(available: bool, started: float, note: str | None = None) -> bytes:
    """The availability document; `started` in Unix seconds."""
    up_since = datetime.fromtimestamp(int(started), UTC)
    document = Availability(
        available=available,
        up_since=UTCTimestamp.fromisoformat(up_since.isoformat())
        if available
        else None,
        note=[note] if note else [],
    )
    text = document.to_xml(skip_empty=True, xml_declaration=True, encoding="UTF-8")
    return text if isinstance(text, bytes) else text.encode()


def capabilities(elements: Iterable[Element]) -> bytes:
    """The capabilities document that holds these `capability` elements."""
    root = etree.Element(
        f"{{{CAPABILITIES}}}capabilities", nsmap={"vosi": CAPABILITIES, **NSMAP}
    )
    root.extend(elements)
    return _document(root)


def tableset(catalog: Catalog, *, detail: bool = True) -> bytes:
    """All tables; with `detail` also their columns and foreign keys."""
    root = etree.Element(f"{{{TABLES}}}tableset", nsmap={"vosi": TABLES, **NSMAP})
    for schema in catalog.schemas:
        root.append(schema_element(schema, detail=detail))
    return _document(root)


def single_table(table: Table) -> bytes:
    """One table whole: /tables/{name}."""
    root = etree.Element(f"{{{TABLES}}}table", nsmap={"vosi": TABLES, **NSMAP})
    return _document(table_element(root, table, detail=True))


def _document(root: Element) -> bytes:
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return text
