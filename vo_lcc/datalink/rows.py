"""Links as rows of the answer (DataLink 1.1, table 1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from vo_lcc.datalink.links import OBJECT, Link
from vo_lcc.errors import VOError
from vo_lcc.tables import Column, arrow_schema

DATASET = "obs_publisher_did"
"""The column of full identifiers, which services are called with."""


def _text(name: str, ucd: str | None, description: str) -> Column:
    return Column(name, "char", "*", ucd=ucd, description=description)


COLUMNS = (
    _text("ID", "meta.id;meta.main", "Identifier as it was given"),
    _text("access_url", "meta.ref.url", "Address of what the link leads to"),
    _text("service_def", "meta.ref", "ID of the service descriptor in this document"),
    _text("error_message", "meta.code.error", "Why there is no link"),
    _text("description", "meta.note", "What the link leads to"),
    _text("semantics", "meta.code", "Term of http://www.ivoa.net/rdf/datalink/core"),
    _text("content_type", "meta.code.mime", "Media type of what the link leads to"),
    Column(
        "content_length",
        "long",
        unit="byte",
        ucd="phys.size;meta.file",
        description="Size of what the link leads to; null where it is made on request",
    ),
    _text("content_qualifier", None, "Term of http://www.ivoa.net/rdf/product-type"),
    _text(
        "local_semantics",
        "meta.id.assoc",
        "What stays the same from one light curve to the next",
    ),
    _text("link_auth", "meta.code", "Whether one has to log in: false"),
    Column(
        "link_authorized",
        "boolean",
        ucd="meta.code",
        description="Whether this client may use the link",
    ),
    _text(DATASET, "meta.ref.ivoid", "Publisher's identifier of the light curve"),
)
SCHEMA = arrow_schema(COLUMNS)
OF_LINK = (
    *("service_def", "description", "semantics", "content_type"),
    *("content_qualifier", "local_semantics"),
)
"""The columns that are fields of a `Link`."""


@dataclass(slots=True)
class LinkRows:
    """The rows of an answer, gathered identifier by identifier.

    `ends` are the numbers of rows after each of them, and 0 before the first.
    """

    columns: dict[str, list[Any]] = field(
        default_factory=lambda: {name: [] for name in SCHEMA.names}
    )
    ends: list[int] = field(default_factory=lambda: [0])

    def add(self, text: str, did: str, object_id: str, links: Sequence[Link]) -> None:
        """The links of one light curve, which was asked for as `text`."""
        quoted, count = quote(object_id, safe=""), len(links)
        self._extend("ID", [text] * count)
        self._extend(DATASET, [did] * count)
        self._extend("access_url", [addressed(link, quoted) for link in links])
        self._extend("error_message", [None] * count)
        self._extend("content_length", [None] * count)
        self._extend("link_auth", ["false"] * count)
        self._extend("link_authorized", [True] * count)
        for name in OF_LINK:
            self._extend(name, [getattr(link, name) for link in links])

    def add_fault(self, text: str, error: VOError, semantics: str = "#this") -> None:
        """Why there is no link of this kind for an identifier."""
        fault = {
            "ID": text,
            "error_message": f"{error.fault}: {error}",
            "semantics": semantics,
        }
        for name in SCHEMA.names:
            self._extend(name, [fault.get(name)])

    def end(self) -> None:
        """All rows of an identifier have been added."""
        self.ends.append(len(self.columns["ID"]))

    def described(self) -> tuple[Column, ...]:
        """The columns, as text beyond ASCII where they hold such."""
        return tuple(
            replace(c, datatype="unicodeChar")
            if c.is_text and any(not v.isascii() for v in self.columns[c.name] if v)
            else c
            for c in COLUMNS
        )

    def table(self) -> pa.Table:
        """All rows."""
        return pa.table(self.columns, schema=SCHEMA)

    def whole(self, maxrec: int) -> int:
        """How many of the first `maxrec` rows are those of whole identifiers."""
        return max(end for end in self.ends if end <= maxrec)

    def _extend(self, name: str, values: list[Any]) -> None:
        self.columns[name] += values


def addressed(link: Link, quoted: str) -> str | None:
    """The address of a link for the object with this name, percent-encoded."""
    return link.url and link.url.replace(OBJECT, quoted)
