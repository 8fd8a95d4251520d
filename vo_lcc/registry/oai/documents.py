"""Answers as XML (OAI-PMH 2.0, section 3.2), in the namespace of OAI as the default.

Records are tens of kilobytes of XML, and are put into the text as they are stored.
"""

from collections.abc import Mapping
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from vo_lcc.dali.capability import XSI
from vo_lcc.dali.faults import message
from vo_lcc.registry.oai.formats import Format
from vo_lcc.registry.oai.moments import stamp
from vo_lcc.registry.store import Stored

OAI = "http://www.openarchives.org/OAI/2.0/"
MANAGED = "ivo_managed"
"""The set of all that a registry is the origin of (Registry Interfaces 1.1, 3.4)."""


def document(
    url: str, now: datetime, attributes: Mapping[str, str], content: str
) -> str:
    """The whole answer; `url` is the address without arguments."""
    said = "".join(
        f" {name}={quoteattr(message(value))}" for name, value in attributes.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<OAI-PMH xmlns="{OAI}" xmlns:xsi="{XSI}"'
        f' xsi:schemaLocation="{OAI} {OAI}OAI-PMH.xsd">\n'
        f"<responseDate>{stamp(now)}</responseDate>\n"
        f"<request{said}>{escape(url)}</request>\n"
        f"{content}\n</OAI-PMH>\n"
    )


def error(code: str, problem: str) -> str:
    """An `error` element."""
    return f'<error code="{code}">{escape(message(problem))}</error>'


def words(**said: str) -> str:
    """An element for each word.

    >>> words(setSpec="a", setName="A & B")
    '<setSpec>a</setSpec><setName>A &amp; B</setName>'
    """
    return "".join(f"<{name}>{escape(text)}</{name}>" for name, text in said.items())


def header(stored: Stored) -> str:
    """The `header` of a record."""
    status = ' status="deleted"' if stored.status == "deleted" else ""
    said = words(
        identifier=stored.identifier, datestamp=stamp(stored.datestamp), setSpec=MANAGED
    )
    return f"<header{status}>{said}</header>"


def record(stored: Stored, fmt: Format) -> str:
    """The `record` element; of one that is deleted only the header."""
    if stored.status == "deleted":
        return f"<record>{header(stored)}</record>"
    metadata = fmt.write(stored.record)
    return f"<record>{header(stored)}<metadata>{metadata}</metadata></record>"


def resumption(token: str, size: int, cursor: int) -> str:
    """The `resumptionToken` after a part of a list; after the last one it is empty.

    The list has `size` records, as far as is known now, and `cursor` came before.
    """
    return (
        f'<resumptionToken completeListSize="{size}" cursor="{cursor}">{token}'
        "</resumptionToken>"
    )
