"""Parquet, long and nested, as a reader gives it."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lightcurves.readers.binary import (
    ANY,
    CHANGES,
    DOUBLE,
    FLOAT,
    INT,
    TEXT,
    column,
    complain,
    damaged,
    read,
    same,
    survives,
)
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.readers.parquet import BATCH, PARQUET
from vo_lcc.lightcurves.readers.reader import Piece

nested_pandas = pytest.importorskip("nested_pandas")


def long_table(objects: int = 40, points: int = 50) -> pa.Table:
    rng = np.random.default_rng(3)
    rows = objects * points
    ids = np.repeat(np.arange(objects) + 4827527233363019776, points)
    return pa.table(
        {
            "id": ids,
            "name": pa.array([f"star {i}" for i in ids]),
            "band": pa.array(rng.choice(list("gri"), rows)).dictionary_encode(),
            "mjd": 59000 + 1000 * rng.random(rows),
            "mag": rng.normal(17, 1, rows).astype("f4"),
            "err": pa.array(
                rng.random(rows), pa.float32(), mask=rng.random(rows) < 0.1
            ),
            "flags": pa.array(rng.integers(0, 4, rows), pa.uint8()),
        }
    )


def content_of(table: pa.Table, **how) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **how)
    return out.getvalue()


LONG = {
    "id": TEXT,
    "name": TEXT,
    "band": TEXT,
    "mjd": DOUBLE,
    "mag": FLOAT,
    "err": FLOAT,
    "flags": INT,
}


def test_every_point_comes_back_in_the_order_of_the_file():
    table = long_table()
    rows = read(PARQUET, Piece("x", content_of(table, row_group_size=700)), LONG)
    for name in LONG:
        expected = [str(v) if name == "id" else v for v in table[name].to_pylist()]
        assert column(rows, name) == expected
    lines = [line for part in rows for line in part.lines.tolist()]
    assert lines == list(range(1, table.num_rows + 1))


def test_the_parts_of_a_file_are_its_row_groups(tmp_path):
    table = long_table()
    path = tmp_path / "long.parquet"
    path.write_bytes(content_of(table, row_group_size=700))
    assert PARQUET.parts(path, ANY) == 3
    parts = [
        read(PARQUET, Piece(path.name, path=path, part=part), LONG) for part in range(3)
    ]
    assert [sum(len(r.lines) for r in part) for part in parts] == [700, 700, 600]
    assert [part[0].lines[0] for part in parts] == [1, 701, 1401]
    assert column(parts[2], "mjd") == table["mjd"].to_pylist()[1400:]


def test_identifiers_and_bands_stay_in_their_dictionaries():
    table = long_table()
    rows = read(PARQUET, Piece("x", content_of(table)), LONG)
    for name in ("id", "name", "band"):
        assert pa.types.is_dictionary(rows[0].columns[name].type)
        assert len(rows[0].columns[name].dictionary) <= 40


def test_only_the_wanted_columns_are_unpacked(tmp_path):
    table = long_table(400, 500)
    path = tmp_path / "long.parquet"
    path.write_bytes(content_of(table))
    before = pa.total_allocated_bytes()
    (first, *_) = PARQUET.read(Piece("x", path=path), {"mag": FLOAT}, ANY, complain)
    assert list(first.columns) == ["mag"]
    assert pa.total_allocated_bytes() - before < 8 * table.num_rows


def test_names_are_found_in_any_case_and_by_number():
    rows = read(
        PARQUET, Piece("x", content_of(long_table())), {"MJD": DOUBLE, 5: FLOAT}
    )
    assert column(rows, "MJD")[0] > 59000
    assert column(rows, 5)[0] < 30


CURVES = [
    {"mjd": [1.0, 2.0, 3.0], "mag": [15.0, None, 16.0], "band": ["g", "r", "g"]},
    None,
    {"mjd": [], "mag": [], "band": []},
    {"mjd": [4.0], "mag": [17.0], "band": ["i"]},
]


def lists(name: str):
    return [curve and curve[name] for curve in CURVES]


def structs_of_lists() -> pa.Table:
    kind = pa.struct(
        {
            "mjd": pa.list_(pa.float64()),
            "mag": pa.list_(pa.float32()),
            "band": pa.list_(pa.string()),
        }
    )
    return pa.table({"id": [1, 2, 3, 4], "lc": pa.array(CURVES, kind)})


def lists_of_structs() -> pa.Table:
    point = pa.struct({"mjd": pa.float64(), "mag": pa.float32(), "band": pa.string()})
    rows = [
        curve
        and [
            dict(zip(curve, v, strict=True)) for v in zip(*curve.values(), strict=True)
        ]
        for curve in CURVES
    ]
    return pa.table({"id": [1, 2, 3, 4], "lc": pa.array(rows, pa.list_(point))})


def plain_lists() -> pa.Table:
    return pa.table(
        {
            "id": [1, 2, 3, 4],
            "lc.mjd": pa.array(lists("mjd"), pa.large_list(pa.float64())),
            "lc.mag": pa.array(lists("mag"), pa.list_(pa.float32())),
            "lc.band": pa.array(lists("band"), pa.list_(pa.string())),
        }
    )


@pytest.mark.parametrize("make", [structs_of_lists, lists_of_structs, plain_lists])
@pytest.mark.parametrize("group", [1, 3, 4])
def test_light_curves_in_lists_come_as_lists(make, group):
    content = content_of(make(), row_group_size=group)
    wanted = {"id": TEXT, "lc.mjd": DOUBLE, "lc.mag": DOUBLE, "lc.band": TEXT}
    rows = read(PARQUET, Piece("x", content), wanted)
    assert column(rows, "id") == ["1", "2", "3", "4"]
    for name in ("mjd", "mag", "band"):
        assert column(rows, f"lc.{name}") == lists(name)
    assert rows[0].columns["lc.mag"].type.value_type == DOUBLE


def test_one_field_of_a_light_curve_is_read_without_the_others():
    rows = read(PARQUET, Piece("x", content_of(lists_of_structs())), {"lc.mag": FLOAT})
    assert column(rows, "lc.mag") == lists("mag")


def test_what_nested_pandas_writes_is_read(tmp_path):
    points = pd.DataFrame({"t": [1.0, 2.0, 5.0], "flux": [3.5, 4.5, 6.5]}, [7, 7, 9])
    frame = nested_pandas.NestedFrame({"ra": [10.0, 20.0]}, [7, 9])
    path = tmp_path / "nested.parquet"
    frame.join_nested(points, "lightcurve").to_parquet(path)
    wanted = {"ra": DOUBLE, "lightcurve.t": DOUBLE, "lightcurve.flux": FLOAT}
    rows = read(PARQUET, Piece("x", path=path), wanted)
    assert column(rows, "ra") == [10.0, 20.0]
    assert column(rows, "lightcurve.t") == [[1.0, 2.0], [5.0]]
    assert column(rows, "lightcurve.flux") == [[3.5, 4.5], [6.5]]


def test_few_light_curves_are_held_where_they_are_long():
    points = 5000
    table = pa.table({"t": pa.array([np.arange(points, dtype=float)] * 100)})
    rows = read(PARQUET, Piece("x", content_of(table)), {"t": DOUBLE})
    assert max(len(part.lines) for part in rows) <= BATCH // points
    assert sum(len(part.lines) for part in rows) == 100


def test_a_hats_catalogue_is_read_pixel_by_pixel(tmp_path):
    expected = {}
    for pixel in (44, 45):
        folder = tmp_path / "dataset" / "Norder=1" / "Dir=0"
        folder.mkdir(parents=True, exist_ok=True)
        table = structs_of_lists().append_column("_healpix_29", pa.array([pixel] * 4))
        pq.write_table(table, folder / f"Npix={pixel}.parquet")
        expected[pixel] = table["id"].to_pylist()
    found = {}
    for path in sorted(tmp_path.rglob("Npix=*.parquet")):
        rows = read(PARQUET, Piece(path.name, path=path), {"id": INT, "lc.mjd": DOUBLE})
        found[int(path.stem.removeprefix("Npix="))] = column(rows, "id")
        assert column(rows, "lc.mjd") == lists("mjd")
    assert found == expected


def test_times_of_32_bits_are_told_of():
    times = pa.array([2450455.8, 2450456.3], pa.float32())
    table = pa.table({"hjd": times, "mag": times})
    schema = table.schema.set(0, table.schema.field(0).with_metadata({"unit": "d"}))
    content = content_of(table.cast(schema))
    (rows,) = read(PARQUET, Piece("x", content), {"hjd": DOUBLE, "mag": FLOAT})
    assert rows.notes == (
        "column 'hjd' holds 32-bit numbers: its values stand in steps of 0.25 d",
    )


def test_a_look_tells_of_columns_and_rows():
    table = structs_of_lists().replace_schema_metadata({"survey": "example"})
    (look,) = PARQUET.look(Piece("x", content_of(table)), ANY)
    told = [(c.name, c.datatype, c.arraysize) for c in look.columns]
    assert told == [
        ("id", "long", None),
        ("lc.mjd", "double", "*"),
        ("lc.mag", "float", "*"),
        ("lc.band", "char", "*"),
    ]
    assert look.header == {"survey": "example"}
    assert look.rows.column(1).to_pylist() == lists("mjd")


def test_a_file_without_rows_has_columns():
    empty = content_of(long_table()[:0])
    (look,) = PARQUET.look(Piece("x", empty), ANY)
    assert [c.name for c in look.columns] == list(LONG)
    assert sum(len(part.lines) for part in read(PARQUET, Piece("x", empty), LONG)) == 0


def test_a_file_that_is_cut_short_is_refused_by_name():
    content = content_of(long_table(10, 10))
    for end in range(4, len(content), 101):
        with pytest.raises(UsageError, match=r"^x\.parquet: "):
            read(PARQUET, Piece("x.parquet", content[:end]), LONG)


def test_damage_in_the_middle_is_refused_by_name(tmp_path):
    content = bytearray(content_of(long_table(), compression="gzip"))
    content[200:4000] = bytes(3800)
    path = Path(tmp_path / "x.parquet")
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"^x\.parquet: "):
        read(PARQUET, Piece("x.parquet", path=path), LONG)


VALUES = {
    pa.float64(): st.floats(allow_nan=False),
    pa.float32(): st.floats(width=32, allow_nan=False),
    pa.int16(): st.integers(-(2**15), 2**15 - 1),
    pa.uint32(): st.integers(0, 2**32 - 1),
    pa.int64(): st.integers(-(2**53), 2**53),
}


@st.composite
def arrays(draw):
    kind = draw(st.sampled_from(list(VALUES)))
    values = st.none() | VALUES[kind]
    if draw(st.booleans()):
        values, kind = st.none() | st.lists(values, max_size=4), pa.list_(kind)
    return pa.array(draw(st.lists(values, min_size=5, max_size=5)), kind)


@settings(max_examples=60, deadline=None)
@given(st.lists(arrays(), min_size=1, max_size=4), st.integers(1, 5))
def test_any_table_that_pyarrow_writes_comes_back(columns, group):
    table = pa.table({f"c{i}": values for i, values in enumerate(columns)})
    content = content_of(table, row_group_size=group)
    rows = read(PARQUET, Piece("x", content), dict.fromkeys(table.column_names, DOUBLE))
    for name in table.column_names:
        found, expected = column(rows, name), table[name].to_pylist()
        if pa.types.is_list(table[name].type):
            assert found == expected
        else:
            assert same(found, np.array(expected, float))


SMALL = content_of(long_table(5, 5))


@settings(max_examples=100, deadline=None)
@given(CHANGES)
def test_damage_is_told_of_and_never_crashes(changes):
    assert survives(PARQUET, damaged(SMALL, changes), LONG)
