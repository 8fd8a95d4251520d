"""SQLite databases as light curves: the real one, and those that mean harm."""

import gzip
import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lightcurves.readers.pieces import SHARED, look, read, unpacked
from vo_lcc.errors import TooLargeError, UsageError
from vo_lcc.lightcurves.model import Files
from vo_lcc.lightcurves.readers import hat_sqlite
from vo_lcc.lightcurves.readers.hat_sqlite import HAT_SQLITE
from vo_lcc.lightcurves.readers.reader import Piece

REAL = SHARED / "hat_lcc" / "HAT-772-0554686-V0-DR0-hatlc.sqlite.gz"
TWO = {"bjd": "double", "mag": "float"}
TABLE = "CREATE TABLE lightcurve (bjd REAL, mag REAL, flt INTEGER)"
POINTS = "INSERT INTO lightcurve VALUES (2456092.5, 15.5, 7), (2456093.5, NULL, 8)"


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Piece]:
    """A database made by some statements, as a piece."""

    def make(*statements: str) -> Piece:
        path = tmp_path / "made.sqlite"
        path.unlink(missing_ok=True)
        database = sqlite3.connect(path)
        for statement in statements:
            database.execute(statement)
        database.commit()
        database.close()
        return Piece(path.name, path.read_bytes())

    return make


@pytest.fixture(scope="module")
def real() -> Piece:
    if not REAL.exists():
        pytest.skip(f"there is no {REAL}")
    return unpacked(REAL)


def test_all_points_of_a_hat_database_are_those_that_sqlite_finds(real, tmp_path):
    path = tmp_path / "real.sqlite"
    path.write_bytes(real.content)
    query = "SELECT bjd, stf, aim_002, aie_002, aiq_002, atf_002 FROM lightcurve"
    expected = list(zip(*sqlite3.connect(path).execute(query), strict=True))
    kinds = ("double", "int64", "double", "double", "string", "double")
    names = ("bjd", "stf", "aim_002", "aie_002", "aiq_002", "atf_002")

    found = read(HAT_SQLITE, real, dict(zip(names, kinds, strict=True)))

    assert [tuple(found.columns[name]) for name in names] == expected
    assert found.lines == list(range(1, 11_262))
    assert set(found.tables) == {"lightcurve"}
    assert found.complaints == []


def test_a_database_says_of_its_object_what_stands_in_tables_of_one_row(real):
    found = read(HAT_SQLITE, real, {"bjd": "double"})

    told = {"hatid": "HAT-772-0554686", "ra": 219.450491, "decl": -56.816551}
    assert told.items() <= found.header.items()
    assert found.header["twomassid"] == "14374811-5648595 "
    assert found.header["lcbestaperture"] == '{"ap": ["002"], "ism": ["002"]}'


def test_filters_have_the_names_that_the_database_gives_their_numbers(real, made):
    found = read(HAT_SQLITE, real, {"filter": "string", "flt": "int32"})
    assert set(found.columns["filter"]) == {"r"}
    assert set(found.columns["flt"]) == {7, 15, 23}

    filters = "CREATE TABLE filters (filterid INTEGER, filtername TEXT)"
    piece = made(TABLE, POINTS, filters, "INSERT INTO filters VALUES (7, 'i')")
    found = read(HAT_SQLITE, piece, {"filter": "string"})
    assert found.columns["filter"] == ["i", "8"]


def test_objects_can_be_read_from_a_table_of_the_database(real):
    files = Files(columns={}, table="objectinfo")

    found = read(HAT_SQLITE, real, {"hatid": "string", "ra": "double"}, files)

    assert found.columns == {"hatid": ["HAT-772-0554686"], "ra": [219.450491]}


def test_a_look_shows_all_tables_and_the_datatypes_of_their_values(real):
    tables = {table.table: table for table in look(HAT_SQLITE, real)}

    assert set(tables) == {"objectinfo", "lcinfo", "filters", "lightcurve"}
    columns = {c.name: c.datatype for c in tables["lightcurve"].columns}
    assert (columns["bjd"], columns["stf"], columns["aiq_002"]) == (
        "double",
        "long",
        "char",
    )
    assert tables["lightcurve"].rows.num_rows == 100


def test_a_database_is_known_by_its_first_bytes():
    assert HAT_SQLITE.knows(b"SQLite format 3\0rest", "x.dat")
    assert not HAT_SQLITE.knows(b"SQLite format 4\0", "x.sqlite")


def test_a_long_database_is_read_where_it_lies_and_stays_as_it_was(made, tmp_path):
    made(TABLE, POINTS)
    path = tmp_path / "made.sqlite"
    before = hashlib.sha256(path.read_bytes()).hexdigest()

    found = read(HAT_SQLITE, Piece("made.sqlite", path=path), TWO)

    assert found.columns == {"bjd": [2456092.5, 2456093.5], "mag": [15.5, None]}
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert [p.name for p in tmp_path.iterdir()] == ["made.sqlite"]


def test_a_database_in_write_ahead_mode_is_read_too(made):
    piece = made("PRAGMA journal_mode = WAL", TABLE, POINTS)

    assert piece.content[18:20] == b"\2\2"
    assert read(HAT_SQLITE, piece, TWO).lines == [1, 2]


def test_values_of_another_type_come_as_texts(made):
    odd = "INSERT INTO lightcurve VALUES (2456094.5, '>16.1', 7)"

    found = read(HAT_SQLITE, made(TABLE, POINTS, odd), TWO)

    assert found.columns["mag"] == ["15.5", None, ">16.1"]
    assert found.types["mag"] == {"string"}
    assert found.texts[2] == b"2456094.5,>16.1"


def test_columns_that_are_not_there_are_left_out(made):
    wanted = {**TWO, "flux": "double", 9: "double", 3: "int32"}

    found = read(HAT_SQLITE, made(TABLE, POINTS), wanted)

    assert set(found.columns) == {"bjd", "mag", 3}


def test_a_name_with_quotes_is_a_name(made):
    odd = 'CREATE TABLE "a ""b; DROP TABLE lightcurve" ("x ""y" REAL)'
    row = 'INSERT INTO "a ""b; DROP TABLE lightcurve" VALUES (1.5)'

    found = read(HAT_SQLITE, made(odd, row), {'x "y': "double"})

    assert found.columns == {'x "y': [1.5]}


VIEW = (
    "CREATE VIEW lightcurve AS WITH RECURSIVE n(i) AS"
    " (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS bjd, i AS mag FROM n"
)


def test_a_view_in_the_place_of_the_table_is_no_table(made):
    assert read(HAT_SQLITE, made(VIEW), TWO).lines == []
    with pytest.raises(UsageError, match="no stored table 'lightcurve'"):
        read(HAT_SQLITE, made(VIEW), TWO, Files(columns={}, table="lightcurve"))


def test_a_virtual_table_is_no_table(made):
    virtual = "CREATE VIRTUAL TABLE lightcurve USING fts5(bjd, mag)"

    found = read(HAT_SQLITE, made(virtual), TWO)

    assert "lightcurve" not in found.tables


def test_a_computed_column_that_would_take_much_memory_is_refused(made):
    computed = "CREATE TABLE lightcurve (bjd REAL, mag AS (hex(zeroblob(100000))))"
    piece = made(computed, "INSERT INTO lightcurve (bjd) VALUES (1)")

    with pytest.raises(UsageError, match=r"made\.sqlite: this SQLite database cannot"):
        read(HAT_SQLITE, piece, TWO)


def test_triggers_do_nothing(made):
    trigger = "CREATE TRIGGER t AFTER INSERT ON lightcurve BEGIN SELECT 1; END"

    assert read(HAT_SQLITE, made(TABLE, trigger, POINTS), TWO).lines == [1, 2]


def test_a_row_that_is_too_long_is_refused(made):
    piece = made(TABLE, "INSERT INTO lightcurve VALUES (1, zeroblob(20000), 7)")

    with pytest.raises(UsageError, match="too big"):
        read(HAT_SQLITE, piece, TWO)


def test_a_database_that_is_too_large_is_refused(made, monkeypatch):
    monkeypatch.setattr(hat_sqlite, "MOST_BYTES", 1000)

    with pytest.raises(TooLargeError, match="at most 1000"):
        read(HAT_SQLITE, made(TABLE), TWO)


@pytest.mark.parametrize("part", [20, 100, 3000, 10_000])
def test_a_database_that_is_cut_short_is_reported(made, part):
    many = (
        "INSERT INTO lightcurve WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
        " SELECT i + 1 FROM n WHERE i < 2000) SELECT i, i, i FROM n"
    )
    piece = made(TABLE, many)

    with pytest.raises(UsageError, match=r"made\.sqlite: this SQLite database cannot"):
        read(HAT_SQLITE, Piece(piece.file, piece.content[:part]), TWO)


def test_a_database_that_is_damaged_anywhere_never_gets_further_than_a_report(made):
    content = made(TABLE, POINTS).content
    for place in range(16, len(content), 37):
        for byte in (0, 0xFF):
            damaged = content[:place] + bytes([byte]) + content[place + 1 :]
            try:
                found = read(HAT_SQLITE, Piece("x", damaged), TWO)
            except UsageError:
                continue
            assert len(found.lines) <= len(content) // 2


def test_what_is_no_database_is_reported():
    packed = gzip.compress(b"SQLite format 3\0")
    for content in (b"", b"SQLite", packed):
        with pytest.raises(UsageError, match="not an SQLite database"):
            read(HAT_SQLITE, Piece("x", content), TWO)
