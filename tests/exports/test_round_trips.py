"""Re-ingesting an export gives the same database."""

from pathlib import Path

import pytest

from tests.exports.conftest import FLUXES, Exported, contents, load_texts
from vo_lcc.db import Database
from vo_lcc.lightcurves.exports.export import FORMS
from vo_lcc.lightcurves.ingest import LoadReport, ingest

PARQUET_FORMS = ("parquet", "nested", "hats")


def loaded_again(exported: Exported, name: str, form: str, other: Database):
    """The contents of both databases, after an export and a load of it."""
    exported.export(name, form)
    folder = exported.folder / form
    ingest(other, folder / "collection.toml", [folder], workers=1)
    return contents(exported.database, name), contents(other, name)


@pytest.mark.parametrize("form", PARQUET_FORMS)
def test_an_odd_collection_comes_back_as_it_was(
    odd: Exported, other_db: Database, form: str
):
    before, after = loaded_again(odd, "odd", form, other_db)

    assert before["photometry"][0] == 10
    assert after == before


@pytest.mark.parametrize("form", FORMS)
def test_a_collection_of_fluxes_comes_back_as_it_was(
    db: Database, other_db: Database, tmp_path: Path, form: str
):
    exported = load_texts(db, tmp_path, FLUXES)

    before, after = loaded_again(exported, "fluxes", form, other_db)

    if form == "fits":  # which has no letters beyond ASCII
        before, after = before["photometry"], after["photometry"]
        assert before[0] == after[0]
    else:
        assert after == before


@pytest.mark.parametrize("form", FORMS)
def test_stripe_82_comes_back_as_it_was(
    session_db: Database,
    stripe82_load: LoadReport,
    other_db: Database,
    tmp_path: Path,
    form: str,
):
    exported = Exported(session_db, tmp_path)

    before, after = loaded_again(exported, "stripe82", form, other_db)

    assert before["lightcurves"][0] == stripe82_load.n_lightcurves
    assert after == before


def test_the_demo_comes_back_as_it_was(
    demo_db: Database, other_db: Database, tmp_path: Path
):
    before, after = loaded_again(Exported(demo_db, tmp_path), "demo", "hats", other_db)

    assert before["objects"][0] == 5000
    assert after == before
