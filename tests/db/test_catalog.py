from datetime import timedelta

import pytest

from vo_lcc.db import Database
from vo_lcc.db.catalog import (
    catalog_version,
    load_catalog,
    remove_schema,
    settings_changed,
    store_schema,
)
from vo_lcc.tables import (
    Column,
    Coverage,
    Discs,
    ForeignKey,
    Path,
    PhotCal,
    Position,
    Schema,
    SkyFrame,
    Table,
    TimeFrame,
)

STARS = Schema(
    "stars",
    (
        Table(
            "stars",
            "objects",
            (
                Column("object_id", "char", "*", ucd="meta.id;meta.main"),
                Column("ra", "double", unit="deg", annotation=SkyFrame("ICRS", None)),
                Column("dec", "double", unit="deg", annotation=SkyFrame()),
                Column("hpx", "long", indexed=True),
                Column("size", "float", "3", description="Größe"),
                Column("V_mag", "float", annotation=PhotCal("V", "Johnson/V", 3636.0)),
            ),
            description="Stars",
            position=Position("ra", "dec", "hpx"),
            discs=(Discs("area", 0.5), Discs("field", 0)),
            paths=(Path("did", "?", ("collection", "object_id")),),
        ),
        Table(
            "stars",
            "photo graph",
            (
                Column("object_id", "char", "*", principal=True),
                Column(
                    "t", "double", "*", annotation=TimeFrame("TDB", "BARYCENTER", 0)
                ),
            ),
            table_type="view",
            keys=(ForeignKey("stars.objects", (("object_id", "object_id"),), "of"),),
            coverages=(Coverage("coverage", "coverage"), Coverage("s_region", "moc")),
        ),
    ),
    description="A schema",
    utype="some:thing",
)


def stored(db: Database) -> Schema | None:
    return next((s for s in load_catalog(db).schemas if s.name == "stars"), None)


def test_a_schema_comes_back_as_it_was_stored(db: Database):
    with db.load() as load:
        store_schema(load, STARS)

    assert stored(db) == STARS


def test_storing_again_replaces_and_changes_the_version(db: Database):
    with db.load() as load:
        store_schema(load, STARS)
    before = catalog_version(db)
    smaller = Schema("stars", STARS.tables[:1])

    with db.load() as load:
        store_schema(load, smaller)

    assert stored(db) == smaller
    assert catalog_version(db) != before
    assert db.fetch("SELECT count(*) FROM tap_schema.keys WHERE key_id ~ 'stars'") == [
        (0,)
    ]


def test_a_removed_schema_leaves_nothing(db: Database):
    with db.load() as load:
        store_schema(load, STARS)
        remove_schema(load, "stars")

    assert stored(db) is None
    for table in (
        "vo_lcc.column_annotations",
        "vo_lcc.table_positions",
        "vo_lcc.table_coverages",
        "vo_lcc.table_lookups",
        "tap_schema.columns",
    ):
        left = db.fetch(f"SELECT * FROM {table} WHERE table_name LIKE 'stars%'")
        assert left == []


def test_a_failing_load_changes_nothing(db: Database):
    before = catalog_version(db)

    def failing() -> None:
        with db.load() as load:
            load.execute("CREATE SCHEMA stars_r1")
            store_schema(load, STARS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()

    assert catalog_version(db) == before
    assert stored(db) is None
    assert db.fetch("SELECT 1 FROM pg_namespace WHERE nspname = 'stars_r1'") == []


def test_a_change_is_noted_with_its_time_which_never_goes_back(db):
    first = load_catalog(db).changed
    with db.load() as load:
        store_schema(load, STARS)
    second = load_catalog(db).changed
    table = "vo_lcc.catalog_version"
    db.fetch(f"ALTER TABLE {table} DISABLE TRIGGER note_change")
    db.fetch(f"UPDATE {table} SET changed = changed + interval '1 hour'")
    db.fetch(f"ALTER TABLE {table} ENABLE TRIGGER note_change")
    with db.load() as load:
        store_schema(load, STARS)

    assert first < second
    assert load_catalog(db).changed == second + timedelta(hours=1)


def test_settings_are_noted_when_they_become_other_ones(db):
    first = settings_changed(db, "a")
    assert settings_changed(db, "a") == first

    second = settings_changed(db, "b")

    assert first < second < settings_changed(db, "a")
