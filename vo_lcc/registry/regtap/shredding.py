"""A resource record as rows of tables (RegTAP 1.2, section 8).

Records of strangers are taken as far as they go: what cannot be understood is NULL, or
a row less, and is told in `Shredded.left_out`.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vo_lcc.dali.capability import Element
from vo_lcc.registry.regtap.details import details
from vo_lcc.registry.regtap.mapping import ROWS, Rows
from vo_lcc.registry.regtap.reading import Inside, descend, local_name, look_inside
from vo_lcc.registry.regtap.values import LONGEST_KEY

Row = Mapping[str, Any]
TAP, AUXILIARY_TAP = "ivo://ivoa.net/std/tap", "ivo://ivoa.net/std/tap#aux"
GONE = ("deleted", "inactive")


@dataclass(frozen=True, slots=True)
class Shredded:
    """The rows of one record by table; columns that are missing are NULL.

    `left_out` counts the rows of each table that could not be made.
    """

    ivoid: str
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    left_out: Counter[str] = field(default_factory=Counter)
    numbers: Counter[str] = field(default_factory=Counter)


def refusal(ivoid: str, resource: Element) -> str | None:
    """Why a record cannot be taken at all, or None."""
    if not ivoid.lower().startswith("ivo://") or ivoid.split() != [ivoid]:
        return (
            "its identifier is no IVOA identifier, which is like ivo://authority/name"
        )
    if len(ivoid) > LONGEST_KEY:
        return f"its identifier has more than {LONGEST_KEY} characters"
    if local_name(resource) != "Resource":
        return (
            f"it is an element {local_name(resource) or 'without a name'}, no Resource"
        )
    return None


def is_gone(resource: Element) -> bool:
    """True for a record that is deleted or inactive, which is in no table."""
    return str(resource.get("status", "")).strip().lower() in GONE


def shred(ivoid: str, resource: Element) -> Shredded:
    """The rows of a record.

    >>> from lxml import etree
    >>> record = "<Resource><content><subject> Stars</subject></content></Resource>"
    >>> shred("ivo://x/Y", etree.fromstring(record)).rows["res_subject"]
    [{'ivoid': 'ivo://x/y', 'res_subject': 'Stars'}]
    """
    shredded = Shredded(ivoid.lower())
    keys = {"ivoid": shredded.ivoid}
    inside = look_inside(resource)
    for rows in ROWS:
        add_rows(shredded, rows, inside, keys)
    others = {row["alt_identifier"]: row for row in shredded.rows["alt_identifier"]}
    shredded.rows["alt_identifier"] = list(others.values())
    shredded.rows["res_detail"] = [
        keys | {"cap_index": number, "detail_xpath": path, "detail_value": value}
        for number, path, value in details(resource)
    ]
    shredded.rows["served"] = [
        keys | {"svcid": service} for service in sorted(services(shredded))
    ]
    return shredded


def add_rows(shredded: Shredded, rows: Rows, above: Inside, keys: Row) -> None:
    """The rows of one kind below an element, and those within them."""
    for element in descend(above, rows.steps):
        inside = look_inside(element)
        row = {**keys, **rows.said}
        if rows.index is not None:
            shredded.numbers[rows.index] += 1
            row[rows.index] = shredded.numbers[rows.index]
        own = row.copy() if rows.made else row
        for each in rows.fields:
            row[each.column] = each.read(inside)
        if any(row[column] is None for column in rows.needs):
            if not rows.rare:
                shredded.left_out[rows.table] += 1
            continue
        if rows.made:
            shredded.rows[rows.table].append(row)
        for inner in rows.inner:
            add_rows(shredded, inner, inside, own)


def services(shredded: Shredded) -> set[str]:
    """The TAP services that the tables of a record are in, as it tells itself."""
    standards = {row["standard_id"] for row in shredded.rows["capability"]}
    found = {shredded.ivoid} if TAP in standards else set()
    if AUXILIARY_TAP in standards:
        found |= {
            row["related_id"]
            for row in shredded.rows["relationship"]
            if row["relationship_type"] == "isservedby" and row["related_id"]
        }
    return found
