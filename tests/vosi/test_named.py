"""Which table or schema a name in /tables/{name} means."""

import pytest

from vo_lcc.errors import NotFoundError
from vo_lcc.tables import Catalog, Schema, Table
from vo_lcc.vosi.handlers import find_named

UPPER, LOWER = Table("s", "T x", ()), Table("s", "t X", ())
RESERVED, DOTTED = Table("s", "size", ()), Table("s", "a.b/c", ())
CATALOG = Catalog((Schema("s", (UPPER, LOWER, RESERVED, DOTTED)), Schema("2mass", ())))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ('s."T x"', UPPER),
        ('s."t X"', LOWER),
        ('S."size"', RESERVED),
        ('s."a.b/c"', DOTTED),
        ("s", CATALOG.schemas[0]),
        ("S", CATALOG.schemas[0]),
        ('"2mass"', CATALOG.schemas[1]),
    ],
)
def test_a_name_is_that_of_the_list_of_tables(name, found):
    assert find_named(CATALOG, name) is found


@pytest.mark.parametrize("name", ["t", "s.size", "s.t x", "2mass", "s.", ""])
def test_another_name_is_not_found(name):
    with pytest.raises(NotFoundError, match="no table"):
        find_named(CATALOG, name)
