import numpy as np
import pytest

from vo_lcc.db import Database
from vo_lcc.lightcurves.collection import Collection, load_collections
from vo_lcc.lightcurves.demo import ingest_demo

OBJECTS = [
    *("object_id", "ra", "dec", "hpx", "class", "period", "n_points", "t_min", "t_max"),
    *("g_n_points", "g_median", "g_mean", "g_std", "g_amplitude"),
    *("r_n_points", "r_median", "r_mean", "r_std", "r_amplitude"),
]


@pytest.fixture(scope="module")
def collection(demo_db: Database) -> Collection:
    return load_collections(demo_db)["demo"]


def test_columns_are_those_that_clients_rely_on(collection):
    names = [c.name for c in collection.object_columns]
    assert [name for name in names if name in OBJECTS] == OBJECTS
    assert [c.name for c in collection.point_columns] == [
        *("obs_time", "mag", "mag_err", "flags")
    ]
    assert (collection.period_column, collection.class_column) == ("period", "class")


def test_stars_are_everywhere(demo_db, collection):
    corners = demo_db.fetch(
        "SELECT count(*) FILTER (WHERE ra = 0), count(*) FILTER (WHERE dec = 0),"
        " count(*) FILTER (WHERE dec = 90), count(*) FILTER (WHERE dec = -90),"
        " count(*) FILTER (WHERE ra > 359), max(ra) < 360 FROM demo.objects"
    )

    assert collection.n_objects == 5000
    assert all(corners[0])


def test_classes_and_periods_may_be_null(demo_db):
    ((kinds, unclassified, constants, wrong),) = demo_db.fetch(
        "SELECT count(DISTINCT class), count(*) - count(class),"
        " count(*) FILTER (WHERE class = 'CST'),"
        " count(*) FILTER (WHERE class = 'CST' AND period IS NOT NULL"
        "   OR class <> 'CST' AND period IS NULL) FROM demo.objects"
    )

    assert (kinds, wrong) == (7, 0)
    assert unclassified > 50
    assert constants > 500


def test_each_kind_of_point_is_there(demo_db):
    rows = demo_db.fetch(
        "SELECT flags, count(*), count(mag), count(mag_err) FROM demo.photometry"
        " GROUP BY flags ORDER BY flags"
    )

    assert [flags for flags, *_ in rows] == [0, 1, 2, 4]
    for flags, points, mags, errors in rows:
        assert points > 1000
        assert mags == (0 if flags == 4 else points)
        assert errors == (0 if flags in (2, 4) else points)


def test_a_published_period_folds_into_a_clean_curve(demo_db):
    rows = demo_db.fetch(
        "SELECT period, obs_time, mag, flags FROM demo.objects"
        " JOIN demo.lightcurves USING (object_id)"
        " WHERE class = 'RRC' AND passband = 'g' AND g_amplitude > 0.4"
        " AND g_median < 15 AND g_n_points > 50"
    )

    assert len(rows) > 5
    for period, times, mags, flags in rows:
        seen = np.array(flags) == 0
        time, mag = np.array(times)[seen], np.array(mags, float)[seen]
        wave = 2 * np.pi * time / period
        model = np.transpose([np.ones_like(wave), np.sin(wave), np.cos(wave)])
        rest = mag - model @ np.linalg.lstsq(model, mag, rcond=None)[0]
        assert np.median(np.abs(rest)) < 0.1 * np.median(np.abs(mag - np.median(mag)))


def test_the_demo_is_always_the_same(demo_db, db):
    objects = (
        "SELECT object_id, ra, g_mean, n_points, t_min FROM demo.objects ORDER BY 1"
    )
    here = demo_db.fetch(objects)

    ingest_demo(db)

    assert db.fetch(objects) == here


def test_loading_it_again_changes_nothing(demo_db):
    assert not ingest_demo(demo_db).changed
