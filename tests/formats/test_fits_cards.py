"""Header cards of FITS: what astropy reads from them is what was written."""

import string

import pytest
from astropy.io.fits import Card, Header
from hypothesis import assume, example, given
from hypothesis import strategies as st

from vo_lcc.errors import UsageError
from vo_lcc.formats.fits import FitsSpooler
from vo_lcc.formats.fits_cards import Cards, value_cards
from vo_lcc.heads import TableHead
from vo_lcc.tables import Column

pytestmark = pytest.mark.filterwarnings("error")

PLAIN = "".join(chr(code) for code in range(0x20, 0x7F))
TEXT = st.text(st.sampled_from("'& a") | st.sampled_from(PLAIN), max_size=300)
NUMBERS = st.booleans() | st.integers() | st.floats(allow_nan=False)
FINITE = NUMBERS.filter(lambda value: value - value == 0)


def read(cards: Cards) -> Header:
    header = Header.fromstring(cards.to_bytes().decode())
    for card in header.cards:
        card.verify("exception")
    return header


@given(text=TEXT)
@example("'" * 67)
@example("x" * 68)
@example("x" * 69)
@example("x" * 66 + "''")
@example("&" * 140 + "x")
def test_text_comes_back_but_for_blanks_at_its_end(text):
    assume(not text.endswith("&"))  # astropy drops that from the last of many cards
    assume("'/" not in text)  # astropy takes that for the end of the text
    cards = Cards()
    cards.add("WORDS", text, "comment")
    cards.add("NEXT", 1)

    header = read(cards)

    assert header["WORDS"] == text.rstrip()
    assert header["NEXT"] == 1


def test_a_quote_before_a_slash_does_not_end_the_text():
    cards = Cards()
    cards.add("WORDS", "a'/b", "comment")

    assert cards.to_bytes().startswith(b"WORDS   = 'a''/b   '")


@given(value=FINITE)
def test_numbers_come_back_with_all_their_digits(value):
    cards = Cards()
    cards.add("VALUE", value, "comment")

    seen = read(cards)["VALUE"]

    assert seen == value
    assert isinstance(seen, type(value))


@given(
    value=TEXT.filter(lambda text: 0 < len(text.replace("'", "''")) < 60)
    | st.integers(-(10**17), 10**17)
    | st.booleans()
    | st.floats(-1e6, 1e6).map(lambda value: round(value, 6)),
    comment=st.text(string.ascii_letters, min_size=1, max_size=8),
)
def test_a_card_that_is_not_full_is_the_one_astropy_writes(value, comment):
    assert value_cards("KEY", value, comment) == [str(Card("KEY", value, comment))]


@given(value=TEXT | FINITE, comment=st.text(PLAIN))
def test_every_card_has_80_characters(value, comment):
    assert {len(card) for card in value_cards("KEYWORD8", value, comment)} == {80}


@given(lines=st.lists(st.text(PLAIN, max_size=200), max_size=4))
def test_lines_are_cut_to_cards_and_nothing_of_them_is_lost(lines):
    cards = Cards()
    cards.lines("HISTORY", "\n".join([*lines, "end"]))

    header = read(cards)

    pieces = [line[i : i + 72] for line in lines for i in range(0, len(line) or 1, 72)]
    expected = [*(piece.rstrip() for piece in pieces), "end"]
    assert [str(line).rstrip() for line in header["HISTORY"]] == expected


def test_a_header_of_whole_blocks_has_no_block_too_many():
    for count, blocks in ((0, 1), (35, 1), (36, 2)):
        cards = Cards()
        for number in range(count):
            cards.add(f"KEY{number}", number)
        assert len(cards.to_bytes()) == 2880 * blocks


def test_a_keyword_too_long_is_an_error():
    with pytest.raises(ValueError, match="TTYPE1000 is too long"):
        value_cards("TTYPE1000", "x")


def test_a_table_of_too_many_columns_is_the_users_error():
    columns = tuple(Column(f"c{i}", "int") for i in range(1000))

    with FitsSpooler() as spooler, pytest.raises(UsageError, match="at most 999"):
        spooler.table(TableHead(columns))
