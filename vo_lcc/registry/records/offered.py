"""What the services offer, as they say it themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from vo_lcc.dali.capability import Capabilities


@dataclass(frozen=True, slots=True)
class Offered:
    """The capabilities that stand in records, by the record they stand in.

    Of the registry; of TAP; of the services on light curves of any collection (links,
    SODA); and those that each collection has to itself (cone search, SSA), which are
    asked for a site that has this collection alone.
    """

    registry: Sequence[Capabilities] = ()
    tap: Sequence[Capabilities] = ()
    shared: Sequence[Capabilities] = ()
    collection: Sequence[Capabilities] = ()
