import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vo_lcc.db import Database
from vo_lcc.db.catalog import load_catalog
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.collection import load_collections
from vo_lcc.lightcurves.identifiers import CurveId
from vo_lcc.lightcurves.views import TS_SSA
from vo_lcc.tables import (
    Observatory,
    PhotCal,
    Position,
    SkyFrame,
    TimeFrame,
    arrow_schema,
)

POINTS = """\
id,band,t,m,e
a,g,3,12,0.1
a,g,1,10,0.1
a,r,1,9,0.1
a,g,2,11.5,0.1
a,g,2,11,0.1
b,g,-5,99.99,0.1
b,g,0,0,0
"""
FLAGS = 'flags = { source = "f", datatype = "short" }\n'


def state(db: Database) -> list[tuple[object, ...]]:
    """Every table, view and schema, and what the catalog says."""
    return [
        *db.fetch(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1"
        ),
        *db.fetch(
            "SELECT relname, relkind FROM pg_class"
            " WHERE relnamespace::regnamespace::text !~ '^pg_' ORDER BY 1, 2"
        ),
        *db.fetch(
            "SELECT table_name, column_name FROM tap_schema.columns ORDER BY 1, 2"
        ),
        *db.fetch("SELECT * FROM vo_lcc.releases WHERE state = 'published'"),
        *db.fetch("SELECT version FROM vo_lcc.catalog_version"),
    ]


def test_a_load_reports_what_it_did(db, folder):
    folder.write("points.csv", POINTS + "a,g,bad,1,1\n")

    report = folder.load(db, "objects.csv", "points.csv")

    assert (report.collection, report.release, report.changed) == ("stars", 1, True)
    assert (report.n_objects, report.n_lightcurves, report.n_points) == (3, 3, 7)
    assert report.losses.rejected == {"obs_time is not a number": 1}
    assert folder.rejected() == [
        ("points.csv", 9, "obs_time is not a number", "a,g,bad,1,1")
    ]


def test_points_are_ordered_by_time_then_as_they_came(db, folder):
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")

    rows = db.fetch(
        "SELECT passband, segment, obs_time, mag, t_min, t_max, n_points"
        " FROM stars.lightcurves WHERE object_id = 'a' ORDER BY passband"
    )

    assert rows == [
        ("g", 0, [1, 2, 2, 3], [10, 11.5, 11, 12], 1, 3, 4),
        ("r", 0, [1], [9], 1, 1, 1),
    ]


def test_objects_are_summed_up_per_passband(db, folder):
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")

    rows = db.fetch(
        "SELECT object_id, n_points, t_min, t_max, g_n_points, g_median, g_mean, g_std,"
        " g_amplitude, r_n_points, r_std FROM stars.objects ORDER BY object_id"
    )

    std = np.std([10, 11.5, 11, 12], ddof=1)
    assert rows == [
        ("a", 5, 1, 3, 4, 11.25, 11.125, pytest.approx(std), 2, 1, None),
        ("b", 2, -5, 0, 2, 0, 0, None, 0, 0, None),  # magnitude 0 is a value
        ("c", 0, None, None, 0, None, None, None, None, 0, None),
    ]


def test_flagged_points_are_kept_but_not_summed_up(db, folder):
    folder.write("stars.toml", folder.head + folder.long + FLAGS)
    folder.write(
        "points.csv", "id,band,t,m,e,f\na,g,1,10,1,0\na,g,2,11,1,\na,g,3,20,1,2\n"
    )
    folder.load(db, "objects.csv", "points.csv")

    rows = db.fetch(
        "SELECT n_points, g_mean, g_amplitude FROM stars.objects WHERE n_points > 0"
    )

    assert rows == [(3, 10.5, 1)]
    assert db.fetch("SELECT count(*) FROM stars.photometry WHERE flags = 2") == [(1,)]


def test_positions_are_indexed(db, folder):
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")

    indexes = " ".join(
        definition
        for (definition,) in db.fetch(
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'stars_r1'"
        )
    )

    cells = dict(db.fetch("SELECT object_id, hpx FROM stars.objects"))
    base = 4**29  # cells in one of the twelve base cells
    assert cells["a"] == 4 * base + 3 * base // 4  # (0, 0) is the centre of base cell 4
    assert cells["b"] in {k * base - 1 for k in (1, 2, 3, 4)}  # all meet at the pole
    for text in ("(hpx)", 'USING spgist (point(ra, "dec"))', "UNIQUE"):
        assert text in indexes
    assert "(object_id, passband, segment)" in indexes


def test_the_same_load_again_changes_nothing(db, folder):
    folder.write("points.csv", POINTS)
    first = folder.load(db, "objects.csv", "points.csv")
    before = state(db)

    again = folder.load(db, "points.csv", "objects.csv")

    assert not again.changed
    assert (again.release, again.n_points) == (first.release, first.n_points)
    assert state(db) == before


@pytest.mark.parametrize("changed", ["points.csv", "stars.toml"])
def test_a_changed_input_makes_a_release_and_the_old_one_stays(db, folder, changed):
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")
    text = (folder.path / changed).read_text()
    folder.write(
        changed, text.replace("Some stars", "New stars").replace("12,0.1", "13,0.1")
    )

    report = folder.load(db, "objects.csv", "points.csv")

    assert (report.release, report.changed) == (2, True)
    assert db.fetch("SELECT count(*) FROM stars_r1.lightcurves") == [(3,)]
    assert db.fetch(
        "SELECT table_name FROM tap_schema.tables WHERE schema_name = 'stars'"
        " ORDER BY table_index"
    ) == [("stars.objects",), ("stars.lightcurves",), ("stars.photometry",)]
    highest = 13 if changed == "points.csv" else 12
    assert db.fetch("SELECT max(mag) FROM stars.photometry") == [(highest,)]
    title = "New stars" if changed == "stars.toml" else "Some stars"
    assert load_collections(db)["stars"].title == title
    assert load_collections(db)["stars"].release == "2"


@pytest.mark.parametrize("loaded_before", [False, True])
def test_a_load_that_fails_leaves_no_trace(db, folder, loaded_before):
    folder.write("points1.csv", POINTS)
    if loaded_before:
        folder.load(db, "objects.csv", "points1.csv")
    folder.write("points2.csv.gz", b"\x1f\x8b this is no gzip file")
    before = state(db)

    with pytest.raises(UsageError, match=r"points2\.csv\.gz: this file is damaged"):
        folder.load(db, "objects.csv", "points1.csv", "points2.csv.gz")

    assert state(db) == before


def test_a_load_whose_every_row_is_bad_is_refused(db, folder):
    folder.write("points.csv", "id,band,t,m,e\na,g,x,1,1\nz,g,1,1,1\na,g,y,1,1\n")
    before = state(db)

    with pytest.raises(UsageError, match=r"not one point.*obs_time is not a number"):
        folder.load(db, "objects.csv", "points.csv")

    assert state(db) == before
    assert len(folder.rejected()) == 3


def test_a_schema_that_is_not_ours_is_left_alone(db, folder):
    db.fetch("CREATE SCHEMA stars")
    folder.write("points.csv", POINTS)

    with pytest.raises(
        UsageError, match="has a schema 'stars' that is not a collection"
    ):
        folder.load(db, "objects.csv", "points.csv")


def test_the_catalog_describes_every_column(db, folder):
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")
    catalog = load_catalog(db)
    objects, lightcurves, photometry = (
        catalog.tables["stars", name]
        for name in ("objects", "lightcurves", "photometry")
    )
    frame = TimeFrame("TDB", "BARYCENTER", 2457000.0)
    g = PhotCal("g", None, 3631.0, "AB", 4.7e-7)

    assert objects.position == Position()
    assert objects.find_column("ra").annotation == SkyFrame("ICRS")
    assert objects.find_column("t_min").annotation == frame
    assert objects.find_column("g_median").annotation == g
    assert photometry.find_column("mag").annotation is None  # of two passbands
    assert photometry.find_column("obs_time").annotation == frame
    assert lightcurves.find_column("obs_time").arraysize == "*"
    for table in (lightcurves, photometry):
        assert [key.target for key in table.keys] == ["stars.objects"]
    for table in (objects, lightcurves, photometry):
        assert all(c.description and c.ucd for c in table.columns)
        with db.load() as load:
            seen = load.query(f"SELECT * FROM stars.{table.name}").schema
        assert seen.equals(arrow_schema(table.columns))


def test_texts_beyond_ascii_are_unicode(db, folder):
    head = folder.head + 'name = { datatype = "char" }\nclass = {}\n'
    folder.write("stars.toml", head + folder.long)
    folder.write("objects.csv", "id,ra,dec,name,class\na,0,0,Hâle,RR\nb,1,1,,\n")
    folder.write("points.csv", POINTS.replace("b,g", "a,g"))
    folder.load(db, "objects.csv", "points.csv")

    objects = load_catalog(db).tables["stars", "objects"]

    assert objects.find_column("name").datatype == "unicodeChar"
    assert objects.find_column("class").datatype == "char"
    assert db.fetch("SELECT name, class FROM stars.objects ORDER BY object_id") == [
        ("Hâle", "RR"),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("cameras", "datatype"),
    [(["ba", None, 'b"c'], "char"), (["ba", "ä", None], "unicodeChar")],
)
def test_texts_of_points_go_out_as_json_in_light_curves(db, folder, cameras, datatype):
    text = 'camera = { datatype = "char", description = "Camera" }\n'
    folder.write("stars.toml", folder.head + folder.long + text)
    rows = [
        f"a,g,{time},10,0.1," + ("" if c is None else '"' + c.replace('"', '""') + '"')
        for time, c in enumerate(cameras)
    ]
    folder.write("points.csv", "\n".join(["id,band,t,m,e,camera", *rows]) + "\n")
    folder.load(db, "objects.csv", "points.csv")

    tables = load_catalog(db).tables
    curves = tables["stars", "lightcurves"].find_column("camera")
    points = tables["stars", "photometry"].find_column("camera")

    assert (curves.datatype, curves.xtype) == (datatype, "vo_lcc:json")
    assert curves.description == "Camera (a JSON array)"
    assert (points.datatype, points.xtype) == (datatype, None)
    ((written,),) = db.fetch("SELECT camera FROM stars.lightcurves")
    assert json.loads(written) == cameras
    seen = db.fetch("SELECT camera FROM stars.photometry ORDER BY obs_time")
    assert [camera for (camera,) in seen] == cameras


def test_the_reader_sees_what_is_published_and_no_more(db, folder):
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")

    with db.transaction() as cur:
        cur.execute("SET LOCAL ROLE vo_lcc_reader")
        for table in (
            "stars.objects",
            "stars.lightcurves",
            "stars.photometry",
            "stars_r1.objects",
            "stars_r1.summaries",
            "vo_lcc.ts_ssa",
            "vo_lcc.ts_names",
            "ivoa.obscore",
            "ivoa.obs_time",
        ):
            cur.execute(f"SELECT count(*) FROM {table}")
            assert cur.fetchone()[0] > 0
        cur.execute(
            "SELECT has_table_privilege('vo_lcc.releases', 'SELECT'),"
            " has_table_privilege('stars.objects', 'DELETE')"
        )
        assert cur.fetchone() == (False, False)


def test_what_is_known_of_the_observation_is_kept(db, folder):
    head = (
        folder.head.replace("[time]", OBSERVATION + "[time]")
        .replace("4.7e-7", "4.7e-7, bandwidth = 1.4e-7, softening = 0.9e-10")
        .replace('"objects.csv"', '"objects.csv"\naliases = ["hd", "hip"]')
    )
    names = 'hd = { datatype = "char" }\nhip = { datatype = "char" }\n'
    points = folder.long.replace('"points*"', '"points*"\nupper_limits = 6')
    folder.write("stars.toml", head + names + points + "flags = {}\n")
    folder.write("objects.csv", "id,ra,dec,hd,hip\na,0,0,HD 1,HIP 2\nb,1,1,,\n")
    folder.write("points.csv", "id,band,t,m,e,flags\na,g,1,12,.1,0\n")
    folder.load(db, "objects.csv", "points.csv")

    seen = load_collections(db)["stars"]

    assert seen.observatory == Observatory(-70.7, -29.0, 0)
    assert (seen.upper_limits, seen.aperture) == (6, 0.002)
    assert seen.alias_columns == ("hd", "hip")
    assert seen.image_url == "https://example.org/?id={object_id}"
    g = PhotCal("g", None, 3631.0, "AB", 4.7e-7, 1.4e-7, 0.9e-10)
    assert seen.passbands == (g, PhotCal("r"))
    objects = load_catalog(db).tables["stars", "objects"]
    assert objects.find_column("g_median").annotation == g


OBSERVATION = """\
aperture = 0.002
image_url = "https://example.org/?id={object_id}"
[observatory]
longitude = -70.7
latitude = -29.0
height = 0
"""


def test_what_is_not_known_of_the_observation_is_left_out(db, folder):
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")

    seen = load_collections(db)["stars"]

    assert seen.observatory is seen.aperture is seen.image_url is None
    assert (seen.upper_limits, seen.alias_columns) == (0, ())


def test_the_collection_is_known_to_the_services(db, folder):
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")

    collection = load_collections(db)["stars"]

    assert collection.passbands == (
        PhotCal("g", None, 3631.0, "AB", 4.7e-7),
        PhotCal("r"),
    )
    assert [c.name for c in collection.point_columns] == ["obs_time", "mag", "mag_err"]
    assert (collection.n_objects, collection.n_lightcurves, collection.n_points) == (
        3,
        3,
        7,
    )
    assert (collection.t_min, collection.t_max, collection.example) == (-5, 3, "a")
    assert collection.coverage.startswith("10/")
    assert collection.published.utcoffset().total_seconds() == 0
    assert collection.period_column is None


def test_every_light_curve_is_found_in_one_view(db, folder):
    folder.write("objects.csv", "id,ra,dec\na b/ä%,0,0\n")
    folder.write("points.csv", POINTS.replace("a,", "a b/ä%,").replace("b,g", "?,g"))
    folder.load(db, "objects.csv", "points.csv")

    rows = db.fetch(
        "SELECT passband, object_path, n_points, t_min, t_max, wavelength, mag_median,"
        " amplitude, target_class, em_min, em_max, curve_path, aperture"
        " FROM vo_lcc.ts_ssa ORDER BY passband"
    )
    with db.load() as load:
        seen = load.query("SELECT * FROM vo_lcc.ts_ssa").schema

    path, g = CurveId("stars", "a b/ä%").path, 4.7e-7
    first, last = 2457001 - 2400000.5, 2457003 - 2400000.5
    assert rows == [
        ("g", path, 4, first, last, g, 11.25, 2, None, g, g, path + "/g", None),
        ("r", path, 1, first, first, None, 9, 0, None, None, None, path + "/r", None),
        (None, path, 5, first, last, None, None, 2, None, g, g, path, None),
    ]
    assert seen.equals(arrow_schema(TS_SSA.columns))


def test_without_collections_the_view_is_empty(db):
    assert db.fetch("SELECT * FROM vo_lcc.ts_ssa") == []
    assert load_collections(db) == {}


numbers = st.floats(allow_nan=False, allow_infinity=False)
mags = st.floats(-1e30, 1e30)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("gr"), numbers, mags),
        min_size=1,
        max_size=30,
        unique_by=lambda point: point[:3],
    )
)
def test_written_points_are_published_to_the_last_bit(db, folder, written):
    toml = folder.head + folder.long.replace("99.99, ", "")
    folder.write("stars.toml", toml)
    lines = [f"{o},{b},{t!r},{m!r},1" for o, b, t, m in written]
    folder.write("points.csv", "\n".join(["id,band,t,m,e", *lines]))

    report = folder.load(db, "objects.csv", "points.csv")
    rows = db.fetch("SELECT object_id, passband, obs_time, mag FROM stars.photometry")

    assert report.n_points == len(written)
    assert sorted(rows) == sorted(written)


@pytest.mark.parametrize("datatype", ["float", "double"])
@pytest.mark.parametrize(
    "mag", ["1e31", "-1e31", "3.4e38", "1e-46", "1e-200", "5e-324"]
)
def test_a_magnitude_beyond_reason_never_stops_a_load(db, folder, datatype, mag):
    toml = (folder.head + folder.long).replace(
        '"m", datatype = "double"', f'"m", datatype = "{datatype}"'
    )
    folder.write("stars.toml", toml)
    folder.write("points.csv", f"id,band,t,m,e\na,g,1,{mag},1\na,g,2,0,1\na,g,3,0,1\n")

    report = folder.load(db, "objects.csv", "points.csv")

    assert report.n_points == 3
    assert bool(report.losses.nulled) == (abs(float(mag)) > 1e30)
