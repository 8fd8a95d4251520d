"""The parts (HDUs) of a FITS file, with headers of which only what is asked is read.

FITS 4.0: sections 3 (the file) and 4 (cards), with long texts (CONTINUE) and long
keywords (HIERARCH). Thousands of small files are read in a second: a header is cut
into cards at once, and a card has a value when someone wants it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from vo_lcc.errors import UsageError
from vo_lcc.parsers.fits.header import (
    BLOCK,
    CARD,
    MOST_HDUS,
    MOST_HEADER,
    NUMBER,
    TABLE,
    TEXT,
    TRUTH,
    Value,
    data_size,
)

END = "END     "
PRIMARY = "PRIMARY."
"""Before a keyword: that of the primary header, though the table has it too."""

HIERARCH = re.compile(r"HIERARCH +([^=]*?) *=(.*)")
COLUMN = re.compile(r"T[A-Z]+\d+ *\Z")


class Cards(Mapping[str, Value]):
    """The keywords of a header that have a value; the first of each name counts.

    >>> cards = Cards("OBJECT  = 'it''s'".ljust(80) + "NAXIS   =  2 / axes".ljust(80))
    >>> cards["OBJECT"], cards["NAXIS"], "EQUINOX" in cards
    ("it's", 2, False)
    """

    def __init__(self, text: str) -> None:
        self._text = text
        starts = range(len(text) - CARD, -1, -CARD)
        self._places = {text[at : at + 8]: at for at in starts}

    def __getitem__(self, keyword: str) -> Value:
        at = self._places.get(f"{keyword:8}")
        if at is None or self._text[at + 8] != "=":
            return self._long[keyword]
        value = self._value(self._text[at + 9 : at + CARD], at + CARD)
        if value is None:
            raise KeyError(keyword)
        return value

    def __contains__(self, keyword: object) -> bool:
        return isinstance(keyword, str) and self.get(keyword) is not None

    def __iter__(self) -> Iterator[str]:
        names = [key.rstrip() for key in reversed(self._places)]
        return (name for name in (*names, *self._long) if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def columns(self) -> tuple[str, ...]:
        """The cards that may tell of columns, as they are written."""
        return tuple(
            self._text[at : at + CARD]
            for key, at in self._places.items()
            if key[0] == "T" and COLUMN.match(key)
        )

    @cached_property
    def _long(self) -> dict[str, Value]:
        """The keywords of more than eight characters."""
        if "HIERARCH" not in self._places:
            return {}
        found: dict[str, Value] = {}
        for at in range(0, len(self._text), CARD):
            card = HIERARCH.match(self._text[at : at + CARD])
            value = self._value(card[2], at + CARD) if card else None
            if card and value is not None:
                found.setdefault(card[1], value)
        return found

    def _value(self, words: str, after: int) -> Value | None:
        """The value of a card; a long text goes on in the cards after it."""
        if found := TEXT.match(words):
            text = _unquoted(found)
            while text.endswith("&") and self._text.startswith("CONTINUE", after):
                more = TEXT.match(self._text[after + 8 : after + CARD])
                text = text[:-1] + (_unquoted(more) if more else "")
                after += CARD
            return text
        if found := TRUTH.match(words):
            return found[1] == "T"
        if found := NUMBER.match(words):
            number = found[1].replace("D", "E")
            return int(number) if number.lstrip("+-").isdigit() else float(number)
        return None


class Keywords(Mapping[str, Value]):
    """What the header of a table says, and that of the file; the table comes first.

    >>> file, table = (Cards(f"RA_OBJ  = {ra}".ljust(80)) for ra in (10, 11))
    >>> keywords = Keywords(file, table)
    >>> keywords["RA_OBJ"], keywords["PRIMARY.RA_OBJ"]
    (11, 10)
    """

    def __init__(self, primary: Mapping[str, Value], table: Mapping[str, Value]):
        self._primary = primary
        self._table = table

    def __getitem__(self, keyword: str) -> Value:
        if keyword.startswith(PRIMARY):
            return self._primary[keyword.removeprefix(PRIMARY)]
        value = self._table.get(keyword)
        return self._primary[keyword] if value is None else value

    def __iter__(self) -> Iterator[str]:
        yield from self._table
        for keyword in self._primary:
            yield PRIMARY + keyword if keyword in self._table else keyword

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True, slots=True)
class HDU:
    """A part of the file: its header, where its data start, and the bytes they take."""

    cards: Cards
    start: int
    size: int

    @property
    def name(self) -> str:
        """The name of the extension, "" without one."""
        name = self.cards.get("EXTNAME", "")
        return name if isinstance(name, str) else str(name)

    @property
    def kind(self) -> str:
        """IMAGE, TABLE, BINTABLE ..., "" for the primary one."""
        return str(self.cards.get("XTENSION", "")).strip()

    @property
    def is_table(self) -> bool:
        """True for binary tables that are no compressed images."""
        return self.kind in TABLE and "ZIMAGE" not in self.cards


def read_hdus(file: BinaryIO) -> list[HDU]:
    """All parts of a file, which is whole: all their data are there.

    Only the padding behind the last of them may be missing, or be more than needed.
    Raises UsageError.
    """
    place, size = 0, file.seek(0, 2)
    found: list[HDU] = []
    while place < size:
        if found and _is_padding(file, place):
            break
        if len(found) == MOST_HDUS:
            raise UsageError(f"the FITS file has more than {MOST_HDUS} HDUs")
        cards, start = _read_cards(file, place, len(found) + 1)
        length = data_size(cards)
        if start + length > size:
            raise UsageError(
                f"the FITS file is cut short: the data of HDU {len(found) + 1} take"
                f" {length} bytes, and {max(size - start, 0)} follow"
            )
        found.append(HDU(cards, start, length))
        place = start + -(-length // BLOCK) * BLOCK
    if not found:
        raise UsageError("the file is empty")
    return found


def oddities(hdus: Sequence[HDU], size: int) -> tuple[str, ...]:
    """What is odd about a file of so many bytes, though all its tables are there."""
    notes = []
    announced = hdus[0].cards.get("NEXTEND")
    if announced not in (None, len(hdus) - 1):
        notes.append(
            f"the header announces {announced} extensions (NEXTEND), and"
            f" {len(hdus) - 1} are there; the file may be cut short"
        )
    if size % BLOCK:
        notes.append(f"the file is no multiple of {BLOCK} bytes long")
    return tuple(notes)


def _read_cards(file: BinaryIO, place: int, number: int) -> tuple[Cards, int]:
    """The header at `place`, and where it ends."""
    first = "SIMPLE  =" if number == 1 else "XTENSION="
    file.seek(place)
    text = ""
    for _ in range(MOST_HEADER // BLOCK):
        block = file.read(BLOCK).decode("latin-1")
        if not text and block[: len(first)] != first[: len(block)]:
            raise UsageError(
                f"the FITS file is damaged: at byte {place} the header of HDU {number}"
                f" should start with {first[:8].strip()}"
            )
        if len(block) < BLOCK:
            raise UsageError(
                f"the FITS file is cut short: the header of HDU {number} has no END"
            )
        at = block.find(END)
        while at > 0 and at % CARD:
            at = block.find(END, at + 1)
        if at >= 0:
            return Cards(text + block[:at]), file.tell()
        text += block
    raise UsageError(f"a header of the FITS file is longer than {MOST_HEADER} bytes")


def _is_padding(file: BinaryIO, place: int) -> bool:
    """Is there nothing but zeros or blanks in the next block?"""
    file.seek(place)
    return not file.read(BLOCK).strip(b"\0 ")


def _unquoted(found: re.Match[str]) -> str:
    return found[1].replace("''", "'").rstrip(" ")
