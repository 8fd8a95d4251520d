"""ADQL text to a tree."""

import re
from collections.abc import Iterable
from importlib.resources import files
from types import SimpleNamespace

from lark import Lark, Token
from lark.exceptions import UnexpectedToken

from vo_lcc.adql import nodes as n
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.syntax.build import RULES, NumberRangeError
from vo_lcc.adql.syntax.lexer import OPERATORS, WORDS, AdqlLexer

PARSER = Lark(
    files("vo_lcc.adql.syntax").joinpath("grammar.lark").read_text(encoding="utf-8"),
    parser="lalr",
    lexer=AdqlLexer,
    transformer=SimpleNamespace(**RULES),
    maybe_placeholders=False,
)

SYMBOLS = {
    "_LPAR": "`(`",
    "_RPAR": "`)`",
    "_COMMA": "`,`",
    "_DOT": "`.`",
    "_CONCAT": "`||`",
    "PLUS": "`+`",
    "MINUS": "`-`",
    "STAR": "`*`",
    "SLASH": "`/`",
    "PERCENT": "`%`",
    "COMPARE": "a comparison",
    "NAME": "a name",
    "DELIMITED": "a name",
    "STRING": "a value",
    "INT": "a value",
    "FLOAT": "a value",
    "FUNCTION": "a value",
    "AGGREGATE": "a value",
    "TYPE": "a type",
    "$END": "the end",
}
OPERATOR_TYPES = {*OPERATORS.values(), "_CONCAT"} - {"_LPAR", "_RPAR", "_COMMA"}
NOT_STATEMENTS = frozenset(
    """
    ALTER ANALYZE BEGIN CALL COMMIT COPY CREATE DELETE DO DROP EXECUTE EXPLAIN GRANT
    INSERT LOCK MERGE REVOKE ROLLBACK SET SHOW TRUNCATE UPDATE VACUUM
    """.split()  # noqa: SIM905 (a list of literals reads worse)
)


CLAUSES = ("_FROM", "_WHERE", "_GROUP", "_ORDER")
LAST_WORD = re.compile(r"[A-Za-z0-9_]+\Z")


def parse_tree(text: str) -> n.Query:
    """The tree of a query; only its syntax is checked.

    Raises QueryError. A leading byte order mark is dropped.
    """
    text = text.removeprefix("\ufeff")
    problems = Problems(text)
    try:
        query: n.Query = PARSER.parse(text)  # type: ignore[assignment]
    except UnexpectedToken as error:
        problems.add(explain(error, text), token_offset(error.token, text))
    except NumberRangeError as error:
        problems.add(
            f"{error.args[0][:40]} is beyond the range of {error.args[2]}",
            error.args[1],
        )
    except RecursionError:
        problems.add("the query is nested too deeply", 0)
    problems.raise_any()
    return query


def explain(error: UnexpectedToken, text: str) -> str:
    """A message for a token that does not fit, with a hint where one is known."""
    token: Token = error.token
    before = LAST_WORD.search(text[: token_offset(token, text)].rstrip())
    expected = set(error.accepts or error.expected)
    at_end = token.type == "$END"
    seen = "the end of the query" if at_end else f"`{token[:40]}`"
    hint = hint_before(before.group().upper() if before else "", expected)
    hint = hint or hint_for(str(token), token.type, expected)
    if hint:
        return f"unexpected {seen}: {hint}"
    return f"unexpected {seen}, expected {describe(expected)}"


def hint_before(word: str, expected: set[str]) -> str | None:
    """What a mistake in the word before should have been."""
    if word == "LIMIT":
        return "ADQL has no LIMIT; write SELECT TOP 10 ..."
    if expected == {"_LPAR"} and WORDS.get(word) in ("FUNCTION", "AGGREGATE"):
        return f'{word} is a reserved word; as a name write "{word.lower()}"'
    return None


def hint_for(word: str, kind: str, expected: set[str]) -> str | None:
    """What a word that does not fit should have been."""
    upper = word.upper()
    if expected <= {"_SELECT", "_WITH", "_LPAR"} and upper in NOT_STATEMENTS:
        return "only queries are answered here; they begin with SELECT or WITH"
    if expected == {"INT"}:
        return "a whole number, zero or more, is needed here"
    if kind == "COMPARE" and "NAME" in expected:
        return "a value is missing before it"
    reserved = kind in ("RESERVED", "FUNCTION", "TYPE") or kind[0] == "_"
    if reserved and "NAME" in expected and word[:1].isalpha() and kind not in CLAUSES:
        return f'{upper} is a reserved word; as a name write "{word}"'
    return f"ADQL has no {upper} here" if kind == "RESERVED" else None


def describe(expected: Iterable[str]) -> str:
    """The kinds of tokens that would fit, in words.

    >>> describe({"_FROM", "_COMMA"})
    'FROM or `,`'
    """
    kinds = set(expected)
    if {"NAME", "INT", "FUNCTION"} <= kinds:
        return "a value"
    if OPERATOR_TYPES & kinds:
        kinds -= OPERATOR_TYPES - {"_DOT"}
    words = sorted({SYMBOLS.get(k, k.lstrip("_")) for k in kinds})
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def token_offset(token: Token, text: str) -> int:
    """Where a token begins; the end of the text for its end."""
    if token.type == "$END":
        return len(text.rstrip())
    return token.start_pos or 0
