"""What a collection file asks for becomes columns of objects, or is told as wrong."""

import math

import pytest

from vo_lcc.errors import ConfigError
from vo_lcc.lightcurves.collection import load_collections
from vo_lcc.lightcurves.derived import BASIC, STATISTICS, chosen
from vo_lcc.lightcurves.model import Derived

DERIVED = """
[derived]
statistics = ["slope"]
period = { shortest = 0.5, longest = 20 }
"""


def names(derived, has_errors=True):
    return [statistic.name for statistic in chosen(derived, has_errors)]


def test_all_statistics_are_chosen_if_nothing_is_said():
    assert chosen(Derived()) == STATISTICS
    assert chosen(Derived(statistics="basic")) == BASIC


def test_the_basic_ones_are_always_there_and_none_twice():
    assert names(Derived(statistics=("eta", "mean", "eta"))) == [
        *("median", "mean", "std", "amplitude", "eta")
    ]


def test_without_errors_there_are_none_that_need_them():
    left = set(names(Derived())) - set(names(Derived(), has_errors=False))

    assert left == {s.name for s in STATISTICS if s.weighted}
    assert "stetson_j" in left


def test_what_is_asked_for_is_loaded(db, folder):
    times = [0.31 * i + 0.01 * (i % 7) for i in range(60)]
    points = [f"a,g,{t},{15 + math.sin(2 * math.pi * t / 3.7):.4f},0.1" for t in times]
    folder.write("points.csv", "\n".join(["id,band,t,m,e", *points, "b,r,1,15,0.1\n"]))
    folder.write("stars.toml", folder.head + folder.long + DERIVED)

    folder.load(db, "objects.csv", "points.csv")

    columns = {c.name: c for c in load_collections(db)["stars"].object_columns}
    found = [name.removeprefix("g_") for name in columns if name.startswith("g_")]
    assert found == ["n_points", *(s.name for s in BASIC), "slope", "period", "power"]
    assert (columns["g_period"].datatype, columns["g_period"].unit) == ("double", "d")
    rows = db.fetch(
        "SELECT object_id, g_period, g_power, r_period FROM stars.objects"
        " ORDER BY object_id"
    )
    assert rows[0][1] == pytest.approx(3.7, rel=1e-3)
    assert rows[0][2] > 0.99
    assert [row[1:] for row in rows[1:]] == [(None, None, None)] * 2


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('statistics = ["skewnes"]', "unknown statistic 'skewnes'; did you mean 'skew"),
        ('statistics = ["zzz"]', "unknown statistic 'zzz'; known: median, mean"),
        ("period = { shortest = 9, longest = 2 }", "shortest must be less than"),
        ("period = { shortest = 1e-6, longest = 2 }", "must be 0.001 d at least"),
    ],
)
def test_what_cannot_be_computed_is_told(db, folder, line, problem):
    folder.write("stars.toml", f"{folder.head}{folder.long}\n[derived]\n{line}\n")

    with pytest.raises(ConfigError, match="derived") as told:
        folder.load(db, "objects.csv")

    assert problem in str(told.value)


def test_many_passbands_need_fewer_statistics(db, folder):
    bands = "\n".join(f"b{i} = {{}}" for i in range(80))
    text = (folder.head + folder.long).replace("[objects]", f"{bands}\n[objects]", 1)
    folder.write("stars.toml", text)

    with pytest.raises(ConfigError, match="more than 1200"):
        folder.load(db, "objects.csv")
