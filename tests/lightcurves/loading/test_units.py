"""A load in many units gives what one unit gives; a load that broke off goes on."""

import time

import pytest

from vo_lcc.db import Database, connect
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.ingest import ingest
from vo_lcc.lightcurves.loading import completing, pieces, units, workers
from vo_lcc.lightcurves.loading.load import build
from vo_lcc.lightcurves.loading.reading import UnitRead
from vo_lcc.lightcurves.progress import Silent

POINTS = "id,band,t,m,e\n" + "".join(
    f"{'abc'[i % 3]},{'gr'[i % 2]},{(i * 7) % 100},{10 + i % 5},0.{1 + i % 3}\n"
    for i in range(300)
)


@pytest.fixture
def small_units(monkeypatch):
    """Light curves that come in many parts."""
    monkeypatch.setattr(pieces, "BLOCK", 256)
    monkeypatch.setattr(pieces, "HEAD", 128)
    monkeypatch.setattr(units, "UNIT_BYTES", 512)
    monkeypatch.setattr(units, "SMALL", 1)


def tables(db: Database):
    """All that a release has of objects and light curves."""
    return [
        db.fetch(f"SELECT * FROM stars.{name} ORDER BY 1, 2")
        for name in ("objects", "lightcurves")
    ] + [db.fetch("SELECT * FROM stars_r1.summaries ORDER BY 1, 2")]


@pytest.fixture
def at_once(db_copy, folder):
    """What is there after a load in one unit."""
    folder.write("points.csv", POINTS)
    folder.load(db_copy, "objects.csv", "points.csv")
    return tables(db_copy)


@pytest.mark.parametrize("policy", ["exact", "last"])
def test_units_make_no_difference(db, db_copy, folder, policy, monkeypatch):
    toml = folder.head + folder.long.replace(
        'points*"', f'points*"\nduplicates = "{policy}"'
    )
    folder.write("stars.toml", toml)
    folder.write("points.csv", POINTS)
    whole = folder.load(db_copy, "objects.csv", "points.csv")
    monkeypatch.setattr(pieces, "BLOCK", 256)
    monkeypatch.setattr(pieces, "HEAD", 128)
    monkeypatch.setattr(units, "UNIT_BYTES", 512)

    report = folder.load(db, "objects.csv", "points.csv")

    assert tables(db) == tables(db_copy)
    assert report.losses.duplicates == whole.losses.duplicates
    assert db.fetch("SELECT count(*) > 5 FROM vo_lcc.units") == [(True,)]


def test_a_load_that_broke_off_goes_on(db, at_once, folder, small_units, monkeypatch):
    load_unit = workers.load_unit
    seen = []

    def breaks(job, cur, unit, nearest):
        seen.append(unit.number)
        if unit.number == 4:
            raise RuntimeError("the machine went down")
        return load_unit(job, cur, unit, nearest)

    monkeypatch.setattr(workers, "load_unit", breaks)
    with pytest.raises(RuntimeError):
        folder.load(db, "objects.csv", "points.csv")
    assert db.fetch("SELECT state, complete FROM vo_lcc.releases") == [("draft", False)]
    monkeypatch.setattr(workers, "load_unit", load_unit)
    first = db.fetch("SELECT unit, loaded FROM vo_lcc.units ORDER BY unit")

    folder.load(db, "objects.csv", "points.csv")

    assert [unit for unit, _ in first] == [0, 1, 2, 3]
    then = db.fetch("SELECT unit, loaded FROM vo_lcc.units WHERE unit >= 0 ORDER BY 1")
    assert then[:4] == first
    assert tables(db) == at_once


def test_other_files_do_not_go_on_with_a_broken_load(db, folder, monkeypatch):
    folder.write("points.csv", POINTS)

    def breaks(*_):
        raise RuntimeError("the machine went down")

    with monkeypatch.context() as patched:
        patched.setattr(workers, "load_unit", breaks)
        with pytest.raises(RuntimeError):
            folder.load(db, "objects.csv", "points.csv")
    folder.write("points.csv", POINTS.replace("c,g", "b,g"))

    report = folder.load(db, "objects.csv", "points.csv")

    assert report.changed
    assert db.fetch("SELECT count(*) FROM vo_lcc.releases") == [(1,)]


def test_a_draft_is_not_seen_until_it_is_published(db, folder):
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")
    before = tables(db)
    folder.write("points.csv", POINTS.replace(",10,", ",20,"))
    file, text = read_collection_file(folder.path / "stars.toml")
    paths = [folder.path / name for name in ("objects.csv", "points.csv")]

    report = build(db, file, text, paths, Silent())

    assert (report.changed, report.published, report.label) == (True, False, "2")
    assert tables(db) == before
    again = build(db, file, text, paths, Silent())
    assert (again.changed, again.published, again.release) == (False, False, 2)


def test_processes_load_side_by_side(db, at_once, folder, small_units, monkeypatch):
    monkeypatch.setattr("vo_lcc.lightcurves.loading.load.SMALL", 1)

    paths = [folder.path / name for name in ("objects.csv", "points.csv")]
    ingest(db, folder.path / "stars.toml", paths, workers=2)

    assert tables(db) == at_once


def test_too_many_bad_rows_stop_a_load(db, folder):
    lines = [f"a,g,{i if i % 4 else 'x'},10,1" for i in range(4000)]
    folder.write("points.csv", "\n".join(["id,band,t,m,e", *lines, ""]))

    with pytest.raises(UsageError, match=r"1,000 of 4,00\d rows could not be taken"):
        folder.load(db, "objects.csv", "points.csv")

    assert len(folder.rejected()) == 1000
    assert db.fetch("SELECT nspname FROM pg_namespace WHERE nspname ~ '^stars'") == []


def test_a_limit_of_its_own_lets_bad_rows_pass(db, folder):
    folder.write(
        "stars.toml", "\n".join([folder.head + folder.long, "[limits]\nrejected = 0.5"])
    )
    lines = [f"a,g,{i if i % 4 else 'x'},10,1" for i in range(4000)]
    folder.write("points.csv", "\n".join(["id,band,t,m,e", *lines, ""]))

    assert folder.load(db, "objects.csv", "points.csv").n_points == 3000


def test_the_manifest_has_every_file_with_its_checksum(db, folder):
    folder.write("points.csv", POINTS)
    folder.load(db, "objects.csv", "points.csv")

    rows = db.fetch("SELECT file, part, size, length(sha256) FROM vo_lcc.files")

    assert rows == [
        ("objects.csv", "objects", 36, 64),
        ("points.csv", "lightcurves", len(POINTS), 64),
    ]


def test_a_load_that_broke_off_at_its_end_has_lost_what_it_lost(
    db, at_once, folder, small_units, monkeypatch
):
    folder.write("points.csv", POINTS + "a,g,1e999,10,0.1\nnobody,g,1,10,0.1\n" * 3)
    with monkeypatch.context() as patched:
        patched.setattr("vo_lcc.lightcurves.loading.load.finish_statements", broken)
        with pytest.raises(RuntimeError):
            folder.load(db, "objects.csv", "points.csv")
    assert db.fetch("SELECT complete FROM vo_lcc.releases") == [(False,)]

    report = folder.load(db, "objects.csv", "points.csv")

    assert report.release == 1
    assert report.losses.rejected == {
        "obs_time is infinite": 3,
        "object_id is not among the objects": 3,
    }
    assert tables(db) == at_once


@pytest.mark.usefixtures("small_units")
def test_duplicates_between_units_are_counted_once_where_a_load_goes_on(
    db, db_copy, folder, monkeypatch
):
    folder.write("points.csv", POINTS * 2 + POINTS.splitlines()[1] + "\n")
    whole = folder.load(db_copy, "objects.csv", "points.csv")
    with monkeypatch.context() as patched:
        patched.setattr("vo_lcc.lightcurves.loading.load.finish_statements", broken)
        with pytest.raises(RuntimeError):
            folder.load(db, "objects.csv", "points.csv")

    report = folder.load(db, "objects.csv", "points.csv")

    assert report.losses == whole.losses
    assert report.losses.duplicates > 0


def broken(*_):
    raise RuntimeError("the machine went down")


@pytest.mark.usefixtures("small_units")
def test_what_takes_long_to_read_is_waited_for(db, at_once, folder, monkeypatch):
    patience = "-c idle_in_transaction_session_timeout=200ms"
    monkeypatch.setitem(connect.PATIENCE, "options", patience)
    run, merged, slow = UnitRead.run, completing._merged, [1, 1]

    def runs(reading):
        time.sleep(slow.pop() if len(slow) == 2 else 0)
        run(reading)

    def merges(*args):
        time.sleep(slow.pop())
        yield from merged(*args)

    monkeypatch.setattr(UnitRead, "run", runs)
    monkeypatch.setattr(completing, "_merged", merges)

    folder.load(Database(db.url), "objects.csv", "points.csv")

    assert slow == []
    assert tables(db) == at_once
