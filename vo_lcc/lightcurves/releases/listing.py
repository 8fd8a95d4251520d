"""The releases there are, were, and are being made."""

from dataclasses import dataclass
from datetime import datetime

from vo_lcc.db import Database
from vo_lcc.errors import NotFoundError
from vo_lcc.lightcurves.releases.names import Kind, own_schema


@dataclass(frozen=True, slots=True)
class Listed:
    """A release as it is listed; `state` is draft, published or withdrawn.

    `latest` is what the collection shows under its own name. The counts of a draft
    are those known so far.
    """

    collection: str
    release: int
    label: str
    kind: Kind
    state: str
    latest: bool
    complete: bool
    created: datetime
    published: datetime | None
    withdrawn: datetime | None
    n_objects: int
    n_lightcurves: int
    n_points: int

    @property
    def schema(self) -> str:
        """The name under which it can be queried while it is published."""
        return own_schema(self.collection, self.label)


def list_releases(database: Database, name: str | None = None) -> tuple[Listed, ...]:
    """Releases by collection, the oldest first; of one collection, or of all.

    Raises NotFoundError for a collection that never was.
    """
    rows = database.fetch(
        QUERY.format("" if name is None else "WHERE r.collection = %s"),
        () if name is None else (name,),
    )
    if name is not None and not rows:
        raise NotFoundError(f"there is no collection {name!r}")
    return tuple(Listed(*row) for row in rows)


QUERY = """
SELECT r.collection, r.release, r.label, r.kind, r.state,
    c.release IS NOT NULL AS latest, r.complete, r.created, r.published, r.withdrawn,
    r.n_objects, r.n_lightcurves, r.n_points
FROM vo_lcc.releases r
LEFT JOIN vo_lcc.collections c ON c.name = r.collection AND c.release = r.release
{}
ORDER BY r.collection, r.release"""
