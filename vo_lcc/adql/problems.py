"""Problems found in a query: collected with offsets, reported with lines."""

from bisect import bisect_right
from collections.abc import Iterable
from difflib import get_close_matches

from vo_lcc.errors import QueryError

MOST_SHOWN = 20


class Problems:
    """What is wrong with one query; several can be found before it is refused."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._found: list[tuple[str, int]] = []

    def add(self, message: str, at: int) -> None:
        """Note a problem at an offset of the text; so many are enough."""
        if (message, at) not in self._found:
            self._found.append((message, at))
        if len(self._found) == MOST_SHOWN:
            raise self.error()

    def raise_any(self) -> None:
        """Raise QueryError if anything was noted."""
        if self._found:
            raise self.error()

    def error(self) -> QueryError:
        """All that was noted, in the order of the text."""
        starts = [0] + [i + 1 for i, c in enumerate(self.text) if c == "\n"]
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
    """A hint at the closest known name, or nothing.

    >>> did_you_mean("g_medain", ["g_median", "ra"])
    '; did you mean `g_median`?'
    """
    folded = {k.lower(): k for k in known}
    close = get_close_matches(word.lower(), folded, n=1, cutoff=0.6)
    return f"; did you mean `{folded[close[0]]}`?" if close else ""
