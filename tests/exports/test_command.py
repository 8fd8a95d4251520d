"""`vo-lcc export` as a person runs it."""

from pathlib import Path

import pytest

from vo_lcc.cli import main
from vo_lcc.db import Database

RRAB = "SELECT object_id FROM demo.objects WHERE class = 'RRAB'"


@pytest.fixture(autouse=True)
def configured(demo_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command uses the database of the tests."""
    monkeypatch.setenv("VO_LCC_DATABASE_URL", demo_db.url)


def test_a_collection_is_exported_and_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    command = ["export", "demo", "--output", str(tmp_path / "out")]

    assert main(command) == 0
    assert "demo, release 1: 5,000 objects, 494,113 points" in capsys.readouterr().out
    assert main(command) == 1
    assert "--force replaces this export" in capsys.readouterr().err
    assert main([*command, "--force"]) == 0


def test_rows_and_selected_light_curves_are_exported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    rows, folder = tmp_path / "rows.fits", tmp_path / "out"

    assert (
        main(["export", "--adql", RRAB, "--format", "fits", "--output", str(rows)]) == 0
    )
    assert "rows, " in capsys.readouterr().out
    options = ["--lightcurves", "--format", "hats", "--output", str(folder)]
    assert main(["export", "--adql", RRAB, *options]) == 0
    assert (folder / "hats.properties").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "give the name of a collection, or a query by --adql"),
        (("demo", "--adql", RRAB), "give the name of a collection, or a query"),
        (("--adql", RRAB, "--format", "hats"), "add --lightcurves"),
        (
            ("--adql", RRAB, "--release", "1"),
            "names the release it reads by its schema",
        ),
        (("nothing",), "no collection 'nothing' is published; known are: demo"),
        (("demo", "--release", "7"), "no published release '7'; it has 1"),
        (("--adql", "SELECT ra FROM demo.objects", "--lightcurves"), "object_id"),
    ],
)
def test_what_cannot_be_exported_is_told(
    options: tuple[str, ...],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    assert main(["export", *options, "--output", str(tmp_path / "out")]) == 1

    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
