"""ADQL text to tokens: one regular expression, and hints for what is not ADQL.

The grammar's terminals are these tokens' types: a keyword is `_` and the word, a
reserved word that ADQL gives no meaning is RESERVED. Limits are kept here, before
the parser sees anything (ADQL 2.1 section 2.1).
"""

import re
from collections.abc import Iterator
from typing import Any

from lark import Token
from lark.lexer import Lexer

from vo_lcc.adql.problems import Problems
from vo_lcc.errors import QueryError
from vo_lcc.tables import RESERVED_WORDS

MAX_LENGTH = 1_000_000
MAX_TOKENS = 50_000
MAX_DEPTH = 100
MAX_SELECTS = 200

TOKEN = re.compile(
    r"""
      (?P<BLANK>(?:\s+|--[^\n\r]*)+)
    | (?P<NAME>[A-Za-z][A-Za-z0-9_]*)
    | (?P<FLOAT>(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)
    | (?P<HEX>0[xX][0-9a-fA-F]+)
    | (?P<INT>[0-9]+)
    | (?P<OP>[(),.+\-*%;&^~]|/(?!\*)|<=|>=|<>|!=|\|\|?|[<>]|=(?!=))
    | (?P<STRING>'(?:[^']|'')*')
    | (?P<DELIMITED>"(?:[^"]|"")+")
    """,
    re.VERBOSE,
)

OPERATORS = {
    "(": "_LPAR",
    ")": "_RPAR",
    ",": "_COMMA",
    ".": "_DOT",
    "+": "PLUS",
    "-": "MINUS",
    "*": "STAR",
    "/": "SLASH",
    "%": "PERCENT",
    "&": "AMPERSAND",
    "^": "CARET",
    "|": "PIPE",
    "~": "TILDE",
    "||": "_CONCAT",
    **dict.fromkeys(("=", "<>", "!=", "<", "<=", ">", ">="), "COMPARE"),
}

KEYWORDS = [
    "ALL",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CROSS",
    "DESC",
    "DISTINCT",
    "ELSE",
    "END",
    "EXISTS",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IN",
    "INNER",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "ILIKE",
    "NATURAL",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "PRECISION",
    "RIGHT",
    "SELECT",
    "THEN",
    "TOP",
    "USING",
    "WHEN",
    "WHERE",
    "WITH",
]
SET_OPERATIONS = ["UNION", "EXCEPT", "INTERSECT"]
AGGREGATES = ["AVG", "COUNT", "MAX", "MIN", "SUM"]
TYPES = [
    "BIGINT",
    "CHAR",
    "CHARACTER",
    "DOUBLE",
    "FLOAT",
    "INT",
    "INTEGER",
    "REAL",
    "SMALLINT",
    "TIMESTAMP",
    "VARCHAR",
]
FUNCTIONS = [
    "ABS",
    "ACOS",
    "AREA",
    "ASIN",
    "ATAN",
    "ATAN2",
    "BOX",
    "CEILING",
    "CENTROID",
    "CIRCLE",
    "COALESCE",
    "CONTAINS",
    "COORD1",
    "COORD2",
    "COORDSYS",
    "COS",
    "COT",
    "DEGREES",
    "DISTANCE",
    "EXP",
    "FLOOR",
    "INTERSECTS",
    "IN_UNIT",
    "LOG",
    "LOG10",
    "LOWER",
    "MOD",
    "NULLIF",
    "PI",
    "POINT",
    "POLYGON",
    "POWER",
    "RADIANS",
    "RAND",
    "REGION",
    "ROUND",
    "SIN",
    "SQRT",
    "TAN",
    "TRUNCATE",
    "UPPER",
]
# Words with a meaning inside OVER (...) and nowhere else.
WINDOW_WORDS = {
    "PARTITION": "_PARTITION",
    "ROWS": "FRAME",
    "RANGE": "FRAME",
    "UNBOUNDED": "UNBOUNDED",
    "PRECEDING": "DIRECTION",
    "FOLLOWING": "DIRECTION",
    "CURRENT": "_CURRENT",
    "ROW": "_ROW",
}
OPENS = re.compile(r"(?:\s+|--[^\n\r]*)*\(")
WORDS = {
    **dict.fromkeys(RESERVED_WORDS, "RESERVED"),
    **{word: "_" + word for word in KEYWORDS},
    **{word: word for word in SET_OPERATIONS},
    **dict.fromkeys(AGGREGATES, "AGGREGATE"),
    **dict.fromkeys(TYPES, "TYPE"),
    **dict.fromkeys(FUNCTIONS, "FUNCTION"),
}

HINTS = [
    ("/*", "ADQL has no /* */ comments; a comment runs from -- to the end of the line"),
    ("==", "ADQL compares with a single ="),
    ("::", "ADQL has no ::; write CAST(value AS type)"),
    ("$", "ADQL has no $ quotes or parameters; text stands between ' and '"),
    ("`", 'ADQL has no ` quotes; write "name"'),
    ("'", "this text is not closed; a ' inside text is written ''"),
    ('""', "a quoted name cannot be empty"),
    ('"', 'this quoted name is not closed; a " inside it is written ""'),
    *((c, "typographic quotes; write ' around text") for c in "‘’‚‛´"),  # noqa: RUF001
    *((c, "typographic quotes; write \" around names, ' around text") for c in "“”„«»"),
    *((c, "write an ASCII minus, -") for c in "−–—"),  # noqa: RUF001
    ("\\", "ADQL has no backslash"),
    ("!", "not equal is written <> or !="),
    ("_", "a name starts with a letter; put others in double quotes"),
]


class AdqlLexer(Lexer):
    """The lexer as Lark wants it: made once, given a text at each parse."""

    def __init__(self, lexer_conf: Any) -> None:
        pass

    def lex(self, data: Any) -> Iterator[Token]:  # type: ignore[override]
        """The tokens of the text of a Lark lexer state, or of a str."""
        return tokens(data if isinstance(data, str) else str(data.text.text))


def tokens(text: str) -> Iterator[Token]:
    """The tokens of `text`; raises QueryError where there is none, or too many.

    >>> [(t.type, str(t)) for t in tokens("SELECT ra -- degrees")]
    [('_SELECT', 'SELECT'), ('NAME', 'ra')]
    """
    check_text(text)
    match = TOKEN.match
    words = WORDS
    at, count, depth, selects = 0, 0, 0, 0
    over: list[int] = []
    while (found := match(text, at)) is not None:
        kind, value = found.lastgroup, found.group()
        start, at = at, found.end()
        if kind == "BLANK":
            continue
        if kind == "OP":
            if value == ";":
                check_end(text, start)
                return
            depth += (value == "(") - (value == ")")
            over = [each for each in over if each <= depth] if over else over
            kind = OPERATORS[value]
        elif kind == "NAME":
            kind = words.get(value.upper(), "NAME")
            selects += kind == "_SELECT"
            kind = window_word(value.upper(), kind, over, depth)
            if kind == "_OVER" and OPENS.match(text, at):
                over.append(depth + 1)
            elif kind == "_OVER":
                kind = "NAME"
        count += 1
        if count > MAX_TOKENS or depth > MAX_DEPTH or selects > MAX_SELECTS:
            raise too_large(text, start, count, depth)
        yield Token(kind, value, start)  # type: ignore[arg-type]
    if at < len(text):
        raise unreadable(text, at)


def window_word(word: str, kind: str, over: list[int], depth: int) -> str:
    """The token of a word; some have a meaning just inside OVER (...) only."""
    if word == "OVER":
        return "_OVER"
    return WINDOW_WORDS.get(word, kind) if over and depth == over[-1] else kind


def check_text(text: str) -> None:
    """Refuse what no token can hold: too much, NUL, half a character."""
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


def check_end(text: str, at: int) -> None:
    """One `;` may end the query; nothing but blanks and comments may follow it."""
    rest = TOKEN.match(text, at + 1)
    end = rest.end() if rest is not None and rest.lastgroup == "BLANK" else at + 1
    if end < len(text):
        raise _error(
            text, end, "only one query at a time: remove what stands after the ;"
        )


def unreadable(text: str, at: int) -> QueryError:
    """What to say of characters that begin no token."""
    for start, hint in HINTS:
        if text.startswith(start, at):
            return _error(text, at, hint)
    return _error(text, at, f"unexpected character {text[at]!r}")


def too_large(text: str, at: int, count: int, depth: int) -> QueryError:
    """Which limit was passed."""
    if depth > MAX_DEPTH:
        return _error(text, at, f"parentheses nested more than {MAX_DEPTH} deep")
    if count > MAX_TOKENS:
        return _error(
            text, at, f"more than {MAX_TOKENS} words; upload a table and join it"
        )
    return _error(text, at, f"more than {MAX_SELECTS} times SELECT")


def _error(text: str, at: int, message: str) -> QueryError:
    problems = Problems(text)
    problems.add(message, at)
    return problems.error()
