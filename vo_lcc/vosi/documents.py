"""The VOSI documents: availability, capabilities, tables (VOSI 1.1).

`vo-models` makes the availability. What it has of tables is not enough (see
`voresource.tables`), and its capabilities know no extension but TAP's.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from lxml import etree
from vo_models.voresource.types import UTCTimestamp
from vo_models.vosi.availability import Availability

from vo_lcc.dali.capability import Element
from vo_lcc.formats.votable import VOTableWriter
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Catalog, Schema, Table
from vo_lcc.voresource.names import NSMAP
from vo_lcc.voresource.tables import (
    NOT_COUNTED,
    RowCounts,
    add_schema,
    table_element,
)

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


def tableset(
    catalog: Catalog, rows: RowCounts = NOT_COUNTED, *, detail: bool = True
) -> bytes:
    """All tables; with `detail` also their columns and foreign keys."""
    return _tableset(catalog.schemas, rows, detail)


def single_schema(
    schema: Schema, rows: RowCounts = NOT_COUNTED, *, detail: bool = True
) -> bytes:
    """One schema: /tables/{schema} (the draft of VOSI 1.2)."""
    return _tableset([schema], rows, detail)


def single_table(table: Table, rows: RowCounts = NOT_COUNTED) -> bytes:
    """One table whole: /tables/{name} (VOSI 1.1, section 3.3.2)."""
    root = etree.Element(f"{{{TABLES}}}table", nsmap={"vosi": TABLES, **NSMAP})
    return _document(table_element(root, table, rows, detail=True))


def empty_votable(table: Table) -> bytes:
    """One table whole as a VOTable without rows (the draft of VOSI 1.2)."""
    writer = VOTableWriter("TABLEDATA")
    told = TableHead(table.columns, table.full_name, table.description)
    return writer.head(DocumentHead()) + writer.table(told) + writer.tail()


def _tableset(schemas: Iterable[Schema], rows: RowCounts, detail: bool) -> bytes:
    root = etree.Element(f"{{{TABLES}}}tableset", nsmap={"vosi": TABLES, **NSMAP})
    for schema in schemas:
        add_schema(root, schema, rows, detail=detail)
    return _document(root)


def _document(root: Element) -> bytes:
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return text
