"""What is not ADQL in the text of a query: a note, and words for what was meant.

What has no clear meaning becomes a word of the kind ODD, which fits nowhere: the
parser goes around it as well as it can, and says no more of it.
"""

import re
from collections.abc import Callable
from typing import TypeAlias

from vo_lcc.adql.problems import Problems
from vo_lcc.adql.syntax.words import WORDS, Word
from vo_lcc.tables import REGULAR_IDENTIFIER

# From what was found and the words before it: the words that were meant, as (kind,
# text), each at the place of the slip.
Read: TypeAlias = Callable[[re.Match[str], list[Word]], list[tuple[str, str]]]

ODD = "ODD"
BLANKS = re.compile(r"(?:\s+|--[^\n\r]*)*")
COMPARED = ("COMPARE", "_LIKE", "_ILIKE")
NO_PATTERNS = "ADQL has no regular expressions; write LIKE with % and _"
NO_PARAMETERS = "ADQL has no parameters here; write the value"
NOT_A_NAME = (
    "a name is made of the letters A to Z, digits and _, and starts with a letter;"
    ' another one stands in double quotes: "{0}"'
)


def read_slip(text: str, at: int, words: list[Word], problems: Problems) -> int:
    """Note what stands at `at`, add the words that were meant; where to go on."""
    if text[at] == ";":
        end = BLANKS.match(text, at + 1).end()  # type: ignore[union-attr]
        if end < len(text):
            problems.add(
                "only one query at a time: remove what stands after the ;", end
            )
        return len(text)
    for pattern, hint, read in SLIPS:
        found = pattern.match(text, at)
        if found is not None:
            problems.add(hint.format(found[0][:40]), at)
            words += [Word(kind, word, at) for kind, word in read(found, words)]
            return found.end()
    if not (words and words[-1].kind == ODD and words[-1].at == at - 1):
        problems.add(f"unexpected character {text[at]!r}", at)
    words.append(Word(ODD, text[at], at))
    return at + 1


def nothing(found: re.Match[str], words: list[Word]) -> list[tuple[str, str]]:
    """Left out."""
    return []


def odd(found: re.Match[str], words: list[Word]) -> list[tuple[str, str]]:
    """Not to be understood."""
    return [(ODD, found[0])]


def meaning(kind: str, text: str) -> Read:
    """Always the same word."""
    return lambda found, words: [(kind, text)]


def quoted_text(found: re.Match[str], words: list[Word]) -> list[tuple[str, str]]:
    """Text between other quotes."""
    return [("STRING", "'" + found[1].replace("'", "''") + "'")]


def quoted_name(found: re.Match[str], words: list[Word]) -> list[tuple[str, str]]:
    """A name between other quotes; beside a comparison it may well be text."""
    if words and words[-1].kind in COMPARED:
        return [("NULL", "NULL")]
    return [("DELIMITED", '"' + found[1].replace('"', '""') + '"')]


def back_quoted(found: re.Match[str], words: list[Word]) -> list[tuple[str, str]]:
    """A name as MySQL quotes it, which matches in any case."""
    regular = REGULAR_IDENTIFIER.match(found[1]) is not None
    return [("NAME", found[1])] if regular else quoted_name(found, [])


def odd_name(found: re.Match[str], words: list[Word]) -> list[tuple[str, str]]:
    """A name that needs quotes."""
    return [("DELIMITED", f'"{found[0]}"')]


def odd_number(found: re.Match[str], words: list[Word]) -> list[tuple[str, str]]:
    """A number and a keyword without a blank between them, or no number at all."""
    kind = WORDS.get(found[2].upper(), "")
    if not kind.startswith("_"):
        return [(ODD, found[0])]
    return [("INT" if found[1].isdigit() else "FLOAT", found[1]), (kind, found[2])]


def slip(
    pattern: str, hint: str, read: Read = odd
) -> tuple[re.Pattern[str], str, Read]:
    """A row of the table."""
    return re.compile(pattern, re.DOTALL), hint, read


# What was found at an odd character, the hint, what it is read as; the first that fits.
SLIPS: list[tuple[re.Pattern[str], str, Read]] = [
    slip(
        r"/\*.*?(?:\*/|\Z)",
        "ADQL has no /* */ comments; a comment runs from -- to the end of the line",
        nothing,
    ),
    slip(r"===?", "ADQL compares with a single =", meaning("COMPARE", "=")),
    slip(r"!==", "not equal is written <> or !=", meaning("COMPARE", "<>")),
    slip(r"<=>", "ADQL has no <=>; write = or IS NULL", meaning("COMPARE", "=")),
    slip(r"=<|≤", "less or equal is written <=", meaning("COMPARE", "<=")),
    slip(r"=>|≥", "greater or equal is written >=", meaning("COMPARE", ">=")),
    slip(r"≠", "not equal is written <> or !=", meaning("COMPARE", "<>")),
    slip(r"&&", "ADQL has no &&; write AND", meaning("_AND", "AND")),
    slip(
        r"!~~?\*?",
        NO_PATTERNS,
        lambda found, words: [("_NOT", "NOT"), ("_LIKE", "LIKE")],
    ),
    slip(r"!", "not equal is written <> or !=, and the opposite of a condition NOT"),
    slip(r"\*\*", "ADQL has no **; write POWER(x, y)"),
    slip(r"//", "ADQL has no //; a comment begins with --"),
    slip(
        r"::\s*(?:[A-Za-z]\w*(?:\s+(?i:precision))?(?:\s*\([0-9, ]*\))?(?:\[\])?)?",
        "ADQL has no ::; write CAST(value AS type)",
    ),
    slip(r"\$[0-9]+|\?|[:@][A-Za-z]\w*", NO_PARAMETERS, meaning("NULL", "NULL")),
    slip(r"\[[^\]\n]*\]?", "ADQL has no [ ]; an array is used as a whole"),
    slip(r"#[^\n]*", "ADQL has no #; a comment begins with --", nothing),
    slip(
        r"\$\w*\$?", "ADQL has no $ quotes or parameters; text stands between ' and '"
    ),
    slip(r"`([^`\n]+)`", 'ADQL has no ` quotes; write "name"', back_quoted),
    slip(r"`", 'ADQL has no ` quotes; write "name"'),
    slip(
        r"[‘’‚‛´]([^‘’‚‛´'\n]*)[‘’‚‛´']",  # noqa: RUF001
        "typographic quotes; write ' around text",
        quoted_text,
    ),
    slip(
        r"[“”„«»]([^“”„«»\"\n]+)[“”„«»\"]",
        "typographic quotes; write \" around names, ' around text",
        quoted_name,
    ),
    slip(r"[‘’‚‛´“”„«»]", "typographic quotes; write \" around names, ' around text"),  # noqa: RUF001
    slip(r"[−–—]", "write an ASCII minus, -", meaning("MINUS", "-")),  # noqa: RUF001
    slip(r"[×⋅]", "write an ASCII asterisk, *", meaning("STAR", "*")),  # noqa: RUF001
    slip(r"'.*", "this text is not closed; a ' inside text is written ''"),
    slip(r'""', "a quoted name cannot be empty"),
    slip(r'".*', 'this quoted name is not closed; a " inside it is written ""'),
    slip(r"\\.?", "ADQL has no backslash"),
    slip(
        "[\u200b\u200c\u200d\u2060\ufeff]+",
        "a character here is invisible; remove it",
        nothing,
    ),
    slip(
        r"((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)([A-Za-z_]\w*)",
        "a blank is missing after the number in `{0}`, or double quotes around a name",
        odd_number,
    ),
    slip(r"[0-9.]+\w*", "`{0}` is not a number"),
    slip(r"\w+", NOT_A_NAME, odd_name),
]
