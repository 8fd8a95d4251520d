"""Headers of FITS files: their cards, and where the first table stands.

FITS 4.0: sections 3 (the file), 4 (cards), 7.3.1 (headers of binary tables).
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from vo_lcc.errors import UsageError
from vo_lcc.parsers.checks import shown

BLOCK = 2880
CARD = 80
MOST_HEADER = 4 * 2**20
"""Bytes of one header: 50,000 cards."""
MOST_HDUS = 1000

Value = str | int | float | bool
Cards = Mapping[str, Value]

KEYWORD = re.compile(r"([A-Z0-9_-]{1,8}) *\Z")
TEXT = re.compile(r" *'((?:[^']|'')*)'")
NUMBER = re.compile(r" *([+-]?(?:\d+\.?\d*|\.\d+)(?:[ED][+-]?\d+)?) *(?:/|\Z)")
TRUTH = re.compile(r" *([TF]) *(?:/|\Z)")

TABLE = ("BINTABLE", "A3DTABLE")


@dataclass(frozen=True, slots=True)
class TableHeader:
    """The header of a binary table, where its data start, and the bytes they take."""

    cards: Cards
    start: int
    size: int

    def text(self, keyword: str) -> str | None:
        """The text of a card, None where there is none or it is blank."""
        value = self.cards.get(keyword)
        return value if isinstance(value, str) and value else None

    def number(self, keyword: str, default: float = 0) -> int | float:
        """The number of a card; raises UsageError where it is something else."""
        value = self.cards.get(keyword, default)
        if isinstance(value, (bool, str)):
            raise UsageError(f"the FITS card {keyword} is {value!r}, not a number")
        return value

    def integer(self, keyword: str) -> int | None:
        """The whole number of a card, None where there is none; raises UsageError."""
        value = self.cards.get(keyword)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise UsageError(f"the FITS card {keyword} is {value!r}, not a whole number")

    def count(self, keyword: str, default: int | None = None) -> int:
        """The number of a card that counts things; raises UsageError."""
        if default is None and keyword not in self.cards:
            raise UsageError(f"the header of the FITS table has no card {keyword}")
        return _count(self.cards, keyword, default or 0)


def find_table(file: BinaryIO) -> TableHeader:
    """The first binary table of a file.

    Raises UsageError where there is none, and where a header is wrong.
    """
    place, size = 0, file.seek(0, 2)
    passed: list[str] = []
    while place < size and len(passed) < MOST_HDUS:
        cards, start = read_cards(file, place)
        length = data_size(cards)
        kind = str(cards.get("XTENSION", "")).strip()
        if kind in TABLE and "ZIMAGE" not in cards:
            if "ZTABLE" in cards:
                raise UsageError("the FITS table is compressed (ZTABLE); unpack it")
            if start + length > size:
                raise UsageError(
                    f"the FITS file is cut short: its table takes {length} bytes"
                    f" (NAXIS1 x NAXIS2 + PCOUNT), and {max(size - start, 0)} follow"
                )
            return TableHeader(cards, start, length)
        passed.append(kind or "primary")
        place = start + -(-length // BLOCK) * BLOCK
    if "TABLE" in passed:
        raise UsageError(
            "the FITS file holds a table as text (TABLE); save it as binary (BINTABLE)"
        )
    raise UsageError("the FITS file holds no binary table (BINTABLE)")


def read_cards(file: BinaryIO, place: int) -> tuple[dict[str, Value], int]:
    """The cards of the header at `place`, the first of each keyword, and its end."""
    cards: dict[str, Value] = {}
    last = ""
    for keyword, words in _cards(file, place):
        if keyword == "CONTINUE" and isinstance(said := cards.get(last), str):
            found = TEXT.match(words)
            if found and said.endswith("&"):
                cards[last] = said[:-1] + _text(found)
        elif words.startswith("=") and keyword not in cards:
            value = _value(words[1:])
            if value is not None:
                cards[keyword] = value
                last = keyword
    return cards, file.tell()


def _cards(file: BinaryIO, place: int) -> Iterator[tuple[str, str]]:
    """Keyword and the rest of each card before END."""
    file.seek(place)
    for _ in range(MOST_HEADER // BLOCK):
        block = file.read(BLOCK)
        if len(block) < BLOCK:
            raise UsageError("the FITS file is cut short: a header has no card END")
        text = block.decode("latin-1")
        for start in range(0, BLOCK, CARD):
            keyword = KEYWORD.match(text[start : start + 8])
            if keyword is None:
                continue
            if keyword[1] == "END":
                return
            yield keyword[1], text[start + 8 : start + CARD]
    raise UsageError(f"a header of the FITS file is longer than {MOST_HEADER} bytes")


def _value(words: str) -> Value | None:
    """The value of a card, None where there is none.

    >>> _value(" 'it''s '  / text"), _value(" T"), _value(" 1.5D3 /"), _value(" 7")
    ("it's", True, 1500.0, 7)
    """
    if found := TEXT.match(words):
        return _text(found)
    if found := TRUTH.match(words):
        return found[1] == "T"
    if found := NUMBER.match(words):
        text = found[1].replace("D", "E")
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    return None


def _text(found: re.Match[str]) -> str:
    return found[1].replace("''", "'").rstrip(" ")


def data_size(cards: Cards) -> int:
    """The bytes of data behind a header, without padding (FITS 4.0, 4.4.1.1)."""
    axes = [_count(cards, f"NAXIS{i + 1}", 0) for i in range(_axes(cards))]
    if not axes:
        return 0
    if axes[0] == 0 and cards.get("GROUPS") is True:
        axes = axes[1:]
    bits = cards.get("BITPIX", 8)
    if bits not in (8, 16, 32, 64, -32, -64):
        raise UsageError(f"the FITS card BITPIX is {bits!r}")
    parts = math.prod(axes) + _count(cards, "PCOUNT", 0)
    return abs(int(bits)) // 8 * _count(cards, "GCOUNT", 1) * parts


def _axes(cards: Cards) -> int:
    axes = _count(cards, "NAXIS", 0)
    if axes > 999:
        raise UsageError(f"the FITS card NAXIS is {axes}, and 999 are the most")
    return axes


def _count(cards: Cards, keyword: str, default: int) -> int:
    value = cards.get(keyword, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UsageError(
            f"the FITS card {keyword} is {shown(str(value))}, not a number from 0"
        )
    return value
