import math

import pytest

from vo_lcc.dali.params import Params
from vo_lcc.errors import ParameterError
from vo_lcc.lightcurves.identifiers import CurveId
from vo_lcc.soda.params import SodaParams
from vo_lcc.soda.regions import parse_pos

KNOWN = ["demo", "other"]


def parse(*pairs, known=KNOWN, authority="example.org"):
    return SodaParams.parse(Params(pairs), authority, known)


def test_ids_are_identifiers_or_what_follows_their_question_mark():
    asked = parse(("ID", "ivo://example.org/~?demo/a%2Fb/g"), ("id", "demo/c"))

    assert asked.ids == (CurveId("demo", "a/b", "g"), CurveId("demo", "c"))
    assert asked.faults == ()


@pytest.mark.parametrize(
    "text",
    [
        "ivo://somebody.else/~?demo/a/g",
        "demo",
        "demo/a/b/c",
        "/a",
        "demo//g",
        "ivo://example.org/~?",
    ],
)
def test_an_id_that_cannot_be_read_is_a_fault_beside_the_others(text):
    asked = parse(("ID", text), ("ID", "demo/c"))

    assert asked.ids == (CurveId("demo", "c"),)
    assert [fault.text for fault in asked.faults] == [text]


def test_the_name_of_an_object_is_enough_where_its_collection_is_known():
    assert parse(("ID", "c"), ("COLLECTION", "demo")).ids == (CurveId("demo", "c"),)
    assert parse(("ID", "c"), known=["demo"]).ids == (CurveId("demo", "c"),)
    assert parse(("ID", "c")).ids == ()


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([], "whose light curves"),
        ([("ID", "a"), ("COLLECTION", "none")], "no collection 'none' here"),
        ([("CIRCLE", "1 2")], "three numbers"),
        ([("CIRCLE", "1 2 nan")], "not a number"),
        ([("CIRCLE", "1 91 1")], "not a latitude"),
        ([("CIRCLE", "1 2 -1")], "not a radius"),
        ([("POS", "SQUARE 1 2 3")], "CIRCLE, RANGE, POLYGON"),
        ([("POLYGON", "1 2 3 4")], "three corners"),
        ([("POS", "RANGE 1 2 5 -5")], "lower latitude"),
        ([("ID", "demo/c"), ("RADIUS", "-1")], "RADIUS"),
        ([("ID", "demo/c"), ("LAYOUT", "square")], "LAYOUT"),
        ([("ID", "demo/c"), ("RESPONSEFORMAT", "jpeg")], "there is no format"),
        (
            [("ID", "demo/c"), ("RESPONSEFORMAT", "zip"), ("LAYOUT", "long")],
            "a file for each",
        ),
        ([("ID", "demo/c"), ("TIME", "2459000 2459050")], "a JD is 2400000.5 more"),
        ([("ID", "demo/c"), ("TIME", "2020-01-01/2020-02-01")], "write MJD"),
        ([("ID", "demo/c"), ("BAND", "5e-7 4e-7")], "lower end"),
        ([("ID", "demo/c"), ("BAND", "-1 4e-7")], "negative"),
        (
            [("ID", "demo/c"), ("RESPONSEFORMAT", "csv"), ("LAYOUT", "bands")],
            "one table only",
        ),
        ([("UPLOAD", "a,param:a"), ("UPLOAD", "b,param:b")], "send one"),
        ([("UPLOAD", "a,param:a"), ("ID", "demo/c")], "UPLOAD: comes with ID"),
        ([("POS", "CIRCLE 1 2 3")] * 101, "101 regions; at most 100"),
        ([("ID", "demo/c")] + [("BAND", "g")] * 1001, "BAND: more than 1000"),
        ([("ID", "demo/c"), ("PERIOD", "0")], "PERIOD"),
        ([("ID", "demo/c"), ("BIN", "nan")], "BIN"),
        ([("ID", "demo/c"), ("TIME", "5 4")], "TIME"),
    ],
)
def test_what_is_wrong_is_told_by_the_name_of_the_parameter(pairs, says):
    with pytest.raises(ParameterError, match=says):
        parse(*pairs)


@pytest.mark.parametrize(
    ("name", "layout"),
    [("votable", "bands"), ("fits", "bands"), ("csv", "long"), ("zip", "zip")],
)
def test_the_layout_is_what_the_format_holds_best(name, layout):
    assert parse(("ID", "demo/c"), ("RESPONSEFORMAT", name)).layout == layout


def test_a_range_over_the_whole_sky_has_no_condition_of_longitude():
    region = parse_pos(f"RANGE -Inf +Inf -Inf {math.inf}")

    assert (region.low.value, region.high.value) == (-90, 90)
