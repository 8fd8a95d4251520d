"""The upload tree of SKVO: points, and their description beside them."""

import csv
from pathlib import Path

import pytest

from tests.lightcurves.readers.pieces import ANY, SHARED, look, read, unpacked
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.readers.known import find_reader
from vo_lcc.lightcurves.readers.reader import Piece
from vo_lcc.lightcurves.readers.skvo import SKVO

REAL = SHARED / "skvo_upload"
KINDS = {
    "ts.timestamp": "string",
    "ts.magnitude": "double",
    "ts.magnitude_error": "double",
    "ts.flux_calibration": "string",
    "ts.flux_calibration_level": "int32",
    "ts.exposure": "double",
}
DATA = b"ts.timestamp,ts.magnitude\n2012-08-01 17:47:39,16.5\n"
META = b"target.target,target.right_ascension\nbet_Lyr,0\n"


def data_files() -> list[Path]:
    found = sorted((REAL / "data").rglob("*_data.csv"))
    if not found:
        pytest.skip(f"there is no upload tree in {REAL}")
    return found


def test_all_points_of_the_tree_are_those_of_the_csv_files():
    for path in data_files():
        with path.open(newline="") as stream:
            expected = list(csv.DictReader(stream))
        beside = path.with_name(SKVO.companion(path.name) or "")
        with beside.open(newline="") as stream:
            (description,) = csv.DictReader(stream)

        found = read(SKVO, unpacked(path, beside), KINDS)

        for name, values in found.columns.items():
            numbers = KINDS[name] != "string"
            asked = [float(row[name]) if numbers else row[name] for row in expected]
            assert values == asked, name
        assert found.lines == list(range(2, len(expected) + 2))
        assert dict(found.header) == {k: v for k, v in description.items() if v}
        assert found.complaints == []


def test_the_samples_of_the_documentation_are_read_with_their_typo():
    folder = REAL / "doc_samples"
    if not folder.exists():
        pytest.skip(f"there is no {folder}")
    data = folder / "data_example.csv"
    beside = folder / (SKVO.companion(data.name) or "")

    found = read(SKVO, unpacked(data, beside), KINDS)

    assert found.columns["ts.timestamp"] == ["2017-12-04 00:00:11"]
    assert found.columns["ts.flux_calibration"] == ["abs"]
    assert found.header["target.target"] == "bet_Lyr"
    assert found.header["instrument.instrument_uid"] == "instrument.uid.uvw"
    assert "arget.target" not in found.header
    assert "target.equinox" not in found.header


def test_each_name_of_points_has_its_name_of_a_description():
    names = {
        "bet_Lyr_20171204_data.csv": "bet_Lyr_20171204_meta.csv",
        "bet_Lyr_20171204_data_id.csv": "bet_Lyr_20171204_meta_id.csv",
        "data_example.csv": "meta_example.csv",
        "data_data.csv": "data_meta.csv",
        "database.csv": None,
        "bet_Lyr_20171204_meta.csv": None,
        "x_data.txt": None,
    }

    assert {name: SKVO.companion(name) for name in names} == names


def test_points_without_a_description_are_reported():
    with pytest.raises(UsageError, match=r"x_data\.csv: .* not beside it: x_meta\.csv"):
        read(SKVO, Piece("x_data.csv", DATA), KINDS)
    with pytest.raises(UsageError, match=r"_meta\.csv"):
        read(SKVO, Piece("points.csv", DATA), KINDS)


@pytest.mark.parametrize(
    ("meta", "problem"),
    [
        (b"", "here are -1"),
        (b"target.target\n", "here are 0"),
        (META + b"RR_Lyr,1\n", "here are 2"),
        (b"target.target,b\nbet_Lyr\n", "1 values, and there are 2 names"),
        (b"target.target\n\xff\n", "not CSV in UTF-8"),
        (b'target.target\n"bet_Lyr', "not CSV in UTF-8"),
        (b"\x1f\x8b\x08\x00", "not CSV in UTF-8"),
    ],
)
def test_a_description_that_is_none_is_reported_with_its_name(meta, problem):
    with pytest.raises(UsageError, match=rf"x_meta\.csv: .*{problem}"):
        read(SKVO, Piece("x_data.csv", DATA, companion=meta), KINDS)


def test_zero_is_a_value_and_nothing_is_none():
    meta = b"\xef\xbb\xbftarget.target,a,b\r\nbet_Lyr,0,\r\n"

    found = read(SKVO, Piece("x_data.csv", DATA, companion=meta), KINDS)

    assert found.header == {"target.target": "bet_Lyr", "a": "0"}


def test_a_point_without_a_number_stays_text():
    data = DATA + b"2012-08-01 17:53:14,faint\n"

    found = read(SKVO, Piece("x_data.csv", data, companion=META), KINDS)

    assert found.columns["ts.magnitude"] == ["16.5", "faint"]


def test_a_look_shows_points_and_description():
    (found,) = look(SKVO, Piece("x_data.csv", DATA, companion=META))

    assert [(c.name, c.datatype) for c in found.columns] == [
        ("ts.timestamp", "char"),
        ("ts.magnitude", "double"),
    ]
    assert found.header["target.target"] == "bet_Lyr"


def test_points_are_known_by_their_first_column_descriptions_are_none():
    assert find_reader(ANY, DATA, "anything.csv") is SKVO
    assert find_reader(ANY, META, "x_meta.csv") is not SKVO
