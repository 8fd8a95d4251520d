"""A cone in all its spellings, and its outside: one answer, by the same index."""

import pytest

FROM = "SELECT object_id FROM sky.objects WHERE "

SPELLINGS = """
1=CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 10, 20, 0.5))
CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 0.5)) = 1
CONTAINS(POINT(ra, dec), CIRCLE(POINT(10, 20), 0.5)) <> 0
0 <> CONTAINS(POINT(ra, dec), CIRCLE(370, 20, 0.5))
CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 1/2.)) > 0
INTERSECTS(POINT(ra, dec), CIRCLE(10, 20, 0.5)) = 1
INTERSECTS(CIRCLE('', 10, 20, 0.5), POINT('', ra, dec)) = 1
DISTANCE(POINT(ra, dec), POINT(10, 20)) <= 0.5
DISTANCE(POINT(10, 20), POINT(ra, dec)) <= 0.5
0.5 >= DISTANCE(ra, dec, 10, 20)
DISTANCE(10, 20, ra, dec) <= 0.25 * 2
DISTANCE(ra, dec, 10, 20) BETWEEN 0 AND 0.5
n_points >= 0 AND (1=CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 0.5)))
1=CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 0.5)) OR DISTANCE(ra, dec, 10, 20) < 0.1
NOT 0=CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 0.5))
NOT (CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 0.5)) <> 1)
NOT DISTANCE(ra, dec, 10, 20) > 0.5
NOT (n_points < 0 OR NOT 0.5 >= DISTANCE(ra, dec, 10, 20))
3600 * DISTANCE(ra, dec, 10, 20) <= 1800
DISTANCE(ra, dec, 10, 20) * 60 / 2 <= 15
-DISTANCE(ra, dec, 10, 20) >= -0.5
IN_UNIT(DISTANCE(ra, dec, 10, 20), 'arcmin') <= 30
60 * DISTANCE(ra, dec, 10, 20) BETWEEN 0 AND 30
""".strip().splitlines()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_a_cone_uses_the_index_and_finds_the_same(sky, spelling):
    assert "objects_hpx_idx" in sky.plan(FROM + spelling)
    assert sky.ids(FROM + spelling) == sky.ids(FROM + SPELLINGS[0])


@pytest.mark.parametrize(
    "spelling",
    [
        "NOT 1=CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 0.5))",
        "0=CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 0.5))",
        "CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 0.5)) < 1",
        "DISTANCE(ra, dec, 10, 20) > 0.5",
        "NOT DISTANCE(ra, dec, 10, 20) <= 0.5",
        "NOT (n_points >= 0 AND DISTANCE(ra, dec, 10, 20) <= 0.5)",
        "1=CONTAINS(POINT(ra, dec), CIRCLE(190, -20, 179.5)) AND"
        " NOT DISTANCE(ra, dec, 190, -20) = 179.5",
    ],
)
def test_outside_is_everything_that_is_not_inside(sky, spelling):
    inside, outside = sky.ids(FROM + SPELLINGS[0]), sky.ids(FROM + spelling)

    assert sorted(inside + outside) == list(range(len(sky.ra)))


@pytest.mark.parametrize(
    "spelling",
    [
        "0=CONTAINS(POINT(ra, dec), CIRCLE(190, -20, 179.5))",
        "NOT 1=INTERSECTS(CIRCLE(190, -20, 179.5), POINT(ra, dec))",
        "DISTANCE(ra, dec, 190, -20) > 179.5",
        "NOT DISTANCE(190, -20, ra, dec) <= 179.5",
        "3600 * DISTANCE(ra, dec, 190, -20) >= 646200.0000001",
    ],
)
def test_outside_of_more_than_half_the_sky_uses_the_index_too(sky, spelling):
    near = FROM + "DISTANCE(ra, dec, 10, 20) < 0.5"

    assert "objects_hpx_idx" in sky.plan(FROM + spelling)
    assert sky.ids(FROM + spelling) == sky.ids(near)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT q.object_id FROM (SELECT object_id, ra AS x, dec AS y FROM sky.objects"
        " WHERE n_points < 5) q WHERE 1=CONTAINS(POINT(q.x, q.y), CIRCLE(10, 20, 1))",
        "WITH q AS (SELECT * FROM sky.objects WHERE n_points < 5)"
        " SELECT b.object_id FROM q AS b WHERE DISTANCE(b.ra, b.dec, 10, 20) <= 1",
    ],
)
def test_a_cone_on_a_derived_or_common_table_uses_the_index(sky, query):
    cone = FROM + "n_points < 5 AND DISTANCE(ra, dec, 10, 20) <= 1"

    assert "objects_hpx_idx" in sky.plan(query)
    assert sky.ids(query) == sky.ids(cone)


@pytest.mark.parametrize(
    "condition",
    [
        "IN_UNIT(period, 'h') < 8",
        "8 >= IN_UNIT(period, 'h')",
        "IN_UNIT(period, 'h') BETWEEN 2 AND 8",
        "NOT IN_UNIT(g_median, 'mmag') > 16000",
        "IN_UNIT(period, 'h') < 8 AND DISTANCE(ra, dec, 10, 20) < 9",
    ],
)
def test_what_is_in_another_unit_need_not_be_a_distance(sky, condition):
    assert sky.ids(FROM + condition)
