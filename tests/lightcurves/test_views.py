"""The views over all collections: light curves and names."""

import pytest

from vo_lcc.db import Database
from vo_lcc.lightcurves.remake import remake_views
from vo_lcc.lightcurves.upgrade import VIEWS, upgrade

from .conftest import Folder

POINTS = "id,band,t,m,e\na,g,1,12,.1\na,g,3,11,.1\na,g,4.5,13,.1\nb,r,2,9,.1\n"
NAMES = 'hd = { datatype = "char" }\nnick = { datatype = "char" }\n'


def named(folder: Folder) -> None:
    """The collection with two columns of other names."""
    head = folder.head.replace(
        '"objects.csv"', '"objects.csv"\naliases = ["hd", "nick"]'
    )
    folder.write("stars.toml", head + NAMES + folder.long)
    folder.write("objects.csv", "id,ra,dec,hd,nick\na,0,0,HD 12 345,\nb,1,1,,O'Mira\n")


def test_a_light_curve_of_several_segments_is_one(db: Database, folder: Folder):
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")
    db.fetch(
        "INSERT INTO stars_r1.lightcurves (object_id, passband, segment, obs_time, mag,"
        " mag_err, t_min, t_max, n_points) VALUES"
        " ('a', 'g', 1, '{14.5,14.75}', '{1,2}', '{1,1}', 14.5, 14.75, 2)"
    )
    db.fetch("DROP TABLE stars_r1.summaries CASCADE")
    with db.load() as load:
        remake_views(load)

    assert db.fetch(
        "SELECT n_points, t_min - 56999.5, t_max - 56999.5"
        " FROM vo_lcc.ts_ssa WHERE object_id = 'a' AND passband = 'g'"
    ) == [(5, 1, 14.75)]
    assert db.fetch(
        "SELECT step_min, step_max FROM stars_r1.summaries ORDER BY object_id"
    ) == [(0.25, 10), (None, None)]


def test_steps_between_segments_that_overlap_are_not_known(db, folder):
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")
    db.fetch(
        "INSERT INTO stars_r1.lightcurves (object_id, passband, segment, obs_time, mag,"
        " mag_err, t_min, t_max, n_points)"
        " VALUES ('a', 'g', 1, '{2}', '{1}', '{1}', 2, 2, 1)"
    )
    db.fetch("DROP TABLE stars_r1.summaries CASCADE")
    with db.load() as load:
        remake_views(load)

    assert db.fetch(
        "SELECT n_points, step_min, step_max FROM stars_r1.summaries"
        " WHERE object_id = 'a'"
    ) == [(4, None, None)]


def test_objects_are_found_by_all_their_names(db, folder):
    named(folder)
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")

    seen = db.fetch("SELECT object_id, name, folded FROM vo_lcc.ts_names ORDER BY 2")

    assert sorted(seen) == [
        ("a", "HD 12 345", "hd12345"),
        ("a", "a", "a"),
        ("b", "O'Mira", "o'mira"),
        ("b", "b", "b"),
    ]


@pytest.mark.parametrize("condition", ["name = 'HD 12 345'", "folded = 'hd12345'"])
def test_names_are_looked_up_by_index(db, folder, condition):
    named(folder)
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")

    with db.transaction() as cur:
        cur.execute("SET LOCAL enable_seqscan = off")
        cur.execute(f"EXPLAIN SELECT * FROM vo_lcc.ts_names WHERE {condition}")
        plan = [line for (line,) in cur.fetchall()]

    assert sum("Index Cond" in line for line in plan) == 3
    assert not any("Seq Scan" in line for line in plan)


def test_a_database_of_an_older_version_has_its_views_made(db, folder):
    named(folder)
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")
    before = db.fetch("SELECT * FROM vo_lcc.ts_ssa ORDER BY curve_path")
    db.fetch("DROP TABLE stars_r1.summaries CASCADE")
    db.fetch("DROP VIEW IF EXISTS vo_lcc.ts_ssa, vo_lcc.ts_names")
    db.fetch("UPDATE vo_lcc.views SET version = 0")

    assert upgrade(db) == []

    assert db.fetch("SELECT * FROM vo_lcc.ts_ssa ORDER BY curve_path") == before
    assert db.fetch("SELECT version FROM vo_lcc.views") == [(VIEWS,)]
