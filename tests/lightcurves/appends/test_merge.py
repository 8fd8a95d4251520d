"""Appends: what users see after them, and meanwhile."""

import threading

import pytest

from tests.lightcurves.appends.conftest import VIEWS, Nights
from vo_lcc.errors import NotFoundError
from vo_lcc.lightcurves.releases.publishing import publish

SECOND = """\
a,g,4,13,0.1,0,x
a,g,2,11.5,0.1,0,x
b,r,-3,7,0.1,0,
c d,g,5,8,0.1,0,x
e,g,6,8,0.1,2,x
e,r,5,8,0.1,0,x
"""
NEW = "e,7,7,RR\n"
STARS = "a,0,0,RR\nb,10,90,\nc d,12.5,-90,EA\n"
FIRST = """\
a,g,3,12,0.1,0,x
a,g,1,10,0.1,0,
a,r,1,9,0.1,1,y
a,g,2,11.5,0.1,0,x
b,g,0,0,0,0,x
"""
SUMMARIES = "stars_r1.summaries"


def test_new_points_are_seen_in_all_that_knows_of_them(stars):
    done = stars.append(NEW, SECOND)

    assert (done.merged.n_points, done.merged.n_objects) == (5, 1)
    assert (done.merged.n_duplicates, done.merged.n_replaced) == (1, 0)
    assert stars.fetch(
        "SELECT passband, segment, obs_time, mag FROM stars.lightcurves"
        " WHERE object_id = 'a' ORDER BY 1, 2"
    ) == [
        ("g", 0, [1, 2, 3], [10, 11.5, 12]),
        ("g", 1, [4], [13]),
        ("r", 0, [1], [9]),
    ]
    assert stars.fetch(
        "SELECT object_id, n_points, t_min, t_max, g_n_points, r_n_points, g_median"
        " FROM stars.objects ORDER BY 1"
    ) == [
        ("a", 5, 1, 4, 4, 1, 11.75),
        ("b", 2, -3, 0, 1, 1, 0),
        ("c d", 1, 5, 5, 1, 0, 8),
        ("e", 2, 5, 6, 1, 1, None),
    ]
    assert stars.fetch(
        "SELECT n_objects, n_lightcurves, n_points, t_min, t_max FROM vo_lcc.releases"
        " WHERE collection = 'stars' AND label = '1.1'"
    ) == [(4, 7, 10, -3, 6)]


def test_what_is_appended_and_compacted_is_what_one_load_gives(nights, tmp_path):
    nights.publish(STARS, FIRST)
    nights.append(NEW, SECOND)
    nights.withdraw("1")
    nights.compact()

    whole = Nights(nights.database, tmp_path, nights.name.replace("x", "y"))
    whole.declare()
    whole.publish(STARS + NEW, FIRST + SECOND)

    assert content(nights) == content(whole)


def content(nights):
    """Everything that is known of a collection, without its name."""
    mine = "vo_lcc.ts_ssa WHERE collection = 'stars'"
    observed = "ivoa.obscore WHERE obs_collection = 'stars'"
    released = "vo_lcc.releases WHERE collection = 'stars' AND state = 'published'"
    return (
        *(nights.rows(f"stars.{view}") for view in VIEWS),
        nights.rows(SUMMARIES),
        nights.rows(mine, "object_id, passband, ra, n_points, t_min, t_max, amplitude"),
        nights.rows(observed, "target_name, t_min, t_max, t_xel, target_class"),
        nights.rows(
            released,
            "n_objects, n_lightcurves, n_points, t_min, t_max, coverage, example",
        ),
    )


def test_the_same_files_again_change_nothing(stars):
    first = stars.append(NEW, SECOND)
    seen = stars.shown()
    stars.count -= 1

    again = stars.append(NEW, SECOND)

    assert not again.loaded.changed
    assert again.loaded.release == first.loaded.release
    assert stars.shown() == seen


def test_the_same_points_in_another_file_are_no_new_points(stars):
    stars.append(NEW, SECOND)
    seen = stars.shown()
    kept = stars.rows("stars_r1.objects_history")

    again = stars.append("", SECOND + "a,g,1,10,0.1,0,\n")

    assert again.merged.n_points == 0
    assert again.merged.n_duplicates == 7
    assert stars.shown() == seen
    assert stars.rows("stars_r1.objects_history") == kept


@pytest.mark.parametrize(
    ("policy", "found", "replaced"),
    [
        ("keep", [11.5, 20], 0),
        ("exact", [11.5, 20], 0),
        ("first", [11.5], 0),
        ("last", [20], 1),
        ("best", [20], 1),
    ],
)
def test_points_at_one_time_follow_the_policy(nights, policy, found, replaced):
    nights.declare(policy)
    nights.publish(STARS, FIRST)
    before = nights.shown("1")

    done = nights.append("", "a,g,2,20,0.01,0,x\n")

    rows = nights.fetch(
        "SELECT mag FROM stars.photometry"
        " WHERE object_id = 'a' AND passband = 'g' AND obs_time = 2 ORDER BY 1"
    )
    assert [mag for (mag,) in rows] == found
    assert done.merged.n_replaced == replaced
    assert nights.shown("1") == before


def test_older_points_leave_light_curves_ordered_by_time(stars):
    stars.append("", "a,g,0,1,1,0,x\na,g,2.5,2,1,0,x\n")

    ((steps, median),) = stars.fetch(
        "SELECT ARRAY[step_min, step_max], mag_median FROM stars_r1.summaries"
        " WHERE object_id = 'a' AND passband = 'g'"
    )
    assert (steps, median) == ([0.5, 1], 10)


def test_an_older_release_stays_what_it_was(stars):
    seen = {"1": stars.shown("1")}
    for number, points in enumerate((SECOND, "a,g,9,9,9,0,\n", "b,g,0,0,0.5,0,x\n"), 1):
        stars.append(NEW if number == 1 else "", points)
        seen[f"1.{number}"] = stars.shown(f"1.{number}")
        assert seen[f"1.{number}"] == stars.shown()

    stars.withdraw("1.2")
    done = stars.compact()
    del seen["1.2"]

    assert done.n_pieces == 0
    for label, sums in seen.items():
        assert stars.shown(label) == sums, label
    stars.withdraw("1.1")
    assert stars.compact().n_pieces == 1
    assert stars.shown("1") == seen["1"]
    assert stars.shown()["photometry"] == seen["1.3"]["photometry"]
    assert stars.shown()["objects"] == seen["1.3"]["objects"]


def test_an_append_that_is_withdrawn_leaves_nothing(stars):
    before = stars.shown(), stars.rows(SUMMARIES)
    stars.append(NEW, SECOND)
    between = stars.shown(), stars.rows(SUMMARIES)
    stars.append("", "a,g,9,9,9,0,\nb,r,8,8,1,0,x\n")

    stars.withdraw("1.2")
    assert (stars.shown(), stars.rows(SUMMARIES)) == between
    stars.withdraw("1.1")

    assert (stars.shown(), stars.rows(SUMMARIES)) == before
    assert stars.rows("stars_r1.objects_history") == []


def test_points_that_were_replaced_come_back_with_the_release_before(nights):
    nights.declare("last")
    nights.publish(STARS, FIRST)
    before = nights.shown(), nights.rows(SUMMARIES)
    nights.append("", "a,g,2,20,0.01,0,x\nb,g,0,5,1,0,x\n")

    nights.withdraw("1.1")

    assert (nights.shown(), nights.rows(SUMMARIES)) == before
    assert nights.rows("stars_r1.lightcurves_history") == []


def test_a_draft_is_not_seen_before_it_is_published(stars):
    before = stars.shown()

    done = stars.append(NEW, SECOND, draft=True)

    assert done.merged is None
    assert stars.shown() == before
    publish(stars.database, stars.name)
    assert stars.shown() != before


def test_an_append_without_any_point_is_a_release_of_the_same(stars):
    before = stars.shown()

    done = stars.append("e,1,1,\n", "a,g,2,11.5,0.1,0,x\n")

    assert (done.merged.n_points, done.merged.n_objects) == (0, 1)
    assert stars.shown()["photometry"] == before["photometry"]
    assert stars.shown("1") == before


def test_keep_withdraws_appends_before_the_last_ones(nights):
    nights.declare(more="[releases]\nkeep = 1")
    nights.publish(STARS, FIRST)
    nights.append("", "a,g,5,1,1,0,x\n")

    done = nights.append("", "a,g,6,1,1,0,x\n")

    assert done.withdrawn == ("1.1",)
    assert nights.compact().n_pieces == 1
    assert nights.fetch(
        "SELECT segment, n_points FROM stars.lightcurves"
        " WHERE object_id = 'a' AND passband = 'g' ORDER BY 1"
    ) == [(0, 3), (1, 2)]


def test_points_of_different_releases_stay_apart_where_each_tells_its_own(nights):
    nights.declare(more="[releases]\ncolumn = true\nkeep = 1")
    nights.publish(STARS, FIRST)
    for time in (5, 6):
        nights.append("", f"a,r,{time},1,1,0,x\n")
    seen = nights.shown()

    assert nights.compact().n_pieces == 0
    assert nights.shown() == seen
    assert nights.fetch(
        "SELECT obs_time, release FROM stars.photometry"
        " WHERE object_id = 'a' AND passband = 'r' ORDER BY 1"
    ) == [(1, "1"), (5, "1.1"), (6, "1.2")]


def test_nothing_can_be_appended_to_what_is_not_published(nights):
    with pytest.raises(NotFoundError, match="is published"):
        nights.append("", FIRST)
    with pytest.raises(NotFoundError, match="is published"):
        nights.compact()


def test_points_of_unknown_objects_are_told(stars):
    done = stars.append("", "nobody,g,5,1,1,0,x\na,g,5,1,1,0,x\n")

    assert done.merged.n_points == 1
    assert done.loaded.losses.n_rejected == 1


def test_readers_see_a_release_before_or_after_an_append(stars):
    """Each table in one statement: never a mixture."""
    sql = (
        "SELECT (SELECT sum(n_points) FROM stars.objects),"
        " (SELECT sum(n_points) FROM stars.lightcurves),"
        " (SELECT count(*) FROM stars.photometry),"
        " (SELECT sum(n_points) FROM stars_r1.summaries)"
    )
    seen: set[tuple] = set()
    end = threading.Event()

    def read():
        while not end.is_set():
            seen.update(stars.fetch(sql))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for night in range(4):
        rows = (f"a,g,{10 + night},1,1,0,\n", f"e,r,{10 + night},1,1,0,\n")
        stars.append("" if night else NEW, "".join(rows))
    for label in ("1.1", "1.2", "1.3"):
        stars.withdraw(label)
    stars.compact()
    end.set()
    for reader in readers:
        reader.join()

    assert {row[0] for row in seen} <= {5, 7, 9, 11, 13}
    assert all(len(set(row)) == 1 for row in seen)


def test_the_same_files_are_new_to_another_release_of_its_own_files(stars):
    stars.append("", SECOND.splitlines()[0] + "\n")
    (path,) = stars.folder.glob(f"points_{stars.name}_{stars.count}.csv")
    stars.publish(STARS, FIRST + "a,g,7,10,0.1,0,\n")

    done = stars.append_files([path])

    assert done.loaded.changed
    assert (done.loaded.label, done.merged.n_points) == ("2.1", 1)


def test_what_was_appended_is_there_though_its_name_is_withdrawn(nights):
    nights.declare("keep", more="[releases]\nkeep = 1")
    nights.publish(STARS, FIRST)
    nights.append("", "a,g,5,1,1,0,x\n")
    (path,) = nights.folder.glob(f"points_{nights.name}_{nights.count}.csv")
    assert nights.append("", "a,g,6,1,1,0,x\n").withdrawn == ("1.1",)
    seen = nights.shown()

    again = nights.append_files([path])

    assert not again.loaded.changed
    assert nights.shown() == seen
