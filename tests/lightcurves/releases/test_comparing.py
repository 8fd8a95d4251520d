"""What changed between two releases, counted exactly."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.errors import NotFoundError, StateError
from vo_lcc.lightcurves.releases.comparing import Item, diff
from vo_lcc.lightcurves.releases.names import next_label, parts
from vo_lcc.lightcurves.releases.withdrawing import withdraw

from .conftest import POINTS, reload

# a: a point of the same time as another, one changed, one new; b is in g now; c is new
AFTER = (
    "id,band,t,m,e\na,g,1,12,.1\na,g,1,12,.2\na,g,3,11.5,.1\na,g,4,10,.1\nb,g,2,9,.1\n"
)


def test_every_difference_is_counted(db, stars):
    stars.write("objects.csv", "id,ra,dec\na,0,0\nb,359,90\nd,12.5,-90\n")
    reload(db, stars, AFTER, title="Others")

    found = diff(db, "stars", "1", "2")

    objects = found.objects
    assert (objects.added, objects.removed, objects.changed) == (1, 1, 2)
    assert Item("removed", "c") in objects.examples
    assert found.columns["ra"] == 1
    assert found.columns["n_points"] == 1
    curves = found.lightcurves
    assert (curves.added, curves.removed, curves.changed) == (1, 1, 1)
    g, r = found.points["g"], found.points["r"]
    assert (g.added, g.removed, g.changed) == (3, 0, 1)
    assert Item("changed", "a", "g", 3.0, ("mag",)) in g.examples
    assert (r.added, r.removed, r.changed) == (0, 1, 0)
    assert [(c.name, c.before, c.after) for c in found.metadata] == [
        ("title", "Some stars", "Others")
    ]


def test_the_same_data_do_not_differ(db, stars):
    reload(db, stars, POINTS, title="Others")

    found = diff(db, "stars", "1", "2")

    for part in (found.objects, found.lightcurves):
        assert (part.added, part.removed, part.changed) == (0, 0, 0)
    assert found.points == {}


def test_the_other_way_round_what_was_added_is_removed(db, stars):
    reload(db, stars, AFTER)

    there, back = diff(db, "stars", "1", "2"), diff(db, "stars", "2", "1")

    for passband in ("g", "r"):
        assert there.points[passband].added == back.points[passband].removed
        assert there.points[passband].changed == back.points[passband].changed


def test_all_differences_are_written_as_csv(db, stars):
    reload(db, stars, AFTER)
    stream = io.StringIO()

    found = diff(db, "stars", "1", "2", stream)

    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    points = [row for row in rows if row["kind"] == "point"]
    assert len(points) == sum(
        p.added + p.removed + p.changed for p in found.points.values()
    )
    assert {"object", "light curve", "point"} == {row["kind"] for row in rows}


def test_a_column_that_came_is_told(db, stars):
    stars.write("objects.csv", "id,ra,dec,hd\na,0,0,x\nb,360,90,y\nc,12.5,-90,z\n")
    head = stars.head + 'hd = { datatype = "char" }\n'
    stars.write("stars.toml", head + stars.long)
    stars.load(db, "objects.csv", "points.csv")

    assert diff(db, "stars", "1", "2").new_columns == ("objects.hd",)
    assert diff(db, "stars", "2", "1").lost_columns == ("objects.hd",)


def test_only_releases_that_are_shown_can_be_compared(db, stars):
    reload(db, stars, AFTER)
    withdraw(db, "stars", "1")

    with pytest.raises(StateError, match="release 1 of stars is withdrawn"):
        diff(db, "stars", "1", "2")
    with pytest.raises(NotFoundError, match="no release '5'"):
        diff(db, "stars", "2", "5")


LABELS = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 30)).map(
        lambda p: f"{p[0]}.{p[1]}" if p[1] else str(p[0])
    ),
    min_size=1,
)


@given(LABELS, st.sampled_from(["full", "append", "description"]), st.data())
def test_a_label_is_new_and_later_than_what_it_follows(used, kind, data):
    latest = data.draw(st.sampled_from(used))

    label = next_label(kind, used, latest)

    assert label not in used
    assert parts(label) > parts(latest)
