"""Resource records in Dublin Core, as the schema of VOResource 1.2 maps them."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from lxml import etree

from vo_lcc.dali.capability import XSI, Element

OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
OAI_DC_SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
DC = "http://purl.org/dc/elements/1.1/"

# The elements of Dublin Core, and where in a record they are told.
TERMS = (
    ("title", "title"),
    ("identifier", "identifier"),
    ("identifier", "altIdentifier"),
    ("creator", "curation/creator/name"),
    ("subject", "content/subject"),
    ("subject", "content/contentLevel"),
    ("subject", "facility"),
    ("subject", "instrument"),
    ("description", "content/description"),
    ("publisher", "curation/publisher"),
    ("contributor", "curation/contributor"),
    ("date", "curation/date"),
    ("type", "content/type"),
    ("source", "content/source"),
    ("rights", "rights"),
)


def dublin_core(record: str) -> str:
    """An `oai_dc:dc` element that says what the record says, in XML.

    >>> text = dublin_core('<R updated="2026-01-02"><title>M 13</title></R>')
    >>> print(text.partition(">")[2])
    <dc:title>M 13</dc:title><dc:date>2026-01-02</dc:date></oai_dc:dc>
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    said = list(_said(etree.fromstring(record.encode(), parser)))
    elements = "".join(f"<dc:{term}>{escape(text)}</dc:{term}>" for term, text in said)
    return (
        f'<oai_dc:dc xmlns:oai_dc="{OAI_DC}" xmlns:dc="{DC}" xmlns:xsi="{XSI}"'
        f' xsi:schemaLocation="{OAI_DC} {OAI_DC_SCHEMA}">{elements}</oai_dc:dc>'
    )


def _said(resource: Element) -> Iterator[tuple[str, str]]:
    """Each term with what it is; without a date the one of the record's last change."""
    seen = set()
    for term, path in TERMS:
        for element in resource.findall(path):
            text = " ".join("".join(element.itertext()).split())
            if text and (term, text) not in seen:
                seen.add((term, text))
                yield term, text
    updated = resource.get("updated")
    if updated and not any(term == "date" for term, _ in seen):
        yield "date", updated
