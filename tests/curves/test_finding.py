"""What there cannot be is known before anything is asked of the database."""

import pytest

from tests.curves.steps import making
from vo_lcc.adql.nodes import Comparison, KeyIn, column
from vo_lcc.curves.finding import Finder
from vo_lcc.curves.selection import one_of
from vo_lcc.lightcurves.identifiers import CurveId
from vo_lcc.tables import Catalog


def never(plan, tables=()):
    raise AssertionError(plan.sql)


@pytest.fixture
def finder():
    return Finder(never, Catalog(), {"made": making.collection()}, 3)


@pytest.mark.parametrize(
    ("curve", "says"),
    [
        (CurveId("other", "a"), "no collection 'other' among made"),
        (CurveId("made", "a", "K"), "no passband 'K' in collection made; it has g, r"),
    ],
)
async def test_what_cannot_be_is_a_fault_that_asks_nothing(finder, curve, says):
    found = await finder.by_ids([curve])

    assert found.wanted == ()
    assert [str(fault.error) for fault in found.faults] == [says]


def test_one_name_is_compared_and_many_are_looked_up_at_once():
    name = column("object_id")

    assert isinstance(one_of(name, ("a",)), Comparison)
    assert one_of(name, ("a", "b")) == KeyIn(name, ("a", "b"))
