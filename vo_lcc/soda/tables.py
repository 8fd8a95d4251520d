"""A table that comes with a request: of identifiers, or of positions."""

from contextlib import aclosing

from vo_lcc.adql import compile_query
from vo_lcc.curves.finding import Finder, Found, Wanted
from vo_lcc.dali.context import Context
from vo_lcc.dali.files import FilePart
from vo_lcc.dali.params import Params
from vo_lcc.dali.upload_parts import part_of
from vo_lcc.dali.upload_tables import temp_table
from vo_lcc.dali.uploads import Upload, Uploaded, receive, with_uploads
from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.parsers.reading import read_table
from vo_lcc.parsers.table import ReadLimits
from vo_lcc.soda.params import SodaParams, parse_ids
from vo_lcc.soda.positions import Places, find_places
from vo_lcc.tables import Column, adql_identifier

# Columns of identifiers: by their UCDs and by names that nothing else has; and by
# names that a table of positions may have for names of its own.
ID_UCDS = ("meta.ref.ivoid", "meta.ref.ivorn", "meta.ref.url;meta.curation")
ID_NAMES = ("obs_publisher_did", "publisher_did", "did")
PLAIN_NAMES = ("object_id", "id", "name")


async def by_table(
    finder: Finder, context: Context, asked: SodaParams, params: Params
) -> Found:
    """The objects that an uploaded table names; raises UsageError where it has none."""
    assert asked.upload is not None
    part = await part_of(asked.upload, params, context.limits.fetching)
    if part.size > context.limits.upload_size:
        size = context.limits.upload_size
        raise TooLargeError(f"the upload is larger than {size} bytes")
    limits = ReadLimits(
        context.limits.upload_rows, table_bytes=context.limits.upload_unpacked
    )
    texts = await context.read(read_ids, part, limits, finder.limit)
    if texts is not None:
        authority = context.publisher.authority
        ids, faults = await context.read(parse_ids, texts, authority, asked.collections)
        found = await finder.by_ids(ids, asked.regions)
        return Found(found.wanted, (*faults, *found.faults))
    upload = Upload(asked.upload.name, part)
    places = Places(upload.name)
    uploaded = await context.read(
        receive, upload, limits, lambda columns: (), places.read
    )
    if uploaded.table.position is None:
        raise UsageError(
            f"UPLOAD {asked.upload.name}: the table has neither identifiers (a column"
            f" {' or '.join((*ID_NAMES, *PLAIN_NAMES))}) nor positions (ra, dec in deg)"
        )
    if asked.regions:
        raise UsageError(
            f"UPLOAD {asked.upload.name}: objects are looked for around the positions"
            " of the table; leave out POS, CIRCLE and POLYGON"
        )
    found = await by_positions(finder, uploaded, asked)
    return Found(found.wanted, places.faults)


def read_ids(part: FilePart, limits: ReadLimits, most: int) -> list[str] | None:
    """The identifiers in a table, None where no column is one of identifiers."""
    read = read_table(part.file, part.media_type, part.filename, limits)
    place = find_ids(read.columns)
    texts: list[str] = []
    if place is not None:
        for batch in read.batches:
            values = batch.column(place).to_pylist()
            texts += [str(value) for value in values if value is not None]
            if len(texts) > most:
                raise UsageError(f"the table has more than {most} identifiers")
    part.file.seek(0)
    return None if place is None else texts


def find_ids(columns: tuple[Column, ...]) -> int | None:
    """Which column holds identifiers, or None: then positions are what counts.

    >>> find_ids((Column("ID", "char", "*"), Column("period", "double")))
    0
    >>> find_ids((Column("id", "int"), Column("ra", "double"), Column("dec", "double")))
    """
    names = [column.name.lower() for column in columns]
    ucds = [(column.ucd or "").lower() for column in columns]
    plain = () if find_places(columns) else PLAIN_NAMES
    for known, words in ((ucds, ID_UCDS), (names, ID_NAMES), (names, plain)):
        for word in words:
            if word in known:
                return known.index(word)
    return None


async def by_positions(finder: Finder, uploaded: Uploaded, asked: SodaParams) -> Found:
    """The objects near the positions of a table."""
    wanted, count = [], 0
    for collection in finder.collections.values():
        there = await near(finder, collection, uploaded, asked.radius)
        count += len(there)
        finder.check(count)
        if there:
            wanted.append(Wanted(collection, dict.fromkeys(there)))
    return Found(tuple(wanted))


async def near(
    finder: Finder, collection: Collection, uploaded: Uploaded, radius: float
) -> list[str]:
    """The names of the objects of a collection within `radius` (deg) of a position."""
    place = uploaded.table.position
    assert place is not None
    ra, dec = adql_identifier(place.ra), adql_identifier(place.dec)
    query = (
        f"SELECT DISTINCT o.object_id FROM {uploaded.table.full_name} AS p"  # noqa: S608
        f" JOIN {adql_identifier(collection.name)}.objects AS o"
        f" ON DISTANCE(p.{ra}, p.{dec}, o.ra, o.dec) <= {radius!r}"
    )
    catalog = with_uploads(finder.catalog, (uploaded,))
    plan = compile_query(query, catalog, finder.limit)
    found: list[str] = []
    async with aclosing(finder.rows(plan, (temp_table(uploaded),))) as batches:
        async for batch in batches:
            found += batch.column(0).to_pylist()
    return found
