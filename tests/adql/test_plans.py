from concurrent.futures import ThreadPoolExecutor

import pytest

from vo_lcc.adql import SelectPlan, compile_query
from vo_lcc.adql.plans import PlanKey, Plans

from .conftest import CATALOG

KEY = PlanKey("SELECT 1 FROM t", "1", None, 10, 100)


def plan(length=10, **how):
    return SelectPlan("x" * length, (), **how)


def key(number, length=0):
    return KEY._replace(text=f"{number:03}".ljust(length))


def test_what_was_kept_is_found():
    plans = Plans()
    kept = plan()

    plans.keep(KEY, kept)

    assert plans.find(KEY) is kept


@pytest.mark.parametrize(
    "other",
    [
        {"text": "SELECT 2 FROM t"},
        {"version": "2"},
        {"maxrec": 0},
        {"maxrec": 10},
        {"default_maxrec": 11},
        {"hard_maxrec": 101},
    ],
)
def test_another_text_catalog_or_limit_is_another_plan(other):
    plans = Plans()
    plans.keep(KEY, plan())

    assert plans.find(KEY._replace(**other)) is None


def test_the_plan_used_longest_ago_gives_way():
    plans = Plans(most=3)
    for number in (1, 2, 3):
        plans.keep(key(number), plan())
    plans.find(key(1))

    plans.keep(key(4), plan())

    assert [n for n in (1, 2, 3, 4) if plans.find(key(n))] == [1, 3, 4]
    assert len(plans) == 3


def test_texts_and_statements_count_against_the_limit_of_characters():
    plans = Plans(characters=100)
    for number in range(10):
        plans.keep(key(number, 5), plan(20))

    assert [n for n in range(10) if plans.find(key(n, 5))] == [6, 7, 8, 9]


def test_a_plan_too_large_to_keep_leaves_the_others_alone():
    plans = Plans(characters=100)
    plans.keep(KEY, plan(50))

    plans.keep(key(1), plan(101))

    assert plans.find(KEY)
    assert len(plans) == 1


def test_a_plan_kept_twice_counts_once():
    plans = Plans(characters=100)
    for _ in range(10):
        plans.keep(KEY, plan(50))
    plans.keep(key(1), plan(20))

    assert plans.find(KEY)


def test_a_plan_for_one_request_only_is_not_kept():
    plans = Plans()

    plans.keep(KEY, plan(reusable=False))

    assert plans.find(KEY) is None


def test_threads_do_not_disturb_each_other():
    plans = Plans(most=20, characters=1000)

    def use(seed):
        wrong = 0
        for step in range(3000):
            number = (step * seed) % 50
            found = plans.find(key(number))
            wrong += found is not None and len(found.sql) != number
            plans.keep(key(number), plan(number))
        return wrong

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(use, range(1, 9))) == 0
    kept = [n for n in range(50) if plans.find(key(n))]
    assert len(plans) == len(kept) <= 20
    assert sum(n + 3 for n in kept) <= 1000


def test_a_plan_tells_its_row_limit_and_may_be_used_again():
    select = compile_query("SELECT ra FROM sky.objects", CATALOG, 7)

    assert (select.maxrec, select.reusable) == (7, True)
