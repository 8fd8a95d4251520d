"""Rows of light curves become light curves: whole, in order, nothing lost."""

import itertools

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.curves.reading import curves_of, read_curves, read_object, whole_objects
from vo_lcc.curves.selection import Selection
from vo_lcc.db import Statement, StreamLimits, Streams
from vo_lcc.db.catalog import load_catalog
from vo_lcc.errors import NotFoundError
from vo_lcc.lightcurves.collection import load_collections

times = st.lists(st.integers(0, 9).map(float), max_size=4)


@pytest.fixture(scope="module")
def demo(demo_db):
    return load_collections(demo_db)["demo"]


@st.composite
def rows_of_objects(draw):
    """Rows as the database gives them: by object, in any order of passband, segment."""
    rows = []
    for name in draw(st.lists(st.sampled_from("abcdef"), unique=True).map(sorted)):
        pieces = draw(
            st.lists(st.tuples(st.sampled_from("gr"), st.integers(0, 3)), unique=True)
        )
        if not pieces:
            rows.append((name, None, None, None, None))
        for passband, segment in pieces:
            when = draw(times)
            mag = draw(
                st.none()
                | st.lists(
                    st.none() | st.just(15.5), min_size=len(when), max_size=len(when)
                )
            )
            rows.append((name, passband, segment, when, mag))
    return rows


def table_of(rows, demo):
    """The rows as `select` has them, of a collection like the demo."""
    names, passbands, segments, when, mags = (
        zip(*rows, strict=True) if rows else ([], [], [], [], [])
    )
    count = len(names)
    own = [
        pa.array(names, pa.string()),
        *(pa.nulls(count, pa.float64()) for _ in range(2)),
        pa.nulls(count, pa.string()),
        pa.nulls(count, pa.float64()),
    ]
    points = [
        pa.array(when, pa.list_(pa.float64())),
        pa.array(mags, pa.list_(pa.float32())),
        pa.nulls(count, pa.list_(pa.float32())),
        pa.nulls(count, pa.list_(pa.int16())),
    ]
    keys = [pa.array(passbands, pa.string()), pa.array(segments, pa.int32())]
    columns = [*own, *keys, *points]
    return pa.table(columns, names=[f"c{number}" for number in range(len(columns))])


def expected(rows):
    """The points of each light curve, by object, passband and time."""
    found = {}
    for name, passband, segment, when, mag in rows:
        points = found.setdefault((name, passband), [])
        values = [None] * len(when or []) if mag is None else mag
        points += [
            (time, segment, place, value)
            for place, (time, value) in enumerate(zip(when or [], values, strict=True))
        ]
    return {
        key: [
            (time, value) for time, _, _, value in sorted(points, key=lambda p: p[:3])
        ]
        for key, points in found.items()
    }


@given(rows_of_objects().filter(bool))
def test_every_point_comes_out_once_and_in_place(demo, rows):
    curves = curves_of(table_of(rows, demo), Selection(demo, ()))
    names = curves.keys.select(["object_id", "passband"]).to_pylist()
    points = list(
        zip(
            curves.points.column("obs_time").to_pylist(),
            curves.points.column("mag").to_pylist(),
            strict=True,
        )
    )
    seen = {
        (key["object_id"], key["passband"]): points[start:end]
        for key, (start, end) in zip(
            names, itertools.pairwise(curves.offsets.tolist()), strict=True
        )
    }

    assert seen == expected(rows)
    assert list(seen) == sorted(seen, key=lambda key: (key[0], key[1] or ""))


@given(rows_of_objects(), st.lists(st.integers(0, 12)))
async def test_no_piece_ends_within_an_object(demo, rows, cuts):
    table = table_of(rows, demo)
    ends = [0, *sorted(min(cut, table.num_rows) for cut in cuts), table.num_rows]

    async def batches():
        for start, end in itertools.pairwise(ends):
            for batch in table.slice(start, end - start).to_batches():
                yield batch

    pieces = [piece async for piece in whole_objects(batches())]
    names = [set(piece.column(0).to_pylist()) for piece in pieces]

    assert sum(piece.num_rows for piece in pieces) == table.num_rows
    assert all(not a & b for a, b in itertools.combinations(names, 2))


@pytest.fixture
async def rows(demo_db):
    streams = Streams(demo_db.url, StreamLimits())

    def run(plan, tables=()):
        return streams.run(Statement(plan.sql, tables=tables), plan.columns)

    yield run
    await streams.close()


async def test_light_curves_are_those_of_the_database(demo_db, demo, rows):
    names = tuple(f"demo-{number:04d}" for number in range(1, 300))
    catalog = load_catalog(demo_db)
    seen = [
        (curve["object_id"], curve["passband"], count)
        async for curves in read_curves(rows, catalog, Selection(demo, names))
        for curve, count in zip(
            curves.keys.to_pylist(), curves.counts.tolist(), strict=True
        )
        if count
    ]

    assert seen == demo_db.fetch(
        "SELECT object_id, passband, n_points FROM demo.lightcurves"
        " WHERE object_id = ANY(%s) ORDER BY object_id, passband",
        (list(names),),
    )


async def test_an_unknown_object_is_told(demo_db, demo, rows):
    with pytest.raises(NotFoundError, match="no object 'nobody' in collection demo"):
        await read_object(rows, load_catalog(demo_db), Selection(demo, ("nobody",)))
