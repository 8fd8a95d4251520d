"""Which elements of a VOTable are inside which, and which of its tables is meant."""

import re
from collections.abc import Mapping
from typing import Protocol

from vo_lcc.errors import UsageError
from vo_lcc.parsers.checks import shown
from vo_lcc.parsers.gzipped import Source
from vo_lcc.parsers.votable.xml import DEPTH, XMLFeed

PIECE = 2**20
"""Bytes of a document that are parsed at once."""

INSIDE: Mapping[str, frozenset[str]] = {
    parent: frozenset(children.split())
    for parent, children in {
        "": "VOTABLE",
        "VOTABLE": "RESOURCE COOSYS TIMESYS INFO DEFINITIONS",
        "DEFINITIONS": "COOSYS TIMESYS",
        "RESOURCE": "RESOURCE TABLE COOSYS TIMESYS INFO",
        "TABLE": "FIELD DATA INFO",
        "FIELD": "DESCRIPTION VALUES",
        "DATA": "TABLEDATA BINARY BINARY2 FITS INFO",
        "BINARY": "STREAM",
        "BINARY2": "STREAM",
        "FITS": "STREAM",
    }.items()
}
"""The elements that are looked at; all others are passed over with what they hold."""


class Visitor(Protocol):
    """What is told of the elements that are looked at, by names without prefix."""

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element starts."""
        ...

    def text(self, text: str) -> None:
        """A piece of text, anywhere."""
        ...

    def closed(self, name: str) -> None:
        """An element ends."""
        ...


class Outline:
    """Tells a visitor of the elements of VOTable, whatever their namespace."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._path = [""]
        self._passed = 0  # elements that are open and passed over
        self.text = visitor.text

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element starts; raises UsageError where it is too deep, or no VOTable."""
        local = name.rpartition(":")[2]
        if len(self._path) + self._passed > DEPTH:
            raise UsageError(f"more than {DEPTH} elements inside each other")
        if not self._passed and local in INSIDE.get(self._path[-1], ()):
            self._path.append(local)
            self._visitor.opened(local, attributes)
        elif len(self._path) == 1:
            raise UsageError(
                f"this is no VOTable but XML whose element is {shown(name)}"
            )
        else:
            self._passed += 1

    def end(self, name: str) -> None:
        """An element ends."""
        if self._passed:
            self._passed -= 1
        else:
            self._visitor.closed(self._path.pop())


class FoundError(Exception):
    """The table that is meant has been found; nothing else need be looked at."""


META, OTHER, RESULTS = range(3)
RANKS = {"meta": META, "results": RESULTS}


TYPE_RESULTS = re.compile(rb"""type\s{0,9}=\s{0,9}["']\s{0,9}results""")
OVERLAP = 40
"""Bytes of that, at most."""


class Survey:
    """Looks for the best table: that of results, with data, first in the document."""

    def __init__(self, best: int) -> None:
        self._best = best
        self._ranks = [OTHER]
        self._tables = 0
        self._found: list[tuple[int, bool, int]] = []  # rank, has data, -number

    @property
    def table(self) -> int:
        """The number (from 1) of the table that is meant, 0 where there is none."""
        return -max(self._found, default=(0, False, 0))[2]

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """Note tables and where they are."""
        if name == "RESOURCE":
            kind = attributes.get("type", "").strip()
            self._ranks.append(RANKS.get(kind, self._ranks[-1]))
        elif name == "TABLE":
            self._tables += 1
            self._note(data=False)
        elif name == "DATA":
            self._note(data=True)
            if self._ranks[-1] >= self._best:
                raise FoundError

    def _note(self, data: bool) -> None:
        found = (self._ranks[-1], data, -self._tables)
        self._found = [max([*self._found, found])]

    def text(self, text: str) -> None:
        """Nothing."""

    def closed(self, name: str) -> None:
        """Note where a RESOURCE ends."""
        if name == "RESOURCE":
            self._ranks.pop()


def find_table(file: Source) -> int:
    """The number (from 1) of the table that is meant, 0 where there is none.

    It is the first one with DATA in a RESOURCE of type "results", else the first one
    there, else the same elsewhere; RESOURCEs of type "meta" come last.
    """
    survey = Survey(RESULTS if _may_have_results(file) else OTHER)
    feed = XMLFeed(Outline(survey))
    file.seek(0)
    try:
        while piece := file.read(PIECE):
            feed.feed(piece)
        feed.close()
    except FoundError:
        pass
    return survey.table


def _may_have_results(file: Source) -> bool:
    """Whether such a RESOURCE is likely, or could not be seen as text is encoded."""
    file.seek(0)
    before = b""
    while piece := file.read(PIECE):
        if not before and b"\0" in piece[:4]:
            return True
        before = before[-OVERLAP:] + piece
        if b"results" in before and TYPE_RESULTS.search(before):
            return True
    return False
