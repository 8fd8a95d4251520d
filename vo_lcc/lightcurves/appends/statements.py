"""The statements of an append: tables that readers use get rows, and no other change.

`changed` has what was computed of each light curve that changes, `changed_objects` the
same by object, `replaced` the pieces that are written anew; they are in the schema of
what is appended, and go with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from vo_lcc.db import quote_name, quote_text
from vo_lcc.lightcurves.columns import (
    HPX,
    calibrations,
    object_columns,
    point_columns,
    statistics,
    summary_columns,
)
from vo_lcc.lightcurves.derived import Kind
from vo_lcc.lightcurves.loading.completing import fitted
from vo_lcc.lightcurves.loading.staging import SQL_TYPES
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.tables import Column

KEYS = "object_id, passband"
COMPUTED = ("n_points", "t_min", "t_max")
STEPS = ("step_min", "step_max")
IN_SUMMARIES = {"mag_median": "median", "amplitude": "amplitude"}
GROWING = ("objects", "summaries")
FILL = 50


@dataclass(frozen=True, slots=True)
class Append:
    """What is appended, where, and as which release.

    `stored` are the columns of the objects that are there: of collections that older
    versions have loaded there may be fewer than the collection file would give.
    """

    file: CollectionFile
    live: str
    staged: str
    release: int
    stored: frozenset[str]

    def table(self, name: str) -> str:
        """A table that readers use, as SQL."""
        return f"{quote_name(self.live)}.{name}"

    def work(self, name: str) -> str:
        """A table of the append, as SQL."""
        return f"{quote_name(self.staged)}.{name}"

    def of_objects(self) -> dict[str, tuple[str, str, str]]:
        """Each statistic among the columns of objects: passband, its name, its type."""
        kinds = {c.name: c.datatype for c in self._summary_columns()}
        return {
            f"{band}_{name}": (band, name, SQL_TYPES[kinds[f"{band}_{name}"]])
            for band in self.file.passbands
            for name in ("n_points", *(s.name for s in statistics(self.file)))
            if f"{band}_{name}" in self.stored
        }

    def _summary_columns(self) -> Iterator[Column]:
        for calibration in calibrations(self.file):
            yield from summary_columns(self.file, calibration)


def room_for_changes(append: Append) -> Iterator[str]:
    """Have rows that change stay in their page, where no index has to be told.

    This is for pages that are written from now on. It waits for no reader and no
    reader for it; a VACUUM that is at work is left alone until the next append.
    """
    for table in GROWING:
        name = append.table(table)
        yield (
            f"DO $$ BEGIN IF (SELECT reloptions IS NULL FROM pg_class"  # noqa: S608
            f" WHERE oid = {quote_text(name)}::regclass) THEN"
            f" ALTER TABLE {name} SET (fillfactor = {FILL}); END IF;"
            " EXCEPTION WHEN lock_not_available THEN NULL; END $$"
        )


def work_tables(append: Append) -> Iterator[str]:
    """The tables that what is computed is copied into."""
    computed = ", ".join(
        f"{quote_name(s.name)} {'integer' if s.kind is Kind.COUNT else 'float8'}"
        for s in statistics(append.file)
    )
    keys = "object_id text NOT NULL, passband text NOT NULL, segment integer"
    yield (
        f"CREATE UNLOGGED TABLE {append.work('changed')} ({keys}, intact boolean,"
        " n_points integer, t_min float8, t_max float8, step_min float8,"
        f" step_max float8, {computed})"
    )
    yield f"CREATE UNLOGGED TABLE {append.work('replaced')} ({keys})"


def keep_pieces(append: Append) -> Iterator[str]:
    """Pieces that are written anew go to the history, as they are."""
    columns = ", ".join(_piece_columns(append.file))
    listed = ", ".join(f"l.{name}" for name in _piece_columns(append.file))
    this = f"USING ({KEYS}, segment)"
    yield f"""
INSERT INTO {append.table("lightcurves_history")} ({columns}, removed)
SELECT {listed}, {append.release}
FROM {append.table("lightcurves")} AS l JOIN {append.work("replaced")} {this}"""  # noqa: S608
    yield f"""
DELETE FROM {append.table("lightcurves")} AS l USING {append.work("replaced")} AS r
WHERE (l.object_id, l.passband, l.segment) = (r.object_id, r.passband, r.segment)"""  # noqa: S608


def add_pieces(append: Append) -> str:
    """The new pieces, of those light curves that take all their points."""
    names = [quote_name(c.name) for c in point_columns(append.file)]
    names += [*COMPUTED, "object_id", "passband"]
    listed = ", ".join(f"s.{name}" for name in names)
    return f"""
INSERT INTO {append.table("lightcurves")} ({", ".join(names)}, segment, added)
SELECT {listed}, c.segment, {append.release}
FROM {append.work("lightcurves")} AS s JOIN {append.work("changed")} AS c USING ({KEYS})
WHERE c.intact"""  # noqa: S608 (quoted)


def change_summaries(append: Append) -> Iterator[str]:
    """The summaries of light curves that there were."""
    values = {name: f"c.{name}" for name in (*COMPUTED, *STEPS)} | _of_summaries()
    assigned = ", ".join(f"{name} = {value}" for name, value in values.items())
    yield f"""
UPDATE {append.table("summaries")} AS s SET {assigned}
FROM {append.work("changed")} AS c
WHERE (s.object_id, s.passband) = (c.object_id, c.passband)"""  # noqa: S608 (quoted)


def add_summaries(append: Append) -> str:
    """The summaries of light curves that there were not."""
    values = {name: f"c.{name}" for name in (*COMPUTED, *STEPS)} | _of_summaries()
    values |= {
        **{name: f"o.{name}" for name in ("object_id", "ra", "dec", "hpx")},
        "passband": "c.passband",
        "object_path": "nullif(vo_lcc.quote_path(o.object_id), o.object_id)",
        "target_class": "o.class" if "class" in append.stored else "NULL::text",
    }
    return f"""
INSERT INTO {append.table("summaries")} ({", ".join(values)})
SELECT {", ".join(values.values())}
FROM {append.work("changed")} AS c JOIN {append.table("objects")} AS o USING (object_id)
WHERE NOT EXISTS (SELECT FROM {append.table("summaries")} AS s
  WHERE (s.object_id, s.passband) = (c.object_id, c.passband))"""  # noqa: S608 (quoted)


def _of_summaries() -> dict[str, str]:
    return {name: f"c.{source}" for name, source in IN_SUMMARIES.items()}


def by_object(append: Append) -> Iterator[str]:
    """What was computed, with a row for each object.

    The columns of a passband whose light curve does not change are null, and its own
    name, a boolean, is not true.
    """
    pivoted = [
        f"bool_or(passband = {quote_text(band)}) AS {quote_name(band)}"
        for band in append.file.passbands
    ]
    for column, (band, name, kind) in append.of_objects().items():
        value = f"max({quote_name(name)}) FILTER (WHERE passband = {quote_text(band)})"
        pivoted.append(f"{fitted(f'({value})', kind)} AS {quote_name(column)}")
    yield f"""
CREATE UNLOGGED TABLE {append.work("changed_objects")} AS
SELECT object_id, {", ".join(pivoted)}
FROM {append.work("changed")} GROUP BY object_id"""  # noqa: S608 (quoted)
    yield f"ANALYZE {append.work('changed_objects')} (object_id)"


def add_objects(append: Append) -> str:
    """Objects that are new, with what is computed of their light curves."""
    own = [quote_name(c.name) for c in (*object_columns(append.file), HPX)]
    values = {name: f"i.{name}" for name in own}
    for column, (_, name, _) in append.of_objects().items():
        found = f"p.{quote_name(column)}"
        counts = name in _counts(append.file)
        values[quote_name(column)] = f"coalesce({found}, 0)" if counts else found
    values |= {
        "n_points": "coalesce(t.n_points, 0)",
        "t_min": "t.t_min",
        "t_max": "t.t_max",
        "added": str(append.release),
    }
    return f"""
INSERT INTO {append.table("objects")} ({", ".join(values)})
SELECT {", ".join(values.values())}
FROM {append.work("objects_in")} AS i
LEFT JOIN {append.work("changed_objects")} AS p USING (object_id)
LEFT JOIN (
  SELECT object_id, sum(n_points)::integer AS n_points, min(t_min) AS t_min,
    max(t_max) AS t_max
  FROM {append.work("changed")} GROUP BY object_id
) AS t USING (object_id)
WHERE NOT EXISTS (SELECT FROM {append.table("objects")} AS o
  WHERE o.object_id = i.object_id)
ORDER BY i.hpx, i.object_id"""  # noqa: S608 (quoted)


def change_objects(append: Append) -> Iterator[str]:
    """Objects that there were: as they are to the history, then what is computed."""
    columns = ", ".join(map(quote_name, sorted(append.stored)))
    listed = ", ".join(f"o.{quote_name(name)}" for name in sorted(append.stored))
    changed = f"{append.work('changed_objects')} AS p"
    yield f"""
INSERT INTO {append.table("objects_history")} ({columns}, removed)
SELECT {listed}, {append.release}
FROM {append.table("objects")} AS o JOIN {changed} USING (object_id)
WHERE o.added < {append.release}
ORDER BY o.hpx"""  # noqa: S608 (quoted)
    values = {
        quote_name(column): f"CASE WHEN p.{quote_name(band)} THEN"
        f" p.{quote_name(column)} ELSE o.{quote_name(column)} END"
        for column, (band, _, _) in append.of_objects().items()
    }
    values |= {name: f"t.{name}" for name in COMPUTED}
    assigned = ", ".join(f"{name} = {value}" for name, value in values.items())
    yield f"""
UPDATE {append.table("objects")} AS o SET added = {append.release}, {assigned}
FROM {changed} JOIN (
  SELECT object_id, sum(n_points)::integer AS n_points, min(t_min) AS t_min,
    max(t_max) AS t_max
  FROM {append.table("summaries")}
  WHERE object_id IN (SELECT object_id FROM {append.work("changed_objects")})
  GROUP BY object_id
) AS t USING (object_id)
WHERE o.object_id = p.object_id AND o.added < {append.release}"""  # noqa: S608 (quoted)


def _piece_columns(file: CollectionFile) -> list[str]:
    own = [quote_name(c.name) for c in point_columns(file)]
    return ["object_id", "passband", "segment", "added", *COMPUTED, *own]


def _counts(file: CollectionFile) -> set[str]:
    """Statistics that are 0 where there is no light curve."""
    return {"n_points", *(s.name for s in statistics(file) if s.kind is Kind.COUNT)}
