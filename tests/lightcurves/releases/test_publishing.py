"""What is published, under which names, and what stays as it was."""

import pytest

from vo_lcc.db import Database
from vo_lcc.db.catalog import load_catalog
from vo_lcc.errors import StateError, UsageError
from vo_lcc.lightcurves.about import About, CollectionQuery, Creator
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.collection import load_collections
from vo_lcc.lightcurves.releases.describing import publish_file
from vo_lcc.lightcurves.releases.listing import list_releases
from vo_lcc.lightcurves.releases.publishing import publish
from vo_lcc.lightcurves.releases.records import find_draft, new_draft, store_draft

from ..conftest import HEAD, LONG
from .conftest import POINTS, reload, worded

MAGNITUDES = "SELECT mag FROM {}.photometry ORDER BY object_id, obs_time"


def magnitudes(db: Database, schema: str) -> list[float]:
    return [mag for (mag,) in db.fetch(MAGNITUDES.format(schema))]


def test_a_release_has_a_name_of_its_own(db, stars):
    catalog = load_catalog(db)
    tables = {name for name in catalog.tables if name[0].startswith("stars")}

    assert tables == {
        (schema, table)
        for schema in ("stars", "stars_dr1")
        for table in ("objects", "lightcurves", "photometry")
    }
    said = catalog.tables["stars_dr1", "objects"]
    assert "Release 1:" in said.description
    assert said.columns == catalog.tables["stars", "objects"].columns
    assert catalog.tables["stars_dr1", "photometry"].keys[0].target == (
        "stars_dr1.objects"
    )


def test_an_old_release_stays_as_it_was(db, stars):
    reload(db, stars, POINTS.replace(",12,", ",12.5,"))

    assert magnitudes(db, "stars_dr1") == [12, 11, 9]
    assert magnitudes(db, "stars_dr2") == magnitudes(db, "stars") == [12.5, 11, 9]
    assert load_collections(db)["stars"].release == "2"


def test_readers_may_read_every_release_and_nothing_else(db, stars):
    reload(db, stars, POINTS.replace(",12,", ",12.5,"))
    rows = db.fetch(
        "SELECT table_schema, table_name FROM information_schema.role_table_grants"
        " WHERE grantee = 'vo_lcc_reader' AND table_name LIKE '%_history'"
    )

    with db.transaction() as cur:
        cur.execute("SET LOCAL ROLE vo_lcc_reader")
        for schema in ("stars", "stars_dr1", "stars_dr2"):
            cur.execute(f"SELECT count(*) FROM {schema}.photometry")
            assert cur.fetchone() == (3,)
    assert rows == []


def test_what_later_appends_add_and_replace_is_not_in_an_earlier_release(db, stars):
    """As appends leave the tables: see `appends`."""
    db.fetch(
        "INSERT INTO stars_r1.lightcurves_history SELECT *, 2 FROM stars_r1.lightcurves"
        " WHERE object_id = 'b'"
    )
    db.fetch("UPDATE stars_r1.lightcurves SET added = 2, mag = '{8}' WHERE mag = '{9}'")

    assert magnitudes(db, "stars_dr1") == [12, 11, 9]
    assert magnitudes(db, "stars") == [12, 11, 8]


SEARCHES = (
    "SELECT * FROM {0}.objects WHERE object_id = 'a'",
    "SELECT * FROM {0}.objects WHERE hpx BETWEEN 1 AND 2",
    "SELECT * FROM {0}.objects WHERE point(ra, dec) <@ box '((0,0),(1,1))'",
    "SELECT * FROM {0}.photometry WHERE object_id = 'a' AND passband = 'g'",
    "SELECT * FROM {0}.objects JOIN {0}.photometry USING (object_id)"
    " WHERE hpx BETWEEN 1 AND 2",
)


def test_every_release_is_searched_by_index(db, stars):
    for schema, branches in (("stars", 1), ("stars_dr1", 2)):
        for query in SEARCHES:
            with db.transaction() as cur:
                cur.execute("SET LOCAL enable_seqscan = off")
                cur.execute("EXPLAIN " + query.format(schema))
                plan = [line for (line,) in cur.fetchall()]

            assert not any("Seq Scan" in line for line in plan), plan
            assert sum("Index Cond" in line for line in plan) >= branches, plan


def test_new_words_are_a_release_of_their_own(db, stars):
    path = stars.write("stars.toml", worded(HEAD + LONG, title="Better words"))

    made = publish_file(db, *read_collection_file(path))

    assert (made.label, made.kind, made.n_points) == ("1.1", "description", 3)
    collection = load_collections(db)["stars"]
    assert (collection.title, collection.release) == ("Better words", "1.1")
    assert collection.n_objects == 3
    assert collection.coverage
    assert magnitudes(db, "stars_dr1_1") == magnitudes(db, "stars_dr1")
    catalog = load_catalog(db)
    assert "Better words" in catalog.tables["stars_dr1_1", "objects"].description
    assert "Some stars" in catalog.tables["stars_dr1", "objects"].description
    assert db.fetch(
        "SELECT DISTINCT title FROM vo_lcc.ts_ssa WHERE passband = 'r'"
    ) == [("b in r, Better words",)]
    assert publish_file(db, *read_collection_file(path)) is None


def test_what_the_registry_is_told_is_stored_with_each_release(db, stars):
    assert load_collections(db)["stars"].about == About((Creator("Nobody"),))
    told = (
        'creators = [{ name = "Doé, J.", orcid = "0000-0002-1825-0097" }]\n'
        'subjects = ["variable-stars"]\nshort_name = "stars"\ndoi = "10.5281/z.1"\n'
        'rights_uri = "https://spdx.org/licenses/CC0-1.0.html"\n'
    )
    query = "SELECT COUNT(*) AS n FROM stars.objects"
    example = f'[[examples]]\nname = "N"\ndescription = "n"\nquery = "{query}"\n'
    path = stars.write("stars.toml", told + HEAD + LONG + example)

    made = publish_file(db, *read_collection_file(path))

    assert (made.label, made.kind) == ("1.1", "description")
    assert load_collections(db)["stars"].about == About(
        creators=(Creator("Doé, J.", "0000-0002-1825-0097"),),
        subjects=("variable-stars",),
        short_name="stars",
        doi="10.5281/z.1",
        rights_uri="https://spdx.org/licenses/CC0-1.0.html",
        examples=(CollectionQuery("N", "n", query),),
    )


def test_what_changes_data_is_no_release_of_words(db, stars):
    text = worded(HEAD + LONG, title="Better words").replace("99.99", "88.88")
    path = stars.write("stars.toml", text)

    with pytest.raises(
        UsageError, match=r"lightcurves\.columns\.mag\.missing: this ch"
    ):
        publish_file(db, *read_collection_file(path))

    assert [r.label for r in list_releases(db, "stars")] == ["1"]


def test_labels_count_on_within_a_full_release(db, stars):
    for title in ("B", "C"):
        path = stars.write("stars.toml", worded(HEAD + LONG, title=title))
        publish_file(db, *read_collection_file(path))
    reload(db, stars, POINTS.replace(",12,", ",12.5,"))
    path = stars.write("stars.toml", worded(HEAD + LONG, title="D"))
    publish_file(db, *read_collection_file(path))

    assert [(r.label, r.schema, r.latest) for r in list_releases(db, "stars")] == [
        ("1", "stars_dr1", False),
        ("1.1", "stars_dr1_1", False),
        ("1.2", "stars_dr1_2", False),
        ("2", "stars_dr2", False),
        ("2.1", "stars_dr2_1", True),
    ]


def test_a_draft_is_published_when_it_is_complete(db, stars):
    file, text = read_collection_file(stars.path / "stars.toml")
    with pytest.raises(UsageError, match="has no draft to publish"):
        publish(db, "stars")
    with db.load() as load:
        store_draft(load, file, text, new_draft(load, file, "full", "x"))

    assert find_draft(db, "stars").label == "2"
    with pytest.raises(StateError, match="is not complete"):
        publish(db, "stars")
    with pytest.raises(UsageError, match="has a draft already"), db.load() as load:
        store_draft(load, file, text, new_draft(load, file, "full", "y"))


def test_a_release_takes_no_name_that_is_taken(db, stars):
    db.fetch("CREATE SCHEMA stars_dr2")

    with pytest.raises(UsageError, match="has a schema 'stars_dr2' already"):
        reload(db, stars, POINTS.replace(",12,", ",12.5,"))

    assert magnitudes(db, "stars") == [12, 11, 9]


def test_points_tell_the_release_they_came_with(db, stars):
    stars.write("stars.toml", HEAD + LONG + "[releases]\ncolumn = true\n")
    stars.load(db, "objects.csv", "points.csv")
    db.fetch(
        "INSERT INTO vo_lcc.releases SELECT (jsonb_populate_record(r,"
        " jsonb_build_object('release', 3, 'label', '2.1', 'kind', 'append'))).*"
        " FROM vo_lcc.releases r WHERE release = 2"
    )
    db.fetch("UPDATE stars_r2.lightcurves SET added = 3 WHERE object_id = 'b'")

    assert db.fetch("SELECT object_id, release FROM stars.photometry ORDER BY 1") == [
        ("a", "2"),
        ("a", "2"),
        ("b", "2.1"),
    ]
    assert db.fetch("SELECT release FROM stars_dr2.lightcurves") == [("2",)]
    column = load_catalog(db).tables["stars", "photometry"].columns[-1]
    assert (column.name, column.datatype) == ("release", "char")


def test_a_bare_name_of_a_table_is_never_one_of_a_release(db, stars):
    catalog = load_catalog(db)

    assert {s.name: s.release_of for s in catalog.schemas}["stars_dr1"] == "stars"
    assert [t.schema for t in catalog.by_bare_name["objects"]] == ["stars"]
