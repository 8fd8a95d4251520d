"""What belongs to a light curve: one `Link` for each thing (DataLink 1.1, 3.2).

The primary data, `#this`, is the light curve, in whichever format. Its pictures are
previews, the light curves that the same images gave in other passbands are coderived.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from vo_lcc.formats import Format
from vo_lcc.heads import ServiceDescriptor
from vo_lcc.lightcurves.collection import Collection

OBJECT = "{object_id}"
"""Stands in an address for the name of the object, which is to be encoded."""

ADS = "https://ui.adsabs.harvard.edu/abs/"
LIGHT_CURVE = "#light-curve"
ALL_BANDS = "all-bands"
PICTURES = (
    # semantics, what it is, parameters of the plot, media type
    ("#preview-plot", "Picture (PNG)", {"format": "png"}, "image/png"),
    ("#preview-plot", "Picture (SVG)", {"format": "svg"}, "image/svg+xml"),
    (
        "#thumbnail",
        "Small picture",
        {"format": "png", "size": "thumbnail"},
        "image/png",
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A row of the answer, but for whose it is: `url` may hold `{object_id}`.

    Its other words are the columns of DataLink.
    """

    semantics: str
    description: str
    url: str | None = None
    service_def: str | None = None
    content_type: str | None = None
    content_qualifier: str | None = None
    local_semantics: str | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """What the links of one collection are made of.

    `formats` come in the order in which they are offered, the first one being that of
    other products. `services` work on single light curves.
    """

    base_url: str
    collection: Collection
    formats: Sequence[Format]
    services: Sequence[ServiceDescriptor]

    def address(self, service: str, **params: str) -> str:
        """The address of something that is made of an object."""
        url = f"{self.base_url}/{service}/{quote(self.collection.name)}/{OBJECT}"
        return f"{url}?{urlencode(params, quote_via=quote)}" if params else url


def links_of(
    sources: Sources, passband: str | None, passbands: Iterable[str]
) -> tuple[Link, ...]:
    """The links of a light curve in `passband`, or of an object's in all `passbands`.

    Where there are no light curves, only what is known of the object itself is left.
    """
    there = tuple(passbands)
    found: list[Link] = []
    if there:
        found += data(sources, passband)
        found += pictures(sources, passband)
        found += services(sources)
        found += products(sources, there if passband is None else (None,))
    found += documentation(sources)
    found += progenitors(sources)
    return tuple(found)


def data(sources: Sources, passband: str | None) -> Iterator[Link]:
    """The light curve itself, in each format."""
    for fmt in sources.formats:
        yield Link(
            "#this",
            f"Light curve {in_words(passband)}, as {fmt.name}",
            sources.address("lc", format=fmt.name, **band(passband)),
            content_type=fmt.media_type,
            content_qualifier=LIGHT_CURVE,
            local_semantics=fmt.name,
        )


def pictures(sources: Sources, passband: str | None) -> Iterator[Link]:
    """The light curve to look at."""
    for semantics, words, params, media_type in PICTURES:
        yield Link(
            semantics,
            f"{words} of the light curve {in_words(passband)}",
            sources.address("plot", **params, **band(passband)),
            content_type=media_type,
        )


def services(sources: Sources) -> Iterator[Link]:
    """What can be done with the light curve."""
    for service in sources.services:
        yield Link(
            "#proc",
            service.description,
            service_def=service.name,
            content_type=service.content_type,
            local_semantics=service.title,
        )


def products(sources: Sources, passbands: Iterable[str | None]) -> Iterator[Link]:
    """The light curves of the same object in these passbands; None is in all."""
    fmt = sources.formats[0]
    for passband in passbands:
        yield Link(
            "#coderived",
            f"Light curve {in_words(passband)}",
            sources.address("lc", format=fmt.name, **band(passband)),
            content_type=fmt.media_type,
            content_qualifier=LIGHT_CURVE,
            local_semantics=ALL_BANDS if passband is None else passband,
        )


def documentation(sources: Sources) -> Iterator[Link]:
    """The page of the object, the paper, and where the collection comes from."""
    collection = sources.collection
    html = {"semantics": "#documentation", "content_type": "text/html"}
    page = sources.address("objects")
    yield Link(
        description="Page of the object", url=page, local_semantics="object", **html
    )
    if collection.bibcode:
        paper = f"{ADS}{quote(collection.bibcode, safe='')}/abstract"
        yield Link(
            description="Paper to cite", url=paper, local_semantics="paper", **html
        )
    if collection.source_url:
        yield Link(
            "#documentation",
            f"Source of the collection {collection.name}",
            collection.source_url,
            local_semantics="source",
        )


def progenitors(sources: Sources) -> Iterator[Link]:
    """The image behind the light curve."""
    if sources.collection.image_url:
        image = sources.collection.image_url
        yield Link(
            "#progenitor",
            "Image behind the light curve",
            image,
            local_semantics="image",
        )


def band(passband: str | None) -> dict[str, str]:
    """The parameter that selects a passband; none for all."""
    return {} if passband is None else {"band": passband}


def in_words(passband: str | None) -> str:
    """Of which passbands something is.

    >>> in_words("g"), in_words(None)
    ('in passband g', 'in all passbands')
    """
    return "in all passbands" if passband is None else f"in passband {passband}"
