"""JSON lines, as BigQuery exports tables."""

import json

import pytest

from tests.lightcurves.readers.pieces import look, read
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.readers.json_lines import JSON_LINES
from vo_lcc.lightcurves.readers.reader import Piece

LINES = b"""\
{"picid": 1, "time": "2018-01-13 05:23:25+00:00", "flux": 10.5}
{"picid": 2, "time": null, "flux": 11, "new": true}

{"picid": 3, "flux": 0}
"""


def test_keys_are_columns_and_lines_are_counted():
    wanted = {"picid": "int64", "flux": "double", "time": "string", "none": "double"}

    found = read(JSON_LINES, Piece("a.jsonl", LINES, first_line=5), wanted)

    assert found.columns == {
        "picid": [1, 2, 3],
        "flux": [10.5, 11.0, 0.0],
        "time": ["2018-01-13 05:23:25+00:00", None, None],
    }
    assert found.lines == [5, 6, 8]
    assert json.loads(found.texts[2]) == {"picid": 3, "flux": 0}


@pytest.mark.parametrize("line", [b"[1, 2]", b"{", b"17", b'"a"', b"\xff\xfe", b"null"])
def test_a_line_that_is_no_object_is_told_and_the_rest_is_read(line):
    content = b'{"flux": 1}\n' + line + b'\n{"flux": 2}'

    found = read(JSON_LINES, Piece("a.jsonl", content), {"flux": "double"})

    assert found.columns == {"flux": [1.0, 2.0]}
    assert found.complaints == [(2, "not a JSON object", line)]


def test_values_of_another_type_come_as_texts():
    content = b'{"flux": 1.5}\n{"flux": "bad"}\n{"flux": [1]}\n'

    found = read(JSON_LINES, Piece("a.jsonl", content), {"flux": "double"})

    assert found.columns == {"flux": ["1.5", "bad", "[1]"]}


def test_json_lines_are_known_by_their_first_object():
    assert JSON_LINES.knows(LINES, "x")
    assert JSON_LINES.knows(b'\n{"a": 1}', "x")
    assert not JSON_LINES.knows(b'{\n  "a": 1\n}', "x.json")
    assert not JSON_LINES.knows(b"[1]\n", "x.json")
    assert not JSON_LINES.knows(b"picid,time\n", "x.csv")


def test_a_look_shows_every_key_of_the_first_lines():
    (found,) = look(JSON_LINES, Piece("a.jsonl", LINES))

    assert {c.name: c.datatype for c in found.columns} == {
        "picid": "long",
        "time": "char",
        "flux": "double",
        "new": "boolean",
    }
    assert found.rows.num_rows == 3


def test_a_look_at_no_object_is_an_error():
    with pytest.raises(UsageError, match=r"a\.json: there is no JSON object"):
        look(JSON_LINES, Piece("a.json", b"[1, 2]\n"))
