"""Every function beyond ADQL, called in ADQL on a real database."""

import re

import pytest

from vo_lcc.adql import compile_query
from vo_lcc.adql.functions import FUNCTIONS
from vo_lcc.errors import QueryError
from vo_lcc.tables import Catalog, Column, Schema, Table

from .conftest import CATALOG, CURVES, OBJECTS, TARGETS

DECLARED = {
    name: [form.declared for form in function.forms if form.declared]
    for name, function in FUNCTIONS.items()
}
BEYOND = sorted(name for name, forms in DECLARED.items() if forms)

VALUES = {
    "ivo_healpix_index(0, 0, 90)": 0,
    "ivo_healpix_index(4, 122.3, -7.5)": 1360,
    "ivo_healpix_index(4, POINT(122.3, -7.5))": 1360,
    "COORD1(ivo_healpix_center(0, 4))": 0.0,
    "COORD2(ivo_healpix_center(0, 4))": 0.0,
    "COORD1(ivo_epoch_prop_pos(10, 20, NULL, 0, 3600000, NULL, 2000, 2001))": 10.0,
    # a straight line through space: the tangent of the angle grows evenly
    "COORD2(ivo_epoch_prop_pos(10, 20, 0, 0, 3600, 0, 2000, 3000))": 20.9998984794,
    "COORD1(ivo_geom_transform('GALACTIC', 'ICRS', POINT(0, 0)))": 266.40498829,
    "ivo_to_jd(CAST('2000-01-01T12:00:00' AS TIMESTAMP))": 2451545.0,
    "ivo_to_jd('2000-01-01T12:00:00')": 2451545.0,
    "ivo_to_mjd('1858-11-17')": 0.0,
    "ivo_to_mjd('no time')": None,
    "ivo_to_mjd(observed)": 58850.12783192,
    "ivo_nocasematch('AbC', 'aB%')": 1,
    "ivo_hasword('Measurements of GX Car', 'gx')": 1,
    "ivo_hashlist_has('a#bc#d', 'BC')": 1,
    "ivo_hashlist_has('a#bc#d', 'b')": 0,
    "ivo_interval_overlaps(1, 2, 2, 3)": 1,
    "ivo_interval_overlaps(1, 2, 2.5, 3)": 0,
    "ivo_hms_to_degrees('12:00:00')": 180.0,
    "ivo_dms_to_degrees('-0:30:00')": -0.5,
    "CASE WHEN ivo_normal_random(0, 1) BETWEEN -9 AND 9 THEN 1 ELSE 0 END": 1,
    "MOC('6/1-3')": "6/1-3",
    "lc_npoints(obs_time)": 2,
    "lc_min(obs_time)": 7.0,
    "lc_max(obs_time)": 7.5,
    "lc_mean(obs_time)": 7.25,
    "lc_median(obs_time)": 7.25,
    "lc_percentile(obs_time, 100)": 7.5,
    "lc_std(obs_time)": 0.5 / 2**0.5,
    "lc_amplitude(obs_time)": 0.5,
    "lc_mad(obs_time)": 0.25,
    "lc_skew(obs_time)": None,
    "lc_kurtosis(obs_time)": None,
    "lc_wmean(obs_time, obs_time)": (1 / 7 + 1 / 7.5) / (1 / 49 + 1 / 56.25),
    "lc_chi2(obs_time, obs_time)": 0.5**2 / (49 + 56.25),
    "lc_stetson_j(obs_time, obs_time)": -(2**0.5) * 0.5 * (7 * 7.5) ** 0.5 / 105.25,
    "lc_stetson_k(obs_time, obs_time)": 0.9994059993535876,
    "lc_von_neumann(obs_time)": 2.0,
    "lc_span(obs_time)": 0.5,
    "lc_cadence(obs_time)": 0.5,
    "lc_slope(obs_time, obs_time)": 1.0,
    "lc_value_at(obs_time, obs_time, 7.2)": 7.2,
    "lc_value_at(obs_time, obs_time, 8)": None,
    "lc_element(obs_time, -1)": 7.5,
    "lc_element(lc_fold(obs_time, 1, 0), 2)": 0.5,
    "lc_npoints(lc_where(obs_time, NULL, 1))": 0,
    "lc_npoints(lc_between(obs_time, obs_time, 7, 7.2))": 1,
    "lc_npoints(lc_clip(obs_time, 0))": 0,
    "lc_element(lc_flux(obs_time, 3631), 2)": 3.631,
    "lc_element(lc_bin(obs_time, obs_time, 7, 8, 2), 2)": 7.5,
}


@pytest.mark.parametrize(("value", "expected"), VALUES.items(), ids=VALUES)
def test_functions_have_their_values(sky, value, expected):
    [(seen,)] = sky.rows(
        f"SELECT {value} FROM sky.lightcurves, sky.targets"
        " WHERE object_id = 'o7' AND passband = 'g' AND name = 'north'"
    )

    if isinstance(expected, float):
        assert seen == pytest.approx(expected, rel=1e-9, abs=1e-12)
    else:
        assert seen == expected


def test_aggregates_of_the_catalogue(sky):
    [(names, counts)] = sky.rows(
        "SELECT ivo_string_agg(q.name, ', '), ivo_histogram(q.lat, -90, 90, 2) FROM"
        " (SELECT TOP 3 name, lat FROM sky.targets WHERE name IN ('north', 'zero',"
        " 'ten') ORDER BY name) AS q"
    )

    assert names == "north, ten, zero"
    assert list(counts) == [0, 0, 2, 1] or list(counts) == [0, 0, 3, 0]


def test_texts_put_together_of_no_rows_are_an_empty_text(sky):
    query = "SELECT ivo_string_agg(name, ', ') FROM sky.targets WHERE name = 'nobody'"

    assert sky.rows(query) == [("",)]


def test_texts_are_put_together_in_a_window(sky):
    seen = sky.rows(
        "SELECT ivo_string_agg(name, '+') OVER (ORDER BY name) AS joined"
        " FROM sky.targets WHERE name IN ('north', 'ten') ORDER BY joined"
    )

    assert seen == [("north",), ("north+ten",)]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("1=ivo_hasword(name, 'north')", {"north"}),
        ("ivo_hasword(name, 'NORTH')=1", {"north"}),
        ("0=ivo_hasword(name, 'north')", {"ten"}),
        ("NOT 1=ivo_hasword(name, 'north')", {"ten"}),
        ("ivo_hasword(name, 'north')<1", {"ten"}),
        ("1=ivo_hasword(name, '')", {"north", "ten"}),
        ("1=ivo_nocasematch(name, 'NOR%')", {"north"}),
        ("0=ivo_nocasematch(name, 'NOR%')", {"ten"}),
        ("1=ivo_hasword(NULL, 'north')", set()),
        ("0=ivo_hasword(NULL, 'north')", set()),
    ],
)
def test_what_gives_1_or_0_is_a_condition(sky, condition, found):
    seen = sky.rows(
        f"SELECT name FROM sky.targets WHERE name IN ('north', 'ten') AND {condition}"
    )

    assert {name for (name,) in seen} == found


def test_every_function_is_tried():
    tried = " ".join(VALUES).lower() + " ivo_string_agg( ivo_histogram( "
    untried = [n for n in BEYOND if f"{n.lower()}(" not in tried]

    assert untried == ["IVO_SIMBADPOINT"]
    assert len(BEYOND) >= 40


FORM = re.compile(
    r"(?P<name>[A-Za-z0-9_]+)\((?:[A-Za-z0-9_]+ [A-Z]+(?:\[\])?"
    r"(?:, [A-Za-z0-9_]+ [A-Z]+(?:\[\])?)*)?\) -> [A-Z]+(?:\[\])?"
)


@pytest.mark.parametrize("name", BEYOND)
def test_functions_are_declared_as_tapregext_wants_it(name):
    for form in DECLARED[name]:
        found = FORM.fullmatch(form)
        assert found is not None, form
        assert found["name"].upper() == name
    assert FUNCTIONS[name].doc


def test_only_functions_of_the_standard_are_not_declared():
    silent = {name for name, forms in DECLARED.items() if not forms}

    assert not {n for n in silent if n.startswith(("IVO_", "LC_"))}
    assert len(silent) < 60


UNITS = {
    "lc_mean(mag)": ("double", None, "mag"),
    "lc_fold(obs_time, 2, 0)": ("double", "*", None),
    "lc_slope(obs_time, mag)": ("double", None, "mag.d**-1"),
    "lc_where(mag, flags, 1)": ("float", "*", "mag"),
    "lc_npoints(mag)": ("int", None, None),
    "lc_cadence(obs_time)": ("double", None, "d"),
    "lc_chi2(mag, mag)": ("double", None, None),
    "lc_element(flags, 1)": ("int", None, None),
}
POINTS = Table(
    "sky",
    "curves",
    (
        Column("obs_time", "double", "*", unit="d"),
        Column("mag", "float", "*", unit="mag"),
        Column("flags", "int", "*"),
    ),
)


@pytest.mark.parametrize(("value", "expected"), UNITS.items(), ids=UNITS)
def test_light_curve_functions_know_their_units(value, expected):
    catalog = Catalog((Schema("sky", (POINTS,)),))

    [column] = compile_query(f"SELECT {value} FROM sky.curves", catalog).columns

    assert (column.datatype, column.arraysize, column.unit) == expected


def test_a_name_is_looked_up_where_a_resolver_is_given(sky):
    known = {"ten": (10.0, 20.0)}
    query = (
        "SELECT object_id FROM sky.objects WHERE"
        " DISTANCE(POINT(ra, dec), ivo_simbadpoint('ten')) < 0.0001"
    )

    plan = compile_query(query, CATALOG, resolver=known.get)

    assert sorted(r[0] for r in sky.db.fetch(plan.sql)) == sorted(
        ["o7", "o8", "o9", "o10"]
    )
    assert "hpx" in plan.sql
    assert not plan.reusable
    with pytest.raises(QueryError, match="no object is known as 'ten'"):
        compile_query(query, CATALOG, resolver={}.get)
    with pytest.raises(QueryError, match="this server looks up no names"):
        compile_query(query, CATALOG)


def test_a_cone_of_another_frame_uses_the_index(sky):
    galactic = (
        "SELECT object_id FROM sky.objects WHERE 1 = CONTAINS(POINT(ra, dec),"
        " ivo_geom_transform('GALACTIC', 'ICRS', CIRCLE(0, 0, 2)))"
    )
    icrs = (
        "SELECT object_id FROM sky.objects"
        " WHERE DISTANCE(ra, dec, 266.40498829, -28.93617776) <= 2"
    )

    assert "objects_hpx_idx" in sky.plan(galactic)
    assert sky.ids(galactic) == sky.ids(icrs)


def test_healpix_cells_of_a_position_come_from_its_index(sky):
    one = "SELECT object_id FROM sky.objects WHERE ivo_healpix_index(5, ra, dec) = 4711"
    groups = (
        "SELECT ivo_healpix_index(3, POINT(ra, dec)) AS cell, COUNT(*) AS n"
        " FROM sky.objects GROUP BY cell"
    )
    computed = groups.replace("POINT(ra, dec)", "POINT(ra + 0 * n_points, dec)")

    assert "objects_hpx_idx" in sky.plan(one)
    assert sky.ids(one) == sky.ids(one.replace("ra, dec", "ra + 0 * n_points, dec"))
    counts, others = dict(sky.rows(groups)), dict(sky.rows(computed))
    # a position on the border of cells may be in either
    assert sum(abs(counts[c] - others[c]) for c in counts) <= 10


ERRORS = {
    "ivo_epoch_prop_pos(NULL, 20, 1, 1, 1, 1, 2000, 2001)": "needs ra, not NULL",
    "ivo_geom_transform('MARS', 'ICRS', POINT(1, 2))": "no frame 'MARS'",
    "ivo_geom_transform(name, 'ICRS', POINT(1, 2))": "names of frames in quotes",
    "lc_mean(lon)": "LC_MEAN(values) cannot be given a number; arrays are in",
    "lc_where(obs_time, obs_time, 1)": "LC_WHERE(values, flags, mask) cannot be given",
    "stddev(lon)": "there is none for rows; LC_STD(x)",
    "ln(lon)": "write LOG(x)",
    "lon ^ 2": "a power is written POWER(x, y)",
    "lc_meann(lon)": "did you mean `LC_MEAN`",
    "ivo_histogram(lon, 0, 1, 5) OVER ()": "IVO_HISTOGRAM cannot stand before OVER",
    "lc_element(lc_fold(NULL, 1, 1), COUNT(*))": "put this COUNT into a subquery",
}


@pytest.mark.parametrize(("value", "message"), ERRORS.items(), ids=ERRORS)
def test_wrong_calls_are_refused_in_words(value, message):
    catalog = Catalog((Schema("sky", (OBJECTS, TARGETS, CURVES)),))

    with pytest.raises(QueryError) as caught:
        compile_query(f"SELECT {value} FROM sky.targets, sky.lightcurves", catalog)

    assert message in str(caught.value)
