"""What a peer says of itself: Identify and the vg:Registry record in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from vo_lcc.dali.capability import XSI
from vo_lcc.registry.harvest.answers import OAI, Answer, Element, told
from vo_lcc.registry.harvest.errors import HarvestError
from vo_lcc.voresource.names import REGISTRY_INTERFACE

RESOURCE = f"{{{REGISTRY_INTERFACE}}}Resource"
TYPE = f"{{{XSI}}}type"

DAY, SECOND = "YYYY-MM-DD", "YYYY-MM-DDThh:mm:ssZ"
FORMS = {DAY: "%Y-%m-%d", SECOND: "%Y-%m-%dT%H:%M:%SZ"}
# A record may become visible later than its datestamp says.
OVERLAPS = {DAY: timedelta(days=1), SECOND: timedelta(hours=1)}
# After how long all is read again: by a peer that keeps what was deleted, or not.
FULL_AFTER = {"persistent": timedelta(days=90)}
FULL_OFTEN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Peer:
    """A publishing registry: its ivoid, and the authorities that it manages (lower
    case); `granularity` and `deleted_record` are the words of OAI-PMH 2.0, 4.2.
    """

    identity: str
    title: str
    authorities: frozenset[str]
    granularity: str
    deleted_record: str

    def from_time(self, since: datetime) -> str:
        """The argument `from` for what changed since then, and a little earlier."""
        moment = since - OVERLAPS[self.granularity]
        return moment.strftime(FORMS[self.granularity])

    @property
    def full_after(self) -> timedelta:
        """After how long all of it is read again, to see what has vanished."""
        return FULL_AFTER.get(self.deleted_record, FULL_OFTEN)


def read_peer(answer: Answer) -> Peer:
    """The peer that answers Identify so (Registry Interfaces 1.1, section 3.1).

    Raises HarvestError where its vg:Registry record is missing.
    """
    record = next(registries(answer.body), None)
    if record is None:
        raise HarvestError(
            "its answer to Identify has no vg:Registry record, so nobody knows which"
            " authorities it manages"
        )
    granularity = answer.body.findtext(f"{OAI}granularity", "").strip()
    return Peer(
        identity=told(record.findtext("{*}identifier", "")),
        title=told(record.findtext("{*}title", "")),
        authorities=frozenset(
            authority
            for each in record.findall("{*}managedAuthority")
            if (authority := "".join(each.itertext()).strip().lower())
        ),
        granularity=SECOND if granularity == SECOND else DAY,
        deleted_record=answer.body.findtext(f"{OAI}deletedRecord", "no").strip(),
    )


def registries(element: Element) -> Iterator[Element]:
    """The vg:Registry records within an element."""
    for resource in element.iter(RESOURCE):
        if resource.get(TYPE, "").strip().rpartition(":")[2] == "Registry":
            yield resource


def set_names(answer: Answer) -> frozenset[str]:
    """The sets that ListSets tells of."""
    specs = answer.body.iterfind(f"{OAI}set/{OAI}setSpec")
    return frozenset("".join(each.itertext()).strip() for each in specs)
