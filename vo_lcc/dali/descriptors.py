"""The services that results lead to, as descriptors beside their rows (DataLink 1.1).

Here is what any table of identifiers leads to; what is done to light curves themselves
is described in `curves.descriptors`.
"""

from collections.abc import Iterable
from urllib.parse import quote

from vo_lcc.heads import ServiceDescriptor, ServiceInput
from vo_lcc.tables import ANY_COLLECTION, Column

LINKS = "ivo://ivoa.net/std/DataLink#links-1.1"
LINKS_TYPE = "application/x-votable+xml;content=datalink"

DATASET_ID = Column(
    "ID",
    "char",
    "*",
    ucd="meta.id;meta.main",
    description="Identifier of the light curve",
)
OBJECT_ID = Column(
    "ID",
    "char",
    "*",
    ucd="meta.id;meta.main",
    description="Name of the object in its collection, or identifier of a light curve",
)


def links_path(collection: str | None = None) -> str:
    """Where links are asked for; those of one collection by bare names of objects.

    >>> links_path(), links_path("demo")
    ('/datalink/links', '/datalink/demo/links')
    """
    return "/datalink/" + (f"{quote(collection)}/links" if collection else "links")


def links_descriptor(
    base_url: str, ref: str | None, collection: str | None = None, value: str = ""
) -> ServiceDescriptor:
    """The links of light curves (DataLink 1.1, section 4.5).

    `ref` is the column of the results that identifies them: by publisher's dataset
    identifiers, or where `collection` is given by the names of its objects. Without
    such a column `value` is the identifier of the one that is meant.
    """
    return ServiceDescriptor(
        name=f"links-{collection}" if collection else "links",
        access_url=base_url + links_path(collection),
        inputs=(ServiceInput(OBJECT_ID if collection else DATASET_ID, value, ref),),
        description=(
            "Light curves in every format, pictures, documentation and services,"
            f" for each object{f' of {collection}' if collection else ''}"
        ),
        standard_id=LINKS,
        content_type=LINKS_TYPE,
        title=f"Links of {collection}" if collection else "Links",
    )


def links_of(base_url: str, columns: Iterable[Column]) -> tuple[ServiceDescriptor, ...]:
    """The links of the rows of a table, by its columns that identify something.

    Those of dataset identifiers come first, which clients that take one then take; of
    several columns that identify objects of one collection the first is meant.
    """
    found: dict[str, str] = {}
    for column in columns:
        if column.identifies is not None:
            found.setdefault(column.identifies, column.name)
    first = sorted(found, key=lambda name: name != ANY_COLLECTION)
    return tuple(
        links_descriptor(
            base_url, found[name], None if name == ANY_COLLECTION else name
        )
        for name in first
    )
