"""The checks of objects and of points: what passes them is what is loaded."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.lightcurves.columns import (
    KEYS,
    OBJECT_COLUMNS,
    POINT_COLUMNS,
    brightness,
    object_columns,
    point_columns,
)
from vo_lcc.lightcurves.loading.fields import LIMIT
from vo_lcc.lightcurves.loading.matching import DEC, RA, Nearest, names_of
from vo_lcc.lightcurves.loading.rejects import Rejects
from vo_lcc.lightcurves.loading.sieve import Field, Sieve, check_range, read_field
from vo_lcc.lightcurves.model import CollectionFile, ColumnSpec
from vo_lcc.tables import Column, arrow_schema

IS_LIMIT = "#is_limit"
MAX_ID = 200  # an index entry holds 2.7 kB at most
MAGNITUDES = (-1e30, 1e30)  # beyond, their squares and sums are no numbers
SIGNS = {">": r"^\s*>\s*", "<": r"^\s*<\s*"}

Known = Callable[[Iterable[str]], set[str]]
"""Which of these identifiers are those of objects."""


class ObjectChecks:
    """Rows of files to objects: the columns of `object_columns`."""

    def __init__(self, file: CollectionFile, rejects: Rejects) -> None:
        self._file = file
        self._rejects = rejects
        specs = file.objects.columns
        self._fields = [
            Field(c, specs[c.name], specs[c.name].valid) for c in object_columns(file)
        ]
        self.schema = arrow_schema(object_columns(file))

    def run(self, sieve: Sieve) -> None:
        """Leave what can be taken."""
        if "object_id" not in sieve:
            self._name_by_position(sieve)
        for field in self._fields:
            read_field(sieve, field)
            if pa.types.is_dictionary(sieve[field.name].type):
                sieve.replace(field.name, sieve[field.name].dictionary_decode())
            check_range(sieve, field)
        sieve.drop(sieve["object_id"].is_null(), "object_id is missing", None)
        too_long = pc.greater(pc.utf8_length(sieve["object_id"]), MAX_ID)
        said = f"object_id is longer than {MAX_ID} characters"
        sieve.drop(too_long, said, "object_id")
        for name in ("ra", "dec"):
            sieve.drop(sieve[name].is_null(), f"{name} is missing", None)
        self._check_ra(sieve)
        bad = pc.greater(pc.abs(sieve["dec"]), 90.0)
        sieve.drop(bad, "dec is not within -90 to 90", "dec")

    def _name_by_position(self, sieve: Sieve) -> None:
        read_positions(sieve, self._file, "ra", "dec")
        ra, dec = (sieve[name].to_numpy() for name in ("ra", "dec"))
        sieve.replace("object_id", names_of(ra, dec))

    def _check_ra(self, sieve: Sieve) -> None:
        low, high = 0.0, 360.0
        if self._file.objects.columns["ra"].wrap:
            low, high = -180.0, 180.0
        bad = pc.or_(pc.less(sieve["ra"], low), pc.greater(sieve["ra"], high))
        sieve.drop(bad, f"ra is not within {low:g} to {high:g}", "ra")
        ra = sieve["ra"]
        sieve.replace("ra", pc.if_else(pc.less(ra, 0.0), pc.add(ra, 360.0), ra))


class PointChecks:
    """Rows of files to points in long form: keys, then the `point_columns`.

    `known` tells which objects there are. `nearest` finds them, where positions say
    which object a point is of; without it the position is its name.
    """

    def __init__(
        self,
        file: CollectionFile,
        rejects: Rejects,
        known: Known,
        nearest: Nearest | None = None,
    ) -> None:
        self._file = file
        self._rejects = rejects
        self._known = known
        self._nearest = nearest
        specs = file.lightcurves.columns
        self._fields = {
            c.name: Field(c, specs[c.name], specs[c.name].valid)
            for c in point_columns(file)
        }
        bright = brightness(file).name
        magnitude = self._fields.pop(bright)
        self._bright = replace(magnitude, valid=magnitude.valid or MAGNITUDES)
        self._bands = pa.array(list(file.passbands), pa.string())
        self.names = [*KEYS, *(c.name for c in point_columns(file))]

    def run(self, sieve: Sieve) -> None:
        """Leave what can be taken."""
        self._read_bright(sieve)
        for field in self._fields.values():
            read_field(sieve, field)
            if pa.types.is_dictionary(sieve[field.name].type):
                sieve.replace(field.name, sieve[field.name].dictionary_decode())
            check_range(sieve, field)
        self._mark_limits(sieve)
        sieve.drop(sieve["obs_time"].is_null(), "obs_time is missing", None)
        if self._file.objects.radius is not None:
            self._match(sieve)
        for name in ("object_id", "passband"):
            self._read_key(sieve, POINT_COLUMNS[name])
        bad = pc.invert(pc.is_in(_words(sieve["passband"]), value_set=self._bands))
        bad = bad.take(sieve["passband"].indices)
        sieve.drop(bad, "passband is not one of the collection", "passband")
        self._check_known(sieve)

    def _read_bright(self, sieve: Sieve) -> None:
        field, name = self._bright, self._bright.name
        sign = field.spec.limit
        if sign in SIGNS and pa.types.is_string(sieve[name].type):
            marked = pc.match_substring_regex(sieve[name], SIGNS[sign])
            sieve.replace(IS_LIMIT, pc.fill_null(marked, False))
            bare = pc.replace_substring_regex(sieve[name], SIGNS[sign], "")
            sieve.replace(name, bare)
        read_field(sieve, field)
        if sign == "negative":
            sieve.replace(IS_LIMIT, pc.fill_null(pc.less(sieve[name], 0), False))
            sieve.replace(name, pc.abs(sieve[name]))
        if LIMIT in sieve:
            self._take_limits(sieve)
        if self._file.lightcurves.layout == "wide":
            self._rejects.missing += sieve.leave_out(name)
        check_range(sieve, field)

    def _take_limits(self, sieve: Sieve) -> None:
        """Where nothing was measured, the limit is what is known."""
        field, name = self._bright, self._bright.name
        read_field(sieve, replace(field, column=replace(field.column, name=LIMIT)))
        limits, values = sieve[LIMIT], sieve[name]
        taken = pc.and_(values.is_null(), limits.is_valid())
        if IS_LIMIT in sieve:
            taken = pc.or_(taken, sieve[IS_LIMIT])
        sieve.replace(IS_LIMIT, taken)
        sieve.replace(name, pc.coalesce(values, limits))

    def _mark_limits(self, sieve: Sieve) -> None:
        mask = self._file.lightcurves.upper_limits
        if IS_LIMIT not in sieve or not mask or "flags" not in sieve:
            return
        flags = sieve["flags"]
        marked = pc.bit_wise_or(pc.fill_null(flags, 0), pa.scalar(mask, flags.type))
        sieve.replace("flags", pc.if_else(sieve[IS_LIMIT], marked, flags))

    def _read_key(self, sieve: Sieve, column: Column) -> None:
        """A key, each word of which is looked at once."""
        name = column.name
        spec = self._file.lightcurves.columns.get(name, ColumnSpec())
        if pa.types.is_string(sieve[name].type):
            sieve.replace(name, sieve[name].dictionary_encode())
        read_field(sieve, Field(column, spec))
        sieve.drop(sieve[name].is_null(), f"{name} is missing", None)
        if not pa.types.is_dictionary(sieve[name].type):
            sieve.replace(name, sieve[name].dictionary_encode())

    def _match(self, sieve: Sieve) -> None:
        """The object of each point, by its position."""
        read_positions(sieve, self._file, RA, DEC)
        ra, dec = (sieve[name].to_numpy() for name in (RA, DEC))
        if self._nearest is None:
            sieve.replace("object_id", names_of(ra, dec))
            return
        sieve.replace("object_id", self._nearest.find(ra, dec))
        said = f"no object within {self._nearest.radius:g} arcsec"
        sieve.drop(sieve["object_id"].is_null(), said, None)

    def _check_known(self, sieve: Sieve) -> None:
        ids = sieve["object_id"]
        used = pc.unique(ids.indices)
        words = _words(ids).take(used)
        found = self._known(words.to_pylist())
        unknown = [word not in found for word in words.to_pylist()]
        if any(unknown):
            bad = pc.is_in(ids.indices, value_set=used.filter(pa.array(unknown)))
            sieve.drop(bad, "object_id is not among the objects", "object_id")


def read_positions(sieve: Sieve, file: CollectionFile, ra: str, dec: str) -> None:
    """Positions that names or matches can be made of; the others are dropped."""
    for name, known in ((ra, "ra"), (dec, "dec")):
        column = replace(OBJECT_COLUMNS[known], name=name)
        given = file.objects.columns.get(known, ColumnSpec())
        read_field(sieve, Field(column, given))
        sieve.drop(sieve[name].is_null(), f"{known} is missing", None)
    outside = pc.greater(pc.abs(sieve[dec]), 90.0)
    sieve.drop(outside, "dec is not within -90 to 90", dec)


def _words(values: pa.DictionaryArray) -> pa.Array:
    return values.dictionary
