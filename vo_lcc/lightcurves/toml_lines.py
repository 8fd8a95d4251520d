"""On which line of a TOML text a key stands.

`tomllib` keeps no line numbers, and a message that names no line sends people
searching. The text is known to be valid TOML, so a small scanner is enough.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

Path = tuple[str | int, ...]

WORD = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\''  # multi-line strings
    r'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''
    r"|\#[^\n]*|\n|\[\[|\]\]|[\[\]{}=,.]|[^\s\[\]{}=,.#\"']+",
    re.DOTALL,
)

ENDS = re.compile(r"[\n,}\]#]|\Z")  # what follows a value


def key_lines(text: str) -> dict[Path, int]:
    r"""The line (from 1) of every table and key of a valid TOML text, by its path.

    The values of arrays, and tables in double brackets, have places, from 0.

    >>> lines = key_lines('name = "x"\n[passbands]\nu = {zero_point = 1}\n')
    >>> lines["passbands", "u", "zero_point"], lines["name",]
    (3, 1)
    """
    return dict(_Scanner(text).entries())


def find_line(lines: Mapping[Path, int], path: Path) -> int:
    """The line of a path, or of the nearest thing around it that was written.

    >>> find_line({("time",): 4}, ("time", "timescale"))
    4
    """
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scanner:
    """Walks over the words once; keeps the line it is on."""

    def __init__(self, text: str) -> None:
        self._words = [m[0] for m in WORD.finditer(text)]
        self._at = 0
        self._line = 1
        self._tables: Counter[Path] = Counter()

    def entries(self) -> Iterator[tuple[Path, int]]:
        table: Path = ()
        while self._at < len(self._words):
            word = self._words[self._at]
            if word in ("[", "[["):
                self._take()
                table = self._key()
                if word == "[[":
                    table = (*table, self._count(table))
                yield table, self._line
                self._take()
            elif word == "\n" or word.startswith("#"):
                self._take()
            else:
                yield from self._assignment(table)

    def _assignment(self, table: Path) -> Iterator[tuple[Path, int]]:
        path = (*table, *self._key())
        yield path, self._line
        self._take()  # the equals sign
        yield from self._value(path)

    def _value(self, path: Path) -> Iterator[tuple[Path, int]]:
        word = self._take()
        if word == "{":
            yield from self._inside("}", path)
        elif word in ("[", "[["):
            if word == "[[":  # opens two arrays, as in [[1], [2]]
                yield from self._inside("]", (*path, 0))
            yield from self._inside("]", path, len(word) - 1)
        else:
            while not ENDS.match(self._peek()):  # 1.5 comes in three words
                self._take()

    def _inside(
        self, end: str, path: Path, place: int = 0
    ) -> Iterator[tuple[Path, int]]:
        """Up to the end of an array, in which values have places, or of a table."""
        while (word := self._peek()) != end:
            if word == "]]":  # the ends of two arrays
                self._words[self._at : self._at + 1] = ["]", "]"]
            elif word in (",", "\n") or word.startswith("#"):
                self._take()
            elif end == "}":
                yield from self._assignment(path)
            else:
                yield (*path, place), self._line
                yield from self._value((*path, place))
                place += 1
        self._take()

    def _count(self, table: Path) -> int:
        """How many tables [[table]] came before this one."""
        self._tables[table] += 1
        return self._tables[table] - 1

    def _key(self) -> Path:
        parts = [_bare(self._take())]
        while self._peek() == ".":
            self._take()
            parts.append(_bare(self._take()))
        return tuple(parts)

    def _peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _take(self) -> str:
        word = self._words[self._at]
        self._at += 1
        self._line += word.count("\n")
        return word


def _bare(key: str) -> str:
    return key[1:-1] if key[0] in "\"'" else key
