"""Light curves as tables: nothing lost, nothing mixed."""

import pyarrow as pa
import pytest

from tests.curves.steps import making
from vo_lcc.curves.layouts import (
    Part,
    array_table,
    band_tables,
    long_table,
    single_curves,
)
from vo_lcc.curves.shared import shared_columns, wider
from vo_lcc.errors import UsageError
from vo_lcc.tables import Column, TimeFrame

TDB = TimeFrame("TDB", "BARYCENTER")
SITE = Column("site", "char", "*", description="Observatory")
LIMIT = Column("limit", "double", unit="mag")


async def given(curves):
    yield curves


def part(curves, *passbands):
    return Part(
        curves.collection, curves.columns, passbands or ("g", "r"), given(curves)
    )


async def rows(table):
    return [row async for batch in table.batches for row in batch.to_pylist()]


def points(times, mags=None, **others):
    count = len(times)
    return {
        "obs_time": times,
        "mag": mags or [15.0] * count,
        "mag_err": [0.1] * count,
        "flags": [0] * count,
        **others,
    }


@pytest.mark.parametrize("layout", [long_table, array_table])
@pytest.mark.parametrize("passbands", [("g",), ("g", "r")])
def test_magnitudes_of_one_passband_refer_to_its_calibration(layout, passbands):
    """Nebot et al. 2020, section 3.1: FIELDs of photometry refer to their GROUP."""
    of = making.collection()
    curves = making.curves(of, points([1.0]))
    head = layout([part(curves, *passbands)]).head
    notes = {column.name: column.annotation for column in head.columns}

    assert tuple(c.passband for c in head.calibrations) == passbands
    alone = head.calibrations[0] if len(passbands) == 1 else None
    assert (notes["mag"], notes["mag_err"]) == (alone, None)


async def test_one_row_for_each_light_curve_that_has_points():
    of = making.collection(points=("obs_time", "mag", SITE))
    curves = making.curves(
        of,
        {"obs_time": [1.0, 2.0], "mag": [15.0, None], "site": ["a", None]},
        {"obs_time": [], "mag": [], "site": []},
        {"obs_time": [3.0], "mag": [16.0], "site": ['b"']},
    )
    seen = await rows(array_table([part(curves)]))

    assert [(r["object_id"], r["n_points"], r["obs_time"], r["mag"]) for r in seen] == [
        ("o0", 2, [1.0, 2.0], [15.0, None]),
        ("o2", 1, [3.0], [16.0]),
    ]
    assert [r["site"] for r in seen] == ['["a", null]', '["b\\""]']


async def test_one_row_for_each_point():
    of = making.collection()
    curves = making.curves(of, points([1.0, 2.0]), points([]), points([0.5]))
    table = long_table([part(curves)])

    assert [c.name for c in table.head.columns] == [
        "object_id",
        "passband",
        *("obs_time", "mag", "mag_err", "flags"),
    ]
    assert [(r["object_id"], r["obs_time"]) for r in await rows(table)] == [
        ("o0", 1.0),
        ("o0", 2.0),
        ("o2", 0.5),
    ]


async def test_a_table_for_each_light_curve_that_has_points():
    of = making.collection()
    curves = making.curves(of, points([1.0, 2.0]), points([]), points([0.5]))
    seen = [
        (table.head.name, [r["obs_time"] for r in await rows(table)])
        async for table in band_tables([part(curves)])
    ]

    assert seen == [("made.o0.g", [1.0, 2.0]), ("made.o2.g", [0.5])]


def test_light_curves_without_any_point_are_no_tables():
    assert single_curves(making.curves(making.collection(), points([]))) == []


async def test_two_collections_are_told_apart():
    one = making.collection(name="one")
    two = making.collection(name="two", points=("obs_time", "mag", LIMIT))
    parts = [
        part(making.curves(one, points([1.0]))),
        part(making.curves(two, {"obs_time": [2.0], "mag": [9.0], "limit": [21.0]})),
    ]
    seen = await rows(long_table(parts))

    assert [(r["collection"], r["obs_time"], r["flags"], r["limit"]) for r in seen] == [
        ("one", 1.0, 0, None),
        ("two", 2.0, None, 21.0),
    ]


@pytest.mark.parametrize("table", [long_table, array_table])
def test_times_of_different_frames_are_never_in_one_column(table):
    one = making.collection(name="one")
    two = making.collection(name="two", frame=TDB)
    parts = [part(making.curves(each, points([1.0]))) for each in (one, two)]

    with pytest.raises(UsageError, match=r"MJD, UTC.*in one and MJD, TDB.*TIMESCALE"):
        table(parts)


def test_times_that_nobody_knows_are_never_in_one_column():
    frame = TimeFrame("UTC", "UNKNOWN")
    both = [making.collection(name=name, frame=frame) for name in ("one", "two")]
    parts = [part(making.curves(each, points([1.0]))) for each in both]

    with pytest.raises(UsageError, match="nobody knows whether obs_time is the same"):
        long_table(parts)
    assert array_table(parts[:1])


def test_values_of_different_units_are_never_in_one_column():
    flux = Column("mag", "double", unit="Jy")
    parts = [
        (making.collection(name="one"), (Column("mag", "float", unit="mag"),)),
        (making.collection(name="two"), (flux,)),
    ]

    with pytest.raises(UsageError, match="mag is float in mag in one and double in Jy"):
        shared_columns(parts)


@pytest.mark.parametrize(
    ("one", "two", "both"),
    [
        ("short", "short", "short"),
        ("short", "float", "float"),
        ("int", "float", "double"),
        ("long", "int", "long"),
        ("char", "unicodeChar", "unicodeChar"),
        ("char", "int", None),
    ],
)
def test_a_column_of_two_collections_holds_the_values_of_both(one, two, both):
    assert wider(one, two) == wider(two, one) == both


async def test_positions_do_not_hide_points_of_the_same_name():
    ra = Column("ra", "double", unit="deg", description="Where the point was")
    of = making.collection(points=("obs_time", "mag", ra))
    curves = making.curves(of, {"obs_time": [1.0], "mag": [9.0], "ra": [10.5]})

    assert [r["ra"] for r in await rows(array_table([part(curves)]))] == [[10.5]]
    assert [r["ra"] for r in await rows(long_table([part(curves)]))] == [10.5]


async def test_what_is_much_is_made_elsewhere():
    made = []

    async def compute(call, *args):
        made.append(call)
        return call(*args)

    curves = making.many(making.collection(), 10, 2000)
    seen = await rows(array_table([part(curves)], compute))

    assert len(seen) == 10
    assert len(made) == 1
    assert pa.table(curves.points).nbytes > 192 * 1024
