"""What the services offer, as they say it themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vo_lcc.dali.capability import Capabilities, Element, Site
from vo_lcc.lightcurves.collection import Collection

CollectionCapability = Callable[[Site, Collection], Element]


@dataclass(frozen=True, slots=True)
class Offered:
    """The capabilities that stand in records, by the record they stand in.

    Of TAP; of the services on light curves of any collection (links, SODA); and
    those that each collection has to itself (cone search, SSA).
    """

    tap: Sequence[Capabilities] = ()
    shared: Sequence[Capabilities] = ()
    collection: Sequence[CollectionCapability] = ()
