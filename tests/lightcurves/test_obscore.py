"""Light curves as ObsCore has them: values, settings, indexes behind the views."""

from collections.abc import Iterator

import pytest

from tests.conftest import copied_database
from vo_lcc.adql import compile_query
from vo_lcc.db import Database
from vo_lcc.db.catalog import load_catalog
from vo_lcc.lightcurves.identifiers import CurveId
from vo_lcc.lightcurves.obscore import settings_of
from vo_lcc.tables import Discs

from .conftest import Folder

POINTS = "id,band,t,m,e\na b/ä%,g,1,12,.1\na b/ä%,g,3.5,11,.1\na b/ä%,r,2,9,.1\n"
OTHERS = "id,band,t,m,e\nx,V,2451545,9,.1\n"
BASE, AUTHORITY = "https://vo.example.org/sub", "example.org"


def published(db: Database, folder: Folder) -> None:
    """Two collections with different frames, passbands and apertures."""
    head = folder.head.replace("4.7e-7", "5e-7, bandwidth = 1e-7")
    folder.write("stars.toml", "aperture = 0.002\n" + head + folder.long)
    folder.write("objects.csv", "id,ra,dec\na b/ä%,10,-20\n")
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")
    head = (
        folder.head.replace('"stars"', '"others"')
        .replace('"TDB"', '"UTC"')
        .replace("2457000.0", "0")
        .replace("g = {", "V = {")
        .replace("r = {}\n", "")
    )
    described = 'facility = "A telescope"\nbibcode = "2024A&A...999A...1D"\n'
    folder.write("stars.toml", described + head + folder.long)
    folder.write("objects.csv", "id,ra,dec\nx,11,-21\n")
    folder.write("points.csv", OTHERS)
    folder.load(db, "objects.csv", "points.csv")


def rows(db: Database, query: str) -> list[tuple]:
    """What the reader is given, for a server that says who it is."""
    plan = compile_query(query, load_catalog(db))
    with db.transaction() as cur:
        cur.execute("SET LOCAL ROLE vo_lcc_reader")
        for setting in settings_of(plan.tables, BASE, AUTHORITY):
            cur.execute("SELECT set_config(%s, %s, true)", setting)
        cur.execute(plan.sql)
        return cur.fetchall()


@pytest.fixture(scope="module")
def two(
    cluster_url: str, template_db: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database with two collections, only to be read."""
    for database in copied_database(cluster_url, template_db):
        published(database, Folder(tmp_path_factory.mktemp("collections")))
        yield database


def test_without_collections_there_are_no_observations(db):
    assert rows(db, "SELECT * FROM ivoa.obscore") == []
    assert rows(db, "SELECT * FROM ivoa.obs_time") == []


def test_a_light_curve_is_an_observation(two):
    path = CurveId("stars", "a b/ä%", "g").path

    (seen,) = rows(
        two,
        "SELECT obs_publisher_did, access_url, obs_id, target_name, t_min, t_max,"
        " t_xel, em_min, em_max, em_res_power, s_region, s_fov, passband"
        " FROM ivoa.obscore WHERE passband = 'g'",
    )

    did = f"ivo://{AUTHORITY}/~?{path}"
    assert seen[:4] == (
        did,
        f"{BASE}/datalink/links?ID=ivo%3A%2F%2Fexample.org%2F~%3F"
        + path.replace("%", "%25").replace("/", "%2F"),
        CurveId("stars", "a b/ä%").path,
        "a b/ä%",
    )
    utc = 57000 - 0.5 - 69.184 / 86400  # of TDB, from the origin of the times
    assert seen[4:6] == pytest.approx((utc + 1, utc + 3.5), abs=1e-9)
    assert seen[6:9] == (2, pytest.approx(4.5e-7), pytest.approx(5.5e-7))
    assert seen[9:] == (5, "Circle ICRS 10 -20 0.001", 0.002, "g")


def test_what_is_not_known_is_null(two):

    (seen,) = rows(
        two,
        "SELECT t_min, em_min, em_max, s_fov, s_region, t_exptime, t_resolution,"
        " facility_name, instrument_name, bib_reference, em_res_power FROM ivoa.obscore"
        " WHERE obs_collection = 'others'",
    )

    assert seen == (
        *(51544.5, 4.7e-7, 4.7e-7, None, "Circle ICRS 11 -21 0", None, None),
        *("A telescope", None, "2024A&A...999A...1D", None),
    )


def test_times_are_told_apart_in_the_extension(two):

    seen = rows(
        two,
        "SELECT t_origin, t_scale, t_refPosition, t_format, t_delta_min, t_delta_max"
        " FROM ivoa.obs_time JOIN ivoa.obscore USING (obs_publisher_did)"
        " ORDER BY obs_collection, passband",
    )

    day = 86400
    assert seen == [
        (0, "UTC", "BARYCENTER", "JD", None, None),
        (2457000, "TDB", "BARYCENTER", "JD - 2457000", 2.5 * day, 2.5 * day),
        (2457000, "TDB", "BARYCENTER", "JD - 2457000", None, None),
    ]


def test_the_extension_has_the_words_of_its_draft(two):
    """Obscore Extension for Time, draft of 2024-07-17, tables 5 and 6."""
    assert rows(two, "SELECT DISTINCT t_fold_period FROM ivoa.obs_time") == [(0,)]
    sampling = "obscore:Char.TimeAxis.Sampling."
    assert rows(
        two,
        "SELECT column_name, utype, unit FROM tap_schema.columns"
        " WHERE table_name = 'ivoa.obs_time'"
        " AND column_name IN ('t_exp_min', 't_exp_max', 't_delta_min', 't_delta_max',"
        " 't_fold_period')"
        " ORDER BY column_name",
    ) == [
        ("t_delta_max", sampling + "Period.HiLim", "s"),
        ("t_delta_min", sampling + "Period.LoLim", "s"),
        ("t_exp_max", sampling + "Extent.HiLim", "s"),
        ("t_exp_min", sampling + "Extent.LoLim", "s"),
        ("t_fold_period", None, "d"),
    ]


def test_columns_that_must_not_be_null_are_not(two):

    assert rows(
        two,
        "SELECT COUNT(*), COUNT(calib_level), COUNT(obs_collection), COUNT(obs_id),"
        " COUNT(obs_publisher_did), COUNT(dataproduct_type) FROM ivoa.obscore",
    ) == [(3,) * 6]


def test_a_server_that_does_not_say_who_it_is_has_identifiers(two):

    assert two.fetch(
        "SELECT obs_publisher_did, access_url FROM ivoa.obscore WHERE object_id = 'x'"
    ) == [("ivo://x-unregistered/~?others/x/V", None)]


def test_the_catalog_knows_the_largest_aperture(two):

    obscore = load_catalog(two).tables["ivoa", "obscore"]

    assert obscore.discs == (Discs("s_region", 0.001),)
    assert [c.name for c in obscore.columns if not c.std] == ["passband"]


DID = "ivo://example.org/~?stars/a%20b%2F%C3%A4%25/g"
LOOKED_UP = [
    ("SELECT * FROM ivoa.obscore WHERE target_name = 'a b/ä%'", 2),
    ("SELECT * FROM ivoa.obscore WHERE obs_id = 'stars/a%20b%2F%C3%A4%25'", 2),
    (f"SELECT * FROM ivoa.obscore WHERE obs_publisher_did = '{DID}'", 1),
    (f"SELECT * FROM ivoa.obscore WHERE obs_publisher_did IN ('{DID}', '{DID}x')", 1),
    (f"SELECT * FROM ivoa.obs_time WHERE obs_publisher_did = '{DID}'", 1),
    (
        "SELECT t.* FROM ivoa.obs_time AS t JOIN ivoa.obscore AS o"
        " ON t.obs_publisher_did = o.obs_publisher_did WHERE target_name = 'a b/ä%'",
        2,
    ),
    (
        "SELECT * FROM ivoa.obs_time NATURAL JOIN ivoa.obscore"
        " WHERE 1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(10, -20, 0.1))",
        2,
    ),
    (
        "SELECT * FROM ivoa.obscore"
        " WHERE 1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(10, -20, 0.1))",
        2,
    ),
    ("SELECT * FROM ivoa.obscore WHERE DISTANCE(s_ra, s_dec, 10, -20) < 0.1", 2),
    (
        "SELECT * FROM ivoa.obscore WHERE 1 = INTERSECTS(s_region, CIRCLE(10, -20, 1))",
        2,
    ),
    (
        "SELECT * FROM ivoa.obscore"
        " WHERE 1 = INTERSECTS(POLYGON(9, -19, 9, -21, 10.5, -20), s_region)",
        2,
    ),
    (
        "SELECT * FROM ivoa.obscore WHERE 1 = CONTAINS(POINT(10, -20.0005), s_region)",
        2,
    ),
]


@pytest.mark.parametrize(("query", "count"), LOOKED_UP)
def test_observations_are_found_by_index(two, query, count):

    plan = compile_query(query, load_catalog(two))
    with two.transaction() as cur:
        cur.execute("SET LOCAL enable_seqscan = off")
        cur.execute("EXPLAIN " + plan.sql)
        lines = "\n".join(line for (line,) in cur.fetchall())

    assert len(rows(two, query)) == count
    assert "Index" in lines
    assert "Seq Scan" not in lines
