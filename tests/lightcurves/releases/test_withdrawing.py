"""Releases are taken back, and what they alone needed is deleted."""

import pytest

from vo_lcc.db import Database
from vo_lcc.db.catalog import load_catalog
from vo_lcc.errors import NotFoundError
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.collection import load_collections
from vo_lcc.lightcurves.releases.describing import publish_file
from vo_lcc.lightcurves.releases.listing import list_releases
from vo_lcc.lightcurves.releases.records import new_draft, store_draft
from vo_lcc.lightcurves.releases.withdrawing import withdraw

from ..conftest import HEAD, LONG
from .conftest import POINTS, reload, worded


def schemas(db: Database) -> set[str]:
    rows = db.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'stars%'")
    return {name for (name,) in rows}


def test_an_old_release_goes_with_its_light_curves(db, stars):
    reload(db, stars, POINTS.replace(",12,", ",12.5,"))

    done = withdraw(db, "stars", "1")

    assert (done.state, done.latest) == ("published", "2")
    assert schemas(db) == {"stars", "stars_dr2", "stars_r2"}
    assert not any(name[0] == "stars_dr1" for name in load_catalog(db).tables)
    first, _ = list_releases(db, "stars")
    assert first.state == "withdrawn"
    assert first.withdrawn is not None
    assert db.fetch("SELECT count(*) FROM vo_lcc.ts_ssa WHERE collection='stars'")


def test_after_the_latest_comes_the_one_before(db, stars):
    before = db.fetch("SELECT * FROM ivoa.obscore ORDER BY obs_publisher_did")
    reload(db, stars, POINTS.replace(",12,", ",12.5,"), title="Other words")

    done = withdraw(db, "stars", "2")

    assert done.latest == "1"
    assert db.fetch("SELECT mag FROM stars.photometry ORDER BY 1") == [
        (9,),
        (11,),
        (12,),
    ]
    assert load_collections(db)["stars"].title == "Some stars"
    after = db.fetch("SELECT * FROM ivoa.obscore ORDER BY obs_publisher_did")
    assert after == before
    assert schemas(db) == {"stars", "stars_dr1", "stars_r1"}


def test_a_label_is_never_used_again(db, stars):
    reload(db, stars, POINTS.replace(",12,", ",12.5,"))
    withdraw(db, "stars", "2")
    reload(db, stars, POINTS.replace(",12,", ",12.7,"))

    assert [(r.label, r.state) for r in list_releases(db, "stars")] == [
        ("1", "published"),
        ("2", "withdrawn"),
        ("3", "published"),
    ]


def test_without_a_release_the_collection_is_gone_from_all_services(db, stars):
    assert withdraw(db, "stars", "1").latest is None

    assert schemas(db) == set()
    assert load_collections(db) == {}
    assert not any(name[0].startswith("stars") for name in load_catalog(db).tables)
    for view in ("vo_lcc.ts_ssa", "vo_lcc.ts_names", "ivoa.obscore"):
        assert db.fetch(f"SELECT count(*) FROM {view}") == [(0,)]


def test_a_collection_comes_back_after_its_only_release_was_withdrawn(db, stars):
    withdraw(db, "stars", "1")

    reload(db, stars, POINTS)

    assert load_collections(db)["stars"].release == "2"


def test_new_words_are_taken_back_with_the_data_left_alone(db, stars):
    path = stars.write("stars.toml", worded(HEAD + LONG, title="Better words"))
    publish_file(db, *read_collection_file(path))

    withdraw(db, "stars", "1.1")

    assert load_collections(db)["stars"].title == "Some stars"
    assert db.fetch("SELECT count(*) FROM stars.photometry") == [(3,)]
    assert schemas(db) == {"stars", "stars_dr1", "stars_r1"}


def test_the_light_curves_stay_while_a_release_needs_them(db, stars):
    path = stars.write("stars.toml", worded(HEAD + LONG, title="Better words"))
    publish_file(db, *read_collection_file(path))

    withdraw(db, "stars", "1")

    assert db.fetch("SELECT count(*) FROM stars_dr1_1.photometry") == [(3,)]
    withdraw(db, "stars", "1.1")
    assert schemas(db) == set()


def test_a_draft_leaves_nothing_behind(db, stars):
    file, text = read_collection_file(stars.path / "stars.toml")
    with db.load() as load:
        store_draft(load, file, text, new_draft(load, file, "full", "x"))
        load.execute("CREATE SCHEMA stars_r2")
        load.execute("CREATE TABLE stars_r2.objects_in (object_id text)")

    assert withdraw(db, "stars", "2").state == "draft"

    assert [r.label for r in list_releases(db, "stars")] == ["1"]
    assert schemas(db) == {"stars", "stars_dr1", "stars_r1"}


def test_twice_does_no_harm(db, stars):
    reload(db, stars, POINTS.replace(",12,", ",12.5,"))
    withdraw(db, "stars", "1")

    assert withdraw(db, "stars", "1").state == "withdrawn"


def test_what_is_not_there_cannot_be_withdrawn(db, stars):
    with pytest.raises(NotFoundError, match="no release '7'; there are 1"):
        withdraw(db, "stars", "7")
    with pytest.raises(NotFoundError, match="no collection 'none'"):
        withdraw(db, "none", "1")
