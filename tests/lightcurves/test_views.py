"""The views over all collections: light curves and names."""

import pytest

from vo_lcc.db import Database
from vo_lcc.db.catalog import load_catalog
from vo_lcc.lightcurves.remake import remake_summaries, remake_views
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
        " mag_err, t_min, t_max, n_points, added) VALUES"
        " ('a', 'g', 1, '{14.5,14.75}', '{1,2}', '{1,1}', 14.5, 14.75, 2, 1)"
    )
    with db.load() as load:
        remake_summaries(load)
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
        " mag_err, t_min, t_max, n_points, added)"
        " VALUES ('a', 'g', 1, '{2}', '{1}', '{1}', 2, 2, 1, 1)"
    )
    with db.load() as load:
        remake_summaries(load)
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


# What the migrations after 0013, and publication since then, have made.
UNDONE = """
DROP SCHEMA ivoa CASCADE;
DROP TABLE stars_r1.summaries CASCADE;
DROP VIEW IF EXISTS vo_lcc.ts_ssa, vo_lcc.ts_names;
DROP INDEX stars_r1.object_id_folded, stars_r1.hd_folded, stars_r1.nick_folded,
    stars_r1.hd_names, stars_r1.nick_names;
DROP TABLE vo_lcc.views, vo_lcc.table_lookups;
DROP FUNCTION vo_lcc.folded_name, vo_lcc.did_prefix, vo_lcc.links_prefix,
    vo_lcc.in_query;
ALTER TABLE vo_lcc.releases DROP longitude, DROP latitude, DROP height,
    DROP upper_limits, DROP aperture, DROP aliases, DROP image_url;
ALTER TABLE vo_lcc.passbands DROP bandwidth, DROP softening;
DELETE FROM tap_schema.key_columns WHERE key_id LIKE 'ivoa%';
DELETE FROM tap_schema.keys WHERE from_table LIKE 'ivoa%';
DELETE FROM tap_schema.columns WHERE table_name LIKE 'ivoa%';
DELETE FROM vo_lcc.table_positions WHERE table_name LIKE 'ivoa%';
DELETE FROM tap_schema.tables WHERE schema_name = 'ivoa';
DELETE FROM tap_schema.schemas WHERE schema_name = 'ivoa';
DELETE FROM vo_lcc.migrations WHERE number BETWEEN 14 AND 16;
CREATE VIEW vo_lcc.ts_ssa AS SELECT 1 AS old;
"""


def test_what_was_published_before_is_served_after_an_upgrade(db, folder):
    named(folder)
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")
    before = {table: db.fetch(f"SELECT * FROM {table}") for table in VIEWED}
    db.fetch(UNDONE)

    assert upgrade(db) == ["observing", "obscore", "lookups"]

    after = {table: db.fetch(f"SELECT * FROM {table}") for table in VIEWED}
    before["vo_lcc.ts_names"] = [  # which other names there are had not been kept
        row for row in before["vo_lcc.ts_names"] if row[1] == row[2]
    ]
    assert {t: sorted(map(str, rows)) for t, rows in after.items()} == {
        t: sorted(map(str, rows)) for t, rows in before.items()
    }
    assert ("ivoa", "obscore") in load_catalog(db).tables


VIEWED = ("vo_lcc.ts_ssa", "vo_lcc.ts_names", "ivoa.obscore", "ivoa.obs_time")


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
