"""The publishing registries that a registry of registries knows (RofR)."""

import asyncio
from dataclasses import dataclass

from vo_lcc.registry.harvest.answers import Answer, Element, parse_answer, told
from vo_lcc.registry.harvest.client import HarvestLimits, PeerClient
from vo_lcc.registry.harvest.errors import HarvestError, OAIError
from vo_lcc.registry.harvest.peer import TYPE, registries

SETS = ("ivo_publishers", "ivoa_publishers")
"""What the set of them is called: in Registry Interfaces 1.1 (section 4.2), and before.

A registry of registries without such a set has them among its other records.
"""
NO_SUCH_SET = frozenset({"badArgument", "noRecordsMatch", "noSetHierarchy"})
PAGES = 1000


@dataclass(frozen=True, slots=True)
class PublishingRegistry:
    """A registry that can be harvested: its ivoid, its title, its OAI address."""

    identifier: str
    title: str
    url: str


async def find_publishers(url: str, limits: HarvestLimits) -> list[PublishingRegistry]:
    """Those listed at the OAI address of a registry of registries, in its order.

    Raises HarvestError.
    """
    async with PeerClient(url, limits) as client:
        for name in SETS:
            try:
                return await _listed(client, {"set": name})
            except OAIError as error:
                if not error.codes <= NO_SUCH_SET:
                    raise
        found = [each for each in await _listed(client, {}) if each.url != url]
    if not found:
        raise HarvestError("it lists no registries but itself")
    return found


async def _listed(client: PeerClient, of: dict[str, str]) -> list[PublishingRegistry]:
    """Those of one list of records, to its end."""
    found: dict[str, PublishingRegistry] = {}
    arguments = {"metadataPrefix": "ivo_vor", **of}
    for _ in range(PAGES):
        data = await client.ask("ListRecords", **arguments)
        answer = await asyncio.to_thread(parse_answer, data, "ListRecords")
        found |= {each.url: each for each in _publishers(answer)}
        if answer.token is None:
            return list(found.values())
        arguments = {"resumptionToken": answer.token}
    raise HarvestError("its list of registries has no end")


def _publishers(answer: Answer) -> list[PublishingRegistry]:
    return [
        PublishingRegistry(
            told(record.findtext("{*}identifier", "")),
            told(record.findtext("{*}title", "")),
            address,
        )
        for each in answer.records
        for record in registries(each)
        if record.get("status", "active") == "active"
        if (address := _oai_address(record))
    ]


def _oai_address(record: Element) -> str | None:
    """Where a registry is harvested (VORegistry 1.1, OAIHTTP)."""
    for interface in record.iterfind("{*}capability/{*}interface"):
        kind = interface.get(TYPE, "").strip().rpartition(":")[2]
        address = (interface.findtext("{*}accessURL") or "").strip()
        if kind == "OAIHTTP" and address:
            return address
    return None
