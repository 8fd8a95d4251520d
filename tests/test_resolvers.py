"""Names looked up elsewhere. Simbad's client is real, its answers are written here."""

import pytest
from astropy.table import Table

from vo_lcc.errors import TransientError
from vo_lcc.resolvers import CLIENTS, find, make_resolver


class Answers:
    """A client that has these answers, and counts how often it is asked."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = 0

    def query_object(self, name):
        self.asked += 1
        return self.answers


def test_a_known_name_has_a_position():
    answer = Table({"ra": [10.684708], "dec": [41.26875]})

    assert find(Answers(answer), "M31") == (10.684708, 41.26875)


@pytest.mark.parametrize(
    "answer",
    [None, Table({"ra": [], "dec": []}), Table({"ra": [float("nan")], "dec": [0.0]})],
)
def test_an_unknown_name_has_none(answer):
    assert find(Answers(answer), "nothing of the kind") is None


@pytest.mark.parametrize("name", ["", "  ", "a" * 201, "M31\n; DROP", "\0"])
def test_what_is_no_name_is_not_asked_for(name):
    client = Answers(Table({"ra": [1.0], "dec": [2.0]}))

    assert find(client, name) is None
    assert client.asked == 0


@pytest.mark.parametrize("name", CLIENTS)
def test_a_resolver_that_does_not_answer_is_a_fault_that_passes(name):
    resolver = make_resolver(name, timeout=1)

    assert resolver("") is None
    with pytest.raises(TransientError, match="could not be looked up"):
        resolver("M31")  # no network in tests
