"""What the pages say, as values the templates only have to set in type."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from mocpy import MOC

from vo_lcc.drawing.labels import time_label
from vo_lcc.formats.curves import CURVE_FORMATS
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.portal.coverage import brightness_range, cell_size
from vo_lcc.portal.pictures import Picture, page_path
from vo_lcc.portal.sky import percent
from vo_lcc.tables import adql_identifier

MJD = 2400000.5
MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
ADS = "https://ui.adsabs.harvard.edu/abs/"


@dataclass(frozen=True, slots=True)
class Link:
    """A label and where it leads."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Card:
    """One collection as the pages show it; `path` is its name in a URL.

    `cells` are those in which `sky_share` of the sky holds objects. `pictures` are
    those of its example, `example` leads to the page of that.
    """

    collection: Collection
    path: str
    span: str
    sky_share: str
    cells: str
    formats: tuple[Link, ...]
    pictures: Sequence[Picture]
    example: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """Lines to copy and paste, and what they are for."""

    title: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class ServiceLink:
    """One service; `link` is what a browser can open, if anything."""

    name: str
    about: str
    url: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what is known of a collection."""

    name: str
    value: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """What all collections hold together."""

    n_objects: int
    n_lightcurves: int


PUBLISHING = """\
vo-lcc check my_collection.toml
vo-lcc ingest my_collection.toml data/*.csv"""


def make_card(
    collection: Collection, base_url: str, pictures: Sequence[Picture] = ()
) -> Card:
    """The card of one collection."""
    coverage = collection.coverage
    share = MOC.from_string(coverage).sky_fraction if coverage else 0.0
    return Card(
        collection,
        quote(collection.name, safe=""),
        time_span(collection),
        percent(share),
        cell_size(coverage),
        format_links(collection, base_url),
        pictures,
        page_path(collection.name, collection.example or ""),
    )


def make_total(collections: Iterable[Collection]) -> Total:
    """The sums over all collections."""
    each = list(collections)
    return Total(
        sum(c.n_objects for c in each),
        sum(c.n_lightcurves for c in each),
    )


def time_span(collection: Collection) -> str:
    """The first and the last time of the collection, as MJD and as dates."""
    if collection.t_min is None or collection.t_max is None:
        return ""
    shift = collection.time_frame.time_origin - MJD
    low, high = collection.t_min + shift, collection.t_max + shift
    dates = [day(low), day(high)]
    said = f"{dates[0]} to {dates[1]}, " if all(dates) else ""
    return f"{said}MJD {low:.1f} to {high:.1f}"


def day(mjd: float) -> str:
    """The calendar date of an MJD, "" outside the years 1 to 9999.

    >>> day(51544.5), day(1e9)
    ('2000-01-01', '')
    """
    try:
        return (MJD_ZERO + timedelta(days=mjd)).strftime("%Y-%m-%d")
    except OverflowError:
        return ""


def example_url(collection: Collection, base_url: str) -> str:
    """The address of the example's light curve."""
    name = quote(collection.name, safe="")
    return f"{base_url}/lc/{name}/{quote(collection.example or '', safe='')}"


def format_links(collection: Collection, base_url: str) -> tuple[Link, ...]:
    """The example's light curve in every format."""
    if not collection.example:
        return ()
    return formats_of(example_url(collection, base_url))


def formats_of(url: str) -> tuple[Link, ...]:
    """A light curve in every format."""
    return tuple(
        Link(label, f"{url}?format={quote(fmt.name, safe='/')}")
        for fmt in CURVE_FORMATS
        if (label := FORMAT_LABELS.get(fmt.name)) is not None
    )


FORMAT_LABELS = {
    "votable": "VOTable",
    "csv": "CSV",
    "tsv": "TSV",
    "ecsv": "ECSV",
    "fits": "FITS",
    "parquet": "Parquet",
    "arrow": "Arrow",
    "json": "JSON",
    "html": "HTML",
    "text": "text",
    "lcc": "LCC-CSVLC",
}


def recipes(collection: Collection, base_url: str) -> tuple[Recipe, ...]:
    """How to read this collection with pyvo, TOPCAT and STILTS, and curl."""
    schema = adql_identifier(collection.name)
    query = f"SELECT TOP 5 * FROM {schema}.objects"  # noqa: S608 (only shown)
    found = [
        pyvo_recipe(collection, base_url, query),
        topcat_recipe(collection, base_url, query),
        curl_recipe(collection, base_url, query),
    ]
    return tuple(found)


def pyvo_recipe(collection: Collection, base_url: str, query: str) -> Recipe:
    """A session in Python."""
    lines = [
        "import pyvo",
        "",
        f'service = pyvo.dal.TAPService("{base_url}/tap")',
        f"rows = service.search({query!r})",
        "print(rows.to_table())",
    ]
    if collection.example:
        ssa_url = f"{base_url}/ssa/{quote(collection.name, safe='')}"
        lines += [
            "",
            f'found = pyvo.dal.SSAService("{ssa_url}").search('
            f"TARGETNAME={collection.example!r})",
            "print(found[0].title, found[0].getdataurl())",
        ]
    return Recipe(
        "Python, with pyvo",
        "Query the tables with ADQL, then find the light curves of one star.",
        "\n".join(lines),
    )


def topcat_recipe(collection: Collection, base_url: str, query: str) -> Recipe:
    """TOPCAT's TAP window, and the same from a shell with STILTS."""
    lines = [
        f"stilts tapquery sync=true tapurl={base_url}/tap "
        f'adql="{shell(query)}" ofmt=text'
    ]
    if collection.example:
        lines.insert(0, f'topcat -f votable "{example_url(collection, base_url)}"')
    return Recipe(
        "TOPCAT and STILTS",
        "In TOPCAT choose VO, then Table Access Protocol (TAP) Query, and give the "
        f"TAP URL {base_url}/tap. From a shell:",
        "\n".join(lines),
    )


def curl_recipe(collection: Collection, base_url: str, query: str) -> Recipe:
    """Plain HTTP."""
    lines = [
        f"curl {base_url}/tap/sync -d LANG=ADQL -d RESPONSEFORMAT=csv \\",
        f'     --data-urlencode "QUERY={shell(query)}"',
    ]
    if collection.example:
        url = example_url(collection, base_url)
        lines.insert(0, f'curl "{url}?format=csv"')
    return Recipe(
        "Command line, with curl",
        "One star's light curve, and a query, as CSV.",
        "\n".join(lines),
    )


def shell(text: str) -> str:
    r"""`text` fit for double quotes in a shell.

    >>> print(shell('SELECT "a" FROM $x'))
    SELECT \"a\" FROM \$x
    """
    for special in '\\"$`':
        text = text.replace(special, "\\" + special)
    return text


def about(collection: Collection) -> tuple[Fact, ...]:
    """What is known of a collection; what is not stated is left out."""
    frame, told = collection.time_frame, collection.about
    facts = (
        ("Creator", collection.creator, None),
        ("To cite", collection.bibcode, f"{ADS}{quote(collection.bibcode or '')}"),
        ("DOI", told.doi, f"https://doi.org/{quote(told.doi or '')}"),
        ("Subjects", ", ".join(told.subjects), None),
        ("Rights", collection.rights, web_link(told.rights_uri)),
        ("Source", collection.source_url, web_link(collection.source_url)),
        ("Facility", collection.facility, None),
        ("Instrument", collection.instrument, None),
        ("Times", time_label(frame), None),
        ("Medians", brightness_range(collection), None),
        ("Positions", collection.sky_frame.system, None),
        ("Release", collection.release, None),
        ("Published", collection.published.strftime("%Y-%m-%d"), None),
    )
    return tuple(Fact(name, value, link) for name, value, link in facts if value)


def web_link(url: str | None) -> str | None:
    """`url` when a browser may safely follow it."""
    return url if url and url.startswith(("https://", "http://")) else None


def services(collections: Sequence[Collection], base_url: str) -> list[ServiceLink]:
    """Every service of this server."""
    cones = [
        (
            f"Cone search, {c.name}",
            f"Objects of {c.title} around a position.",
            f"/scs/{quote(c.name, safe='')}",
            f"/scs/{quote(c.name, safe='')}?RA=0&DEC=0&SR=0",
        )
        for c in collections
    ]
    return [
        ServiceLink(name, text, base_url + path, shown and base_url + shown)
        for name, text, path, shown in (*QUERIES, *cones, *OTHERS)
    ]


# Name, what it is for, its path, and a path that a browser can open.
QUERIES: Sequence[tuple[str, str, str, str | None]] = (
    ("TAP", "Queries in ADQL over all tables.", "/tap", "/tap/capabilities"),
    (
        "Examples of queries",
        "Also with tables of your own: crossmatches, many light curves at once.",
        "/tap/examples",
        "/tap/examples",
    ),
    (
        "SSA",
        "Light curves by position, time, passband or name.",
        "/ssa",
        "/ssa?REQUEST=queryData&FORMAT=METADATA",
    ),
)
OTHERS: Sequence[tuple[str, str, str, str | None]] = (
    (
        "Light curves",
        f"One object's points as {', '.join(FORMAT_LABELS.values())}.",
        "/lc/{collection}/{object_id}",
        None,
    ),
    (
        "Pictures",
        "One object's light curve, against time or folded, as PNG or SVG.",
        "/plot/{collection}/{object_id}",
        None,
    ),
    (
        "DataLink",
        "All that belongs to a light curve: data, pictures, services, paper.",
        "/datalink/links",
        None,
    ),
    (
        "SODA",
        "Many light curves at once: cut, folded, with other times or as fluxes.",
        "/soda/sync",
        None,
    ),
    (
        "Periodograms",
        "The best periods of a light curve, also of one of yours.",
        "/periodogram/sync",
        None,
    ),
    (
        "Capabilities",
        "What the services say of themselves.",
        "/capabilities",
        "/capabilities",
    ),
    ("Tables", "Every table and column, for programs.", "/tables", "/tables"),
)
