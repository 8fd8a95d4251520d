"""Header cards of FITS (FITS 4.0, 4.1 and 4.2): 80 characters each.

Values stand where the fixed format wants them, so far as they fit; numbers keep all
their digits, and text too long for a card goes on in CONTINUE cards (4.2.1.2).
"""

import re
from collections.abc import Iterator

BLOCK = 2880
CARD = 80
TEXT_ROOM = 68  # characters between the quotes of one card
LINE_ROOM = 72  # characters of a COMMENT or HISTORY
NUMBER_WIDTH = 20  # numbers end, and short texts are padded, here

PIECE = re.compile(rf".{{1,{LINE_ROOM}}}(?= |\Z)|.{{{LINE_ROOM}}}")
"""What stands in one card: up to a blank, or as much as there is room for."""

CardValue = bool | int | float | str


class Cards:
    """The cards of one header, in order; all text in them is printable ASCII.

    >>> cards = Cards()
    >>> cards.add("NAXIS", 2)
    >>> cards.add("TUNIT1", "d", "days")
    >>> cards.lines("COMMENT", "one\\ntwo")
    >>> for card in cards:
    ...     print(card.rstrip())
    NAXIS   =                    2
    TUNIT1  = 'd       '           / days
    COMMENT one
    COMMENT two
    >>> "TUNIT1" in cards, cards.get("NAXIS"), len(cards.to_bytes())
    (True, 2, 2880)
    """

    def __init__(self) -> None:
        self._cards: list[str] = []
        self._values: dict[str, CardValue] = {}

    def add(self, keyword: str, value: CardValue, comment: str = "") -> None:
        """One keyword; the comment is cut where the card ends."""
        self._values[keyword] = value
        self._cards += value_cards(keyword, value, comment)

    def lines(self, keyword: str, words: str) -> None:
        """Words as COMMENT or HISTORY, a card or more for each line.

        A long line is broken before a blank where there is one, so that the cards
        put together are the line again.
        """
        for line in words.splitlines():
            for piece in PIECE.findall(line) or [""]:
                self._cards.append(f"{keyword:8}{piece:{LINE_ROOM}}")

    def get(self, keyword: str) -> CardValue | None:
        """The value of a keyword, None where there is none."""
        return self._values.get(keyword)

    def __contains__(self, keyword: str) -> bool:
        return keyword in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._cards)

    def to_bytes(self) -> bytes:
        """The header with its END, padded to whole blocks."""
        text = "".join([*self._cards, f"{'END':{CARD}}"])
        return text.ljust(-(-len(text) // BLOCK) * BLOCK).encode("ascii")


def value_cards(keyword: str, value: CardValue, comment: str = "") -> list[str]:
    """A card, and CONTINUE cards where the text is long (then without comment).

    Raises ValueError when the keyword is longer than eight characters.

    >>> value_cards("TZERO1", -2400000.5)[0].rstrip()
    'TZERO1  =           -2400000.5'
    >>> value_cards("EXTEND", True, "x" * 90)[0][25:]
    '    T / xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'
    """
    if len(keyword) > 8:
        raise ValueError(f"{keyword} is too long for a keyword of FITS")
    if not isinstance(value, str):
        return [_card(f"{keyword:8}= {number(value):>{NUMBER_WIDTH}}", comment)]
    first, *rest = text_pieces(value)
    if not rest:
        return [_card(f"{keyword:8}= {first:{NUMBER_WIDTH}}", comment)]
    return [_card(f"{keyword:8}= {first}"), *(_card(f"CONTINUE  {r}") for r in rest)]


def _card(start: str, comment: str = "") -> str:
    note = f" / {comment}" if comment else ""
    return f"{start}{note}"[:CARD].ljust(CARD)


def number(value: bool | int | float) -> str:
    """A logical value or a number, with all its digits.

    >>> number(True), number(7), number(1e22), number(0.1)
    ('T', '7', '1E+22', '0.1')
    """
    if isinstance(value, bool):
        return "T" if value else "F"
    return repr(value).upper()


def text_pieces(value: str) -> list[str]:
    """Text in quotes, cut to the room of a card; all pieces but the last end in `&`.

    >>> text_pieces("it's")
    ["'it''s   '"]
    >>> [piece[-4:] for piece in text_pieces("x" * 69)]
    ["xx&'", "'xx'"]
    """
    rest = value.replace("'", "''")
    if len(rest) <= TEXT_ROOM:
        return [f"'{rest:8}'" if rest else "''"]
    pieces = []
    while len(rest) > TEXT_ROOM:
        room = TEXT_ROOM - 1
        room -= rest[:room].count("'") % 2  # a doubled quote stays whole
        pieces.append(f"'{rest[:room]}&'")
        rest = rest[room:]
    return [*pieces, f"'{rest}'"]
