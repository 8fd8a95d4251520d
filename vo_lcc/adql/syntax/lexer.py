"""ADQL text to words, by one regular expression; `slips` reads what is not ADQL.

Limits are kept here, before the parser sees anything.
"""

import re

from vo_lcc.adql.problems import Problems
from vo_lcc.adql.syntax.slips import read_slip
from vo_lcc.adql.syntax.words import OPERATORS, WINDOW_WORDS, WORDS, Word
from vo_lcc.errors import QueryError

MAX_LENGTH = 1_000_000
MAX_WORDS = 50_000
MAX_DEPTH = 100
MAX_SELECTS = 200

# A word and the blanks after it; no letter follows a number or a name.
BLANK = r"(?:\s+|--[^\n\r]*)"
PATTERN = re.compile(
    rf"""(?:
      (?P<NAME>[A-Za-z][A-Za-z0-9_]*(?!\w))
    | (?P<FLOAT>(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.])
      |[0-9]+[eE][+-]?[0-9]+(?![\w.]))
    | (?P<INT>[0-9]+(?![\w.]))
    | (?P<HEX>0[xX][0-9a-fA-F]+(?!\w))
    | (?P<OP>[(),.+%^~]|-(?!-)|\*(?!\*)|/(?![*/])|<=(?!>)|>=|<>|!=(?!=)|\|\|?|<(?!=>)|>
      |&(?!&)|=(?![=<>]))
    | (?P<STRING>'(?:[^']|'')*')
    | (?P<DELIMITED>"(?:[^"]|"")+")
    | (?P<BLANK>{BLANK})
    | (?P<ODD>.)
    ){BLANK}*""",
    re.VERBOSE | re.DOTALL,
)


def read_words(text: str, problems: Problems) -> list[Word]:
    """The words of `text`, and `$END`; what is not ADQL is noted.

    Raises QueryError where there is too much of something.

    >>> [word.kind for word in read_words("SELECT ra -- degrees", Problems())]
    ['_SELECT', 'NAME', '$END']
    """
    check_text(text)
    words: list[Word] = []
    at = 0
    while at < len(text):
        for found in PATTERN.finditer(text, at):
            kind = found.lastgroup or ""
            value, at = found[kind], found.start()
            if kind == "NAME":
                kind = WORDS.get(value.upper(), kind)
            elif kind == "OP":
                kind = OPERATORS[value]
            elif kind == "BLANK":
                continue
            elif kind == "ODD":
                break
            words.append(Word(kind, value, at))
            if len(words) > MAX_WORDS:
                raise too_many(problems, at)
        else:
            break
        at = read_slip(text, at, words, problems)
    check_size(words, problems)
    words.append(Word("$END", "", len(text.rstrip())))
    return words


def too_many(problems: Problems, at: int) -> QueryError:
    """All that was noted, and that there is too much."""
    problems.add(f"more than {MAX_WORDS} words; upload a table and join it", at)
    return problems.error()


def check_size(words: list[Word], problems: Problems) -> None:
    """Refuse too many SELECTs and parentheses; tell the words of windows apart."""
    kinds = [word.kind for word in words]
    if kinds.count("_SELECT") > MAX_SELECTS:
        problems.add(f"more than {MAX_SELECTS} times SELECT", 0)
        raise problems.error()
    if kinds.count("_LPAR") > MAX_DEPTH:
        check_depth(words, problems)
    if "_OVER" in kinds:
        mark_windows(words)


def check_depth(words: list[Word], problems: Problems) -> None:
    """Refuse parentheses nested too deep."""
    depth = 0
    for word in words:
        depth += (word.kind == "_LPAR") - (word.kind == "_RPAR")
        if depth > MAX_DEPTH:
            problems.add(f"parentheses nested more than {MAX_DEPTH} deep", word.at)
            raise problems.error()


def mark_windows(words: list[Word]) -> None:
    """Give the words just inside OVER (...) the kinds they have there alone.

    OVER itself is a name unless a parenthesis follows it.
    """
    inside = [False]
    for k, (kind, text, at) in enumerate(words):
        if kind == "_OVER" and not (words[k + 1 : k + 2] and words[k + 1].text == "("):
            words[k] = Word("NAME", text, at)
        elif kind == "_LPAR":
            inside.append(k > 0 and words[k - 1].kind == "_OVER")
        elif kind == "_RPAR":
            inside = inside[:-1] or [False]
        elif inside[-1] and text.upper() in WINDOW_WORDS:
            words[k] = Word(WINDOW_WORDS[text.upper()], text, at)


def check_text(text: str) -> None:
    """Refuse what no word can hold: too much, NUL, half a character."""
    if len(text) > MAX_LENGTH:
        raise _error(
            "", 0, f"the query is longer than {MAX_LENGTH} characters; upload a table"
        )
    if "\0" in text:
        raise _error(text, text.index("\0"), "the query holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise _error(text, error.start, "the query is not valid Unicode") from None


def _error(text: str, at: int, message: str) -> QueryError:
    problems = Problems(text)
    problems.add(message, at)
    return problems.error()
