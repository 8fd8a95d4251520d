"""Problems found in a query: collected with offsets, reported with lines."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from difflib import SequenceMatcher

from vo_lcc.errors import QueryError

MOST_SHOWN = 20
LONGEST = 500  # of a message
LINE_END = re.compile(r"\r\n?|\n")
NAME = 200  # characters of a name that may be meant
CLOSE = 0.6  # of names that are worth a hint


class Problems:
    """What is wrong with one query; several can be found before it is refused."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._found: list[tuple[str, int]] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, message: str, at: int) -> None:
        """Note a problem at an offset of the text; so many, and so long, are enough."""
        if len(message) > LONGEST:
            message = message[:LONGEST] + " ..."
        if (message, at) not in self._found:
            self._found.append((message, at))
        if len(self._found) == MOST_SHOWN:
            raise self.error()

    def noted_at(self, at: int) -> bool:
        """True when something was noted at this offset."""
        return any(at == place for _, place in self._found)

    def raise_any(self) -> None:
        """Raise QueryError if anything was noted."""
        if self._found:
            raise self.error()

    def error(self) -> QueryError:
        """All that was noted, in the order of the text."""
        text = self.text.removeprefix("\ufeff")  # offsets are counted without it
        starts = [0] + [end.end() for end in LINE_END.finditer(text)]
        found = sorted(self._found, key=lambda p: p[1])
        return QueryError([(m, *line_and_column(starts, at)) for m, at in found])


def line_and_column(starts: list[int], at: int) -> tuple[int, int]:
    """Both counted from 1; `starts` are the offsets at which lines begin.

    >>> line_and_column([0, 10], 12)
    (2, 3)
    """
    line = bisect_right(starts, at)
    return line, at - starts[line - 1] + 1


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint at the closest known name, the first of equals, or nothing.

    >>> did_you_mean("g_medain", ["g_median", "ra"])
    '; did you mean `g_median`?'
    >>> did_you_mean("photo", ["demo.objects", "demo.photometry"])
    '; did you mean `demo.photometry`?'
    """
    names = list(dict.fromkeys(known)) if len(word) <= NAME else []
    close = [closeness(word.lower(), name.lower()) for name in names]
    best = max(close, default=0)
    return f"; did you mean `{names[close.index(best)]}`?" if best >= CLOSE else ""


def closeness(word: str, name: str) -> float:
    """How well a word fits a name, from 0 to 1: as a whole, a part, a beginning.

    >>> closeness("objectid", "object_id"), closeness("median", "g_median")
    (1.0, 0.9)
    """
    last = name.rpartition(".")[2]
    if word.replace("_", "") == last.replace("_", ""):
        return 1.0
    if len(word) > 2 and word in last.split("_"):
        return 0.9
    if len(word) > 2 and last.startswith(word):
        return 0.8
    return SequenceMatcher(None, word, name, autojunk=False).ratio()
