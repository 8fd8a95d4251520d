import gzip
import io
import tarfile
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.checks import parse_collection
from vo_lcc.lightcurves.loading import pieces
from vo_lcc.lightcurves.loading.inputs import sort_files
from vo_lcc.lightcurves.loading.packed import joined
from vo_lcc.lightcurves.loading.pieces import cut_files
from vo_lcc.lightcurves.loading.reading import UnitRead
from vo_lcc.lightcurves.loading.rejects import total
from vo_lcc.lightcurves.loading.units import units_of

NAMES = ["object_id", "passband", "obs_time", "mag", "mag_err"]
WIDE = """\
[lightcurves]
files = "points*"
layout = "wide"
"""
WIDE_COLUMNS = """\
[lightcurves.columns]
object_id = 1
obs_time = [2, 5]
mag = { source = [3, 6], datatype = "double", missing = -99.99, valid = [0, 40] }
mag_err = { source = [4, 7], datatype = "double" }
"""


class Kept:
    """Keeps in memory what a unit has."""

    def __init__(self):
        self.ids = set()
        self.stars = []
        self.points = []

    def keep_objects(self, objects):
        left = []
        for star in objects.to_pylist():
            place = star.pop("place")
            if star["object_id"] in self.ids:
                left.append(place)
            else:
                self.ids.add(star["object_id"])
                self.stars.append(star)
        return pa.array(left, pa.int64())

    def keep_curves(self, curves, places):
        self.points += [
            tuple(point[name] for name in NAMES)
            for point in joined([curves]).to_pylist()
        ]

    def known(self, ids):
        return self.ids & set(ids)


def read(folder, *names):
    """Objects, points, and what was left out."""
    file = parse_collection(folder.path / "stars.toml")
    inputs = sort_files(file, [folder.path / name for name in ("objects.csv", *names)])
    kept, skipped, read = Kept(), [], []
    for part, files in (("objects", file.objects), ("lightcurves", file.lightcurves)):
        mine = tuple(one for one in inputs if one.part == part)
        cuttings = cut_files(mine, files, skipped.append, folder.path)
        for unit in units_of(cuttings, part):
            read.append(UnitRead(file, unit, kept))
            read[-1].run()
    losses = total(unit.rejects.losses() for unit in read)
    folder.met = [
        (reject.file, reject.line, reject.reason, reject.text)
        for unit in read
        for reject in unit.rejects.kept
    ]
    return kept.stars, kept.points, replace(losses, skipped=tuple(skipped))


ROWS = [("a", "g", 1.5, 17.0, 0.1), ("a", "r", 2.5, 16.0, 0.2)]
COMMA = "id,band,t,m,e\na,g,1.5,17,0.1\na,r,2.5,16,0.2\n"
TEXTS = {
    "comma": COMMA,
    "tab": COMMA.replace(",", "\t"),
    "blank": "  id band \t t m  e\n a  g 1.5 17 0.1\n\na r 2.5   16 0.2  ",
    "semicolon": COMMA.replace(",", ";"),
    "bar": COMMA.replace(",", "|"),
}


@pytest.mark.parametrize("delimiter", TEXTS)
def test_delimiters_are_read(folder, delimiter):
    toml = (folder.head + folder.long).replace(
        'points*"', f'points*"\ndelimiter = "{delimiter}"'
    )
    folder.write("stars.toml", toml)
    folder.write("points.txt", TEXTS[delimiter])

    assert read(folder, "points.txt")[1] == ROWS


@pytest.mark.parametrize(
    "text",
    [
        COMMA.replace("\n", "\r\n"),
        "\ufeff" + COMMA,
        COMMA.rstrip(),
        "# made by hand\n\n" + COMMA.replace("a,r", "#x,y,z\na,r"),
        COMMA.replace("a,g", '"a","g"'),
        COMMA.replace(",17,", ", 17 ,").replace("0.1", "+1e-1"),
        COMMA.replace("\n", ",extra\n"),
    ],
    ids=[
        "crlf",
        "bom",
        "no last newline",
        "comments",
        "quotes",
        "blanks",
        "more columns",
    ],
)
def test_ways_of_writing_are_read(folder, text):
    folder.write("points.csv", text)

    assert read(folder, "points.csv")[1] == ROWS


def test_gzip_and_many_files_are_read(folder):
    head, first, second = COMMA.splitlines()
    folder.write("points1.csv", f"{head}\n{first}\n")
    folder.write("points2.csv.gz", gzip.compress(f"{head}\n{second}\n".encode()))

    assert read(folder, "points1.csv", "points2.csv.gz")[1] == ROWS


def test_members_of_an_archive_tell_the_object(folder):
    toml = folder.head + folder.long.replace('object_id = "id"\n', "").replace(
        'files = "points*"', 'files = "points*"\nmembers = "{object_id}-{passband}.dat"'
    ).replace('passband = "band"\n', "")
    folder.write("stars.toml", toml)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in [
            ("x/a-g.dat", b"t,m,e\n1.5,17,0.1\n"),
            ("x/a-r.dat.gz", gzip.compress(b"t,m,e\n2.5,16,0.2\n")),
            ("x/README", b"not data"),
            ("../../b-g.dat", b"t,m,e\n3,15,0.3\n"),
        ]:
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
        link = tarfile.TarInfo("x/c-g.dat")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    folder.write("points.tar.gz", buffer.getvalue())

    _, rows, losses = read(folder, "points.tar.gz")

    assert rows == [*ROWS, ("b", "g", 3.0, 15.0, 0.3)]
    assert losses.skipped == ("points.tar.gz/x/README", "points.tar.gz/x/c-g.dat")
    assert not (folder.path.parent.parent / "b-g.dat").exists()


def test_wide_rows_become_points_and_missing_groups_are_counted(folder):
    toml = folder.head + WIDE + 'delimiter = "blank"\nheader = false\n' + WIDE_COLUMNS
    folder.write("stars.toml", toml)
    folder.write(
        "points.txt",
        "a 1.5 17 0.1 2.5 16 0.2\na 3 -99.99 0.1 4 99.9 9\nb 5 x 0.1 6 -99.990 0.1\n",
    )

    _, rows, losses = read(folder, "points.txt")

    assert sorted(rows, key=str) == sorted([*ROWS, ("a", "r", 4.0, None, 9.0)], key=str)
    assert losses.missing == 2
    assert losses.rejected == {"mag is not a number": 1}
    assert losses.nulled == {"mag is not within 0 to 40": 1}


def test_wide_columns_can_be_named_by_passband(folder):
    columns = WIDE_COLUMNS.replace("= 1", '= "id"')
    for name, numbers in (("t", "[2, 5]"), ("m", "[3, 6]"), ("e", "[4, 7]")):
        columns = columns.replace(numbers, f'"{{passband}}_{name}"')
    folder.write("stars.toml", folder.head + WIDE + columns)
    folder.write("points.csv", "id,g_t,g_m,g_e,r_t,r_m,r_e\na,1.5,17,0.1,2.5,16,0.2\n")

    assert read(folder, "points.csv")[1] == ROWS


BAD_POINTS = [
    ("a,g,,17,0.1", "obs_time is missing"),
    ("a,g,NaN,17,0.1", "obs_time is missing"),
    ("a,g,inf,17,0.1", "obs_time is infinite"),
    ("a,g,noon,17,0.1", "obs_time is not a number"),
    ("a,g,1.5,bright,0.1", "mag is not a number"),
    ("a,g,1_5,17,0.1", "obs_time is not a number"),
    ("a,g,1.5,17,?", "mag_err is not a number"),
    ("a,K,1.5,17,0.1", "passband is not one of the collection"),
    ("a,,1.5,17,0.1", "passband is missing"),
    ("z,g,1.5,17,0.1", "object_id is not among the objects"),
    (",g,1.5,17,0.1", "object_id is missing"),
    ("a,g,1.5,17", "not the number of columns that the other rows have"),
    ("a,g,1.5,17,0.1,9", "not the number of columns that the other rows have"),
    ('"a,g,1.5,17,0.1', "quote without end"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_POINTS)
def test_a_bad_point_is_reported_and_the_others_are_taken(folder, line, reason):
    head, first, second = COMMA.splitlines()
    folder.write("points.csv", f"# one\n{head}\n{first}\n{line}\n{second}\n")

    _, rows, losses = read(folder, "points.csv")

    assert rows == ROWS
    assert folder.met == [("points.csv", 4, reason, line)]
    assert losses.rejected == {reason: 1}


@pytest.mark.parametrize(
    ("line", "reason", "shown"),
    [
        (b"a,g,1,\xff7,0.1", "not UTF-8", "a,g,1,\\xff7,0.1"),
        (b"a,g,1,\x007,0.1", "NUL byte in the line", "a,g,1,\\x007,0.1"),
    ],
)
def test_bytes_that_are_not_text_are_reported(folder, line, reason, shown):
    folder.write("points.csv", COMMA.encode() + line + b"\n")

    assert read(folder, "points.csv")[1] == ROWS
    assert folder.met == [("points.csv", 4, reason, shown)]


@pytest.mark.parametrize("mag", ["", "NaN", "99.99", "99.990", "null"])
def test_a_missing_magnitude_stays_a_point_in_long_files(folder, mag):
    folder.write("points.csv", f"id,band,t,m,e\na,g,1.5,{mag},0.1\n")

    assert read(folder, "points.csv")[1] == [("a", "g", 1.5, None, 0.1)]


BAD_OBJECTS = [
    ("d,361,0", "ra is not within 0 to 360"),
    ("d,-0.1,0", "ra is not within 0 to 360"),
    ("d,0,90.001", "dec is not within -90 to 90"),
    ("d,0,-91", "dec is not within -90 to 90"),
    ("d,,0", "ra is missing"),
    ("d,0,nan", "dec is missing"),
    ("d,12:30,0", "ra is not a number"),
    (",1,1", "object_id is missing"),
    ("a,1,1", "object_id was seen before"),
    ("x" * 201 + ",1,1", "object_id is longer than 200 characters"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_OBJECTS)
def test_a_bad_object_is_reported_and_the_others_are_taken(folder, line, reason):
    folder.write("objects.csv", f"id,ra,dec\na,0,0\n{line}\nb,360,90\nc,12.5,-90\n")
    folder.write("points.csv", COMMA)

    stars, _, _ = read(folder, "points.csv")

    assert [tuple(star.values()) for star in stars] == [
        ("a", 0.0, 0.0),
        ("b", 360.0, 90.0),
        ("c", 12.5, -90.0),
    ]
    assert folder.met == [("objects.csv", 3, reason, line)]


def test_right_ascension_can_be_wrapped(folder):
    toml = (folder.head + folder.long).replace("ra = {}", "ra = { wrap = true }")
    folder.write("stars.toml", toml)
    folder.write("objects.csv", "id,ra,dec\na,-45,0\nb,180,0\nc,181,0\n")
    folder.write("points.csv", COMMA)

    stars, _, losses = read(folder, "points.csv")

    assert [star["ra"] for star in stars] == [315.0, 180.0]
    assert losses.rejected == {"ra is not within -180 to 180": 1}


def test_line_numbers_hold_over_many_blocks(folder, monkeypatch):
    monkeypatch.setattr(pieces, "BLOCK", 64)
    monkeypatch.setattr(pieces, "HEAD", 32)
    lines = [
        f"a,g,{i},17,0.1" if i % 7 else f"a,g,bad{i},17,0.1" for i in range(1, 200)
    ]
    folder.write("points.csv", "\n".join(["id,band,t,m,e", *lines, ""]))

    _, rows, _ = read(folder, "points.csv")

    assert [row[2] for row in rows] == [i for i in range(1, 200) if i % 7]
    assert [line - 1 for _, line, _, _ in folder.met] == list(range(7, 200, 7))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("points.csv.gz", gzip.compress(COMMA.encode(), mtime=0)[:-9], "damaged"),
        ("points.tar", b"not a tar at all" * 99, "damaged"),
        (
            "points.csv",
            "id,band,t,m\na,g,1,2\n",
            "no column 'e'; it has id, band, t, m",
        ),
        ("points.csv", "id,band,t,m,e,t\na,g,1,2,3,4\n", "more than one column"),
        ("points.csv", b"x" * (10 << 20), "no column 't'"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(folder, name, content, message):
    folder.write(name, content)

    _, rows, losses = read(folder, name)

    (told,) = losses.unread
    assert told.startswith(f"{name}: ")
    assert message in told
    assert rows == []


@pytest.mark.parametrize("content", ["", "id,band,t,m,e\n", "# nothing\n"])
def test_a_file_without_rows_is_told(folder, content):
    folder.write("points.csv", COMMA)
    folder.write("points2.csv", content)

    _, rows, losses = read(folder, "points.csv", "points2.csv")

    assert rows == ROWS
    assert losses.notes == ("points2.csv: there are no rows in it",)


def test_a_file_of_no_known_name_is_refused(folder):
    folder.write("notes.txt", "")

    with pytest.raises(UsageError, match=r"notes\.txt.*not named like 'objects\.csv'"):
        read(folder, "notes.txt")


def test_a_folder_stands_for_the_files_in_it_that_match(folder):
    folder.write("points.csv", COMMA)
    file = parse_collection(folder.path / "stars.toml")

    found = sort_files(file, [folder.path])

    assert [one.path.name for one in found] == ["objects.csv", "points.csv"]


def test_a_file_named_beside_its_folder_is_read_once(folder):
    points = folder.write("points.csv", COMMA)
    (folder.path / "points-of-another-kind").mkdir()
    file = parse_collection(folder.path / "stars.toml")

    _, found = sort_files(file, [folder.path, points, folder.path / "." / points.name])

    assert found.path == points


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("points-lost.csv", "points-lost.csv: cannot be read: No such file"),
        ("empty", "empty: no file in this folder is named like"),
    ],
)
def test_an_input_that_gives_nothing_is_told(folder, name, message):
    (folder.path / "empty").mkdir()

    with pytest.raises(UsageError, match=message):
        read(folder, name)


finite = st.floats(allow_nan=False, allow_infinity=False)


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.tuples(finite, st.floats(-1e30, 1e30), finite), min_size=1, max_size=20)
)
def test_any_double_is_read_to_the_last_bit(folder, numbers):
    lines = [f"a,g,{t!r},{m!r},{e!r}" for t, m, e in numbers]
    folder.write("points.csv", "\n".join(["id,band,t,m,e", *lines]))
    toml = (folder.head + folder.long).replace(', missing = [99.99, "null"]', "")
    toml = toml.replace('points*"', 'points*"\nduplicates = "keep"')
    folder.write("stars.toml", toml)

    _, rows, _ = read(folder, "points.csv")

    seen = np.array([row[2:] for row in rows], np.float64)
    ordered = sorted(numbers, key=lambda point: point[0])
    assert seen.tobytes() == np.array(ordered, np.float64).tobytes()
