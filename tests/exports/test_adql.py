"""What a query finds, as rows or as the light curves of the objects it names."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from astropy.table import Table

from tests.exports.conftest import Exported
from vo_lcc.db import Database
from vo_lcc.errors import QueryError, UsageError
from vo_lcc.lightcurves.exports.adql import Site, export_rows, select_objects
from vo_lcc.lightcurves.exports.export import FORMS, export_source

RRAB = "SELECT object_id AS star, period FROM demo.objects WHERE class = 'RRAB'"


@pytest.mark.parametrize("form", ["parquet", "fits"])
def test_the_rows_of_a_query_are_written_with_what_is_known_of_their_columns(
    demo_db: Database, tmp_path: Path, form: str
):
    target = tmp_path / f"rows.{form}"

    report = export_rows(demo_db, RRAB, form, target)

    read = {"parquet": "parquet.votable", "fits": "fits"}
    table = Table.read(target, format=read[form])
    stars = dict(
        demo_db.fetch("SELECT object_id, period FROM demo.objects WHERE class = 'RRAB'")
    )
    assert dict(zip(map(str, table["star"]), table["period"], strict=True)) == stars
    assert str(table["period"].unit) == "d"
    assert (report.rows, report.size) == (len(stars), target.stat().st_size)


def test_a_query_without_rows_is_a_table_without_rows(
    demo_db: Database, tmp_path: Path
):
    target = tmp_path / "none.parquet"

    export_rows(demo_db, RRAB + " AND period < 0", "parquet", target)

    assert pq.read_table(target).column_names == ["star", "period"]


@pytest.mark.parametrize("form", FORMS)
def test_the_objects_of_a_query_are_exported_with_their_light_curves(
    demo_db: Database, tmp_path: Path, form: str
):
    ((objects, points),) = demo_db.fetch(
        "SELECT count(*), sum(n_points) FROM demo.objects WHERE class = 'RRAB'"
    )
    source = select_objects(demo_db, RRAB)

    report = export_source(demo_db, source, form, tmp_path / form)

    assert (report.objects, report.points) == (objects, points)
    if form == "parquet":
        stars = pq.read_table(tmp_path / form / "objects.parquet")
        assert set(stars["class"].to_pylist()) == {"RRAB"}
        assert (
            pq.read_metadata(tmp_path / form / "photometry.parquet").num_rows == points
        )


def test_a_selection_without_objects_has_empty_tables(
    demo_db: Database, tmp_path: Path
):
    source = select_objects(demo_db, RRAB + " AND period < 0")

    export_source(demo_db, source, "parquet", tmp_path / "none")

    assert pq.read_table(tmp_path / "none" / "photometry.parquet").num_rows == 0
    with pytest.raises(UsageError, match="no object"):
        export_source(demo_db, source, "hats", tmp_path / "hats")


@pytest.mark.parametrize(
    "query",
    ["SELECT ra FROM demo.objects", "SELECT 'x' AS object_id FROM demo.objects"],
)
def test_light_curves_need_the_identifiers_of_a_collection(
    demo_db: Database, query: str
):
    with pytest.raises(UsageError, match="object_id of a collection"):
        select_objects(demo_db, query)


def test_a_query_with_mistakes_is_told_before_anything_is_written(
    demo_db: Database, tmp_path: Path
):
    with pytest.raises(QueryError, match="line 1"):
        export_rows(demo_db, "SELECT nothing FROM demo.objects", "fits", tmp_path / "x")

    assert list(tmp_path.iterdir()) == []


def test_an_odd_identifier_selects_its_object(odd: Exported):
    query = "SELECT object_id FROM odd.objects WHERE object_id = 'it''s'"

    report = export_source(
        odd.database, select_objects(odd.database, query), "nested", odd.folder / "one"
    )

    assert (report.objects, report.points) == (1, 5)


@pytest.mark.parametrize(
    ("site", "link"),
    [
        (Site(), None),
        (
            Site("https://vo.example.org", "example.org"),
            "https://vo.example.org/datalink",
        ),
    ],
)
def test_rows_of_obscore_tell_of_the_server(
    demo_db: Database, tmp_path: Path, site: Site, link: str | None
):
    query = "SELECT TOP 1 obs_publisher_did AS did, access_url FROM ivoa.obscore"

    export_rows(demo_db, query, "parquet", tmp_path / "x", site=site)

    (row,) = pq.read_table(tmp_path / "x").to_pylist()
    assert (site.authority or "unregistered") in row["did"]
    assert (row["access_url"] or "").startswith(link or "")
    assert (row["access_url"] is None) == (link is None)
