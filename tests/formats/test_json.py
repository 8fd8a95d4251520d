"""JSON documents."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats.documents import (
    DOCUMENT,
    LIGHT_CURVE,
    POINTS,
    ROWS,
    batch_of,
    document,
    light_curve,
)
from vo_lcc.heads import Param, TableHead
from vo_lcc.tables import Column, PhotCal, SkyFrame, TimeFrame


def strict(written: bytes) -> dict:
    """JSON, without the numbers that only Python takes."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    return json.loads(written, parse_constant=refuse)


def of(columns, *batches, status="OK", message="", **head) -> dict:
    table = TableHead(tuple(columns), **head)
    return strict(document("json", [(table, batches)], status, message))


def test_the_golden_json(golden):
    golden("formats/light_curve.json", light_curve("json"))


def test_everything_said_of_the_table_is_there():
    said = strict(light_curve("json"))

    assert said["about"] == DOCUMENT.description
    assert said["infos"][0] == {"name": "server_software", "value": "vo_lcc"}
    assert said["infos"][1]["text"] == "as sent"
    assert said["name"] == LIGHT_CURVE.name
    assert said["description"] == LIGHT_CURVE.description
    assert {p["name"]: p["value"] for p in said["params"]} == {
        param.column.name: param.value for param in LIGHT_CURVE.params
    }
    assert [column["name"] for column in said["columns"]] == [c.name for c in POINTS]
    assert [tuple(row) for row in said["data"]] == ROWS


def test_columns_have_their_frames_and_calibrations():
    time, mag = strict(light_curve("json"))["columns"][:2]

    assert time["timesys"] == {
        "timescale": "TDB",
        "refposition": "BARYCENTER",
        "timeorigin": 2450000.0,
    }
    assert mag["photcal"] == {
        "filterName": "g",
        "filterIdentifier": "SLOAN/SDSS.g",
        "zeroPointFlux": 3631.0,
        "magnitudeSystem": "AB",
        "effectiveWavelength": 4.77e-07,
    }


def test_times_as_text_have_no_origin():
    columns = [
        Column("t", "char", "*", xtype="timestamp", annotation=TimeFrame("UTC")),
        Column("ra", "double", annotation=SkyFrame()),
    ]
    said = of(columns)["columns"]

    assert said[0]["timesys"] == {"timescale": "UTC", "refposition": "UNKNOWN"}
    assert said[1]["coosys"] == {"system": "ICRS"}


def test_calibrations_of_no_column_are_there():
    said = of(POINTS, calibrations=(PhotCal("r"), PhotCal("i")))

    assert said["photcals"] == [{"filterName": "r"}, {"filterName": "i"}]


@pytest.mark.parametrize("status", ["OK", "OVERFLOW"])
def test_the_status_comes_last(status):
    said = of(POINTS, batch_of(POINTS, ROWS), status=status, message="cut")

    assert list(said)[-2:] == ["status", "message"]
    assert (said["status"], said["message"]) == (status, "cut")


def test_no_beginning_of_a_document_is_json():
    written = light_curve("json").rstrip()

    for end in range(len(written)):
        with pytest.raises(ValueError, match=r"."):
            json.loads(written[:end])


def test_numbers_that_json_has_not_are_texts_that_float_reads():
    columns = [Column("x", "double"), Column("y", "float", "*")]
    values = [math.inf, -math.inf, math.nan, -0.0]
    rows = [(value, [value, None, 1.5]) for value in values]
    data = of(columns, batch_of(columns, rows))["data"]

    assert [row[0] for row in data] == ["Infinity", "-Infinity", "NaN", -0.0]
    assert [row[1] for row in data] == [[row[0], None, 1.5] for row in data]
    assert math.copysign(1, data[3][0]) == -1


def test_parameters_have_the_same_spelling():
    columns = [Column("x", "double")]
    values = [math.inf, -math.inf, math.nan, 0, None]
    params = tuple(Param(columns[0], value) for value in values)

    assert [p["value"] for p in of(columns, params=params)["params"]] == [
        "Infinity",
        "-Infinity",
        "NaN",
        0,
        None,
    ]


def test_bits_are_digits_and_booleans_words():
    columns = [Column("b", "bit", "*"), Column("c", "boolean")]

    assert of(columns, batch_of(columns, [([True, False], True)]))["data"] == [
        [[1, 0], True]
    ]


@given(st.lists(st.none() | st.text(st.characters(codec="utf-8")), min_size=1))
def test_any_text_comes_back(texts):
    columns = [Column("t", "unicodeChar", "*")]
    batch = batch_of(columns, [(text,) for text in texts])

    assert of(columns, batch)["data"] == [[text] for text in texts]


@pytest.mark.parametrize("batches", [[], [batch_of(POINTS, [])]])
def test_a_table_without_rows_is_json(batches):
    assert of(POINTS, *batches)["data"] == []


def test_a_document_without_tables_is_json():
    said = strict(document("json", []))

    assert (said["columns"], said["data"], said["status"]) == ([], [], "OK")


def test_rows_of_several_batches_follow_each_other():
    batch = batch_of(POINTS, ROWS)
    said = of(POINTS, batch, batch_of(POINTS, []), batch)

    assert [tuple(row) for row in said["data"]] == ROWS * 2
