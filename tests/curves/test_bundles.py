"""Names of files in a zip: each can be unpacked, and none in the place of another."""

import pytest

from vo_lcc.curves.bundles import Zipped, file_name
from vo_lcc.lightcurves.identifiers import CurveId

PASSBAND = "a_long_name_of_a_passband"


@pytest.mark.parametrize("name", ["é" * 200, "x" * 200, "日" * 200, "a/" * 100])
def test_long_names_become_files_that_can_be_unpacked(name, tmp_path):
    file = tmp_path / file_name(CurveId("demo", name, PASSBAND), "parquet")
    file.parent.mkdir(parents=True)

    file.write_bytes(b"")

    assert file.is_file()


def test_long_names_that_begin_alike_stay_apart():
    one, two = (file_name(CurveId("demo", "é" * 199 + end, "g"), "csv") for end in "ab")

    assert one != two


def test_names_that_differ_by_case_stay_apart_where_case_does_not_count():
    zipped = Zipped()
    names = [
        zipped.free(file_name(CurveId("demo", name, "g"), "csv"))
        for name in ("null", "NULL", "Null", "nulls")
    ]

    assert names[0] == "demo/null/null_g.csv"
    assert names[3] == "demo/nulls/nulls_g.csv"
    assert len({name.lower() for name in names}) == 4
