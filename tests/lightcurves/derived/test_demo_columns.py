"""The statistics of the demo, as columns: described, and those of the functions."""

import pytest
from astropy import units
from astropy.io.votable.ucd import parse_ucd

from vo_lcc.adql import compile_query
from vo_lcc.db.catalog import load_catalog
from vo_lcc.lightcurves.collection import load_collections
from vo_lcc.lightcurves.derived import STATISTICS

FUNCTIONS = {
    "median": "LC_MEDIAN(m)",
    "mean": "LC_MEAN(m)",
    "std": "LC_STD(m)",
    "amplitude": "LC_AMPLITUDE(m)",
    "n_good": "LC_NPOINTS(m)",
    "weighted_mean": "LC_WMEAN(m, mag_err)",
    "mad": "LC_MAD(m)",
    "iqr": "LC_PERCENTILE(m, 75) - LC_PERCENTILE(m, 25)",
    "range_90": "LC_PERCENTILE(m, 95) - LC_PERCENTILE(m, 5)",
    "skewness": "LC_SKEW(m)",
    "kurtosis": "LC_KURTOSIS(m)",
    "stetson_j": "LC_STETSON_J(m, mag_err)",
    "stetson_k": "LC_STETSON_K(m, mag_err)",
    "eta": "LC_VON_NEUMANN(m)",
    "reduced_chi2": "LC_CHI2(m, mag_err) / (LC_NPOINTS(m) - 1)",
    "slope": "LC_SLOPE(obs_time, m)",
}


@pytest.fixture(scope="module")
def columns(demo_db):
    return {c.name: c for c in load_collections(demo_db)["demo"].object_columns}


def test_each_statistic_is_a_column_of_each_passband(columns):
    wanted = {f"{band}_{s.name}" for band in "gr" for s in STATISTICS}

    assert wanted <= set(columns)


def test_every_column_is_described_in_words_of_the_standards(columns):
    for statistic in STATISTICS:
        column = columns[f"g_{statistic.name}"]
        assert "{" not in (column.description or "{") + (column.ucd or "{")
        parse_ucd(column.ucd, check_controlled_vocabulary=True)
        assert column.ucd.endswith("em.opt.B")
        units.Unit(column.unit or "", format="vounit", parse_strict="raise")


def test_units_and_types_follow_from_the_brightness(columns):
    found = {n: (columns[f"g_{n}"].unit, columns[f"g_{n}"].datatype) for n in WORDS}

    assert found == WORDS


WORDS = {
    "median": ("mag", "float"),
    "slope": ("mag/d", "float"),
    "cadence": ("d", "float"),
    "eta": (None, "float"),
    "n_good": (None, "int"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_columns_agree_with_the_functions_of_adql(demo_db, name):
    text = (
        f"SELECT g_{name}, {FUNCTIONS[name]} AS expected FROM (SELECT object_id,"
        " obs_time, mag_err, LC_WHERE(mag, flags, -1) AS m FROM demo.lightcurves"
        " WHERE passband = 'g') AS l JOIN demo.objects AS o ON l.object_id ="
        " o.object_id WHERE g_n_points > 1 AND o.object_id < 'demo-0500'"
    )
    rows = demo_db.fetch(compile_query(text, load_catalog(demo_db)).sql)

    known = [row for row in rows if row[0] is not None]
    assert len(known) > 200
    assert [a for a, _ in known] == pytest.approx([b for _, b in known], 2e-6, 1e-9)


def test_an_object_without_a_light_curve_in_a_passband_has_no_statistics(demo_db):
    rows = demo_db.fetch(
        "SELECT g_n_good, g_median, g_span, g_eta FROM demo.objects"
        " WHERE g_n_points = 0"
    )

    assert set(rows) <= {(0, None, None, None)}


def test_statistics_need_the_good_points_that_their_definition_says(demo_db):
    ((wrong,),) = demo_db.fetch(
        "SELECT count(*) FROM demo.objects WHERE (g_std IS NULL) <> (g_n_good < 2)"
        " OR (g_mean IS NULL) <> (g_n_good < 1) OR g_n_good > g_n_points"
    )

    assert wrong == 0
