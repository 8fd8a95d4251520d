"""ADQL text to a tree."""

from collections.abc import Iterable
from importlib.resources import files
from types import SimpleNamespace

from lark import Lark, Token
from lark.exceptions import UnexpectedToken

from vo_lcc.adql import nodes as n
from vo_lcc.adql.build import RULES, NumberTooLarge
from vo_lcc.adql.lexer import OPERATORS, AdqlLexer
from vo_lcc.adql.problems import Problems

PARSER = Lark(
    files("vo_lcc.adql").joinpath("grammar.lark").read_text(encoding="utf-8"),
    parser="lalr",
    lexer=AdqlLexer,
    transformer=SimpleNamespace(**RULES),
    maybe_placeholders=False,
)

SYMBOLS = {
    "_LPAR": "(",
    "_RPAR": ")",
    "_COMMA": ",",
    "_DOT": ".",
    "_CONCAT": "||",
    "PLUS": "+",
    "MINUS": "-",
    "STAR": "*",
    "SLASH": "/",
    "PERCENT": "%",
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


def parse_tree(text: str) -> n.Query:
    """The tree of a query; only its syntax is checked.

    Raises QueryError. A leading byte order mark is dropped.
    """
    text = text.removeprefix("\ufeff")
    problems = Problems(text)
    try:
        query: n.Query = PARSER.parse(text)  # type: ignore[assignment]
    except UnexpectedToken as error:
        problems.add(explain(error), token_offset(error.token, text))
    except NumberTooLarge as error:
        problems.add(
            f"{error.args[0][:40]} is beyond the range of a double", error.args[1]
        )
    except RecursionError:
        problems.add("the query is nested too deeply", 0)
    problems.raise_any()
    return query


def explain(error: UnexpectedToken) -> str:
    """A message for a token that does not fit, with a hint where one is known."""
    token: Token = error.token
    kind, word = token.type, str(token)
    expected = set(error.accepts or error.expected)
    seen = f"`{word[:40]}`" if kind != "$END" else "the end of the query"
    hint = hint_for(word, kind, expected)
    if hint:
        return f"unexpected {seen}: {hint}"
    return f"unexpected {seen}, expected {describe(expected)}"


def hint_for(word: str, kind: str, expected: set[str]) -> str | None:
    """What a mistake that is often made should have been."""
    upper = word.upper()
    if expected <= {"_SELECT", "_WITH", "_LPAR"} and upper in NOT_STATEMENTS:
        return "only queries are answered here; they begin with SELECT or WITH"
    if upper == "LIMIT":
        return "ADQL has no LIMIT; write SELECT TOP 10 ..."
    if "INT" in expected and len(expected) == 1:
        return "a whole number, zero or more, is needed here"
    if kind == "COMPARE" and "NAME" in expected:
        return "a value is missing before it"
    if "NAME" in expected and (
        kind in ("RESERVED", "FUNCTION", "TYPE") or kind[0] == "_"
    ):
        if word[0].isalpha() and kind not in ("_FROM", "_WHERE", "_GROUP", "_ORDER"):
            return f'{upper} is a reserved word; as a name write "{word}"'
    if kind == "RESERVED":
        return f"ADQL has no {upper} here"
    return None


def describe(expected: Iterable[str]) -> str:
    """The kinds of tokens that would fit, in words.

    >>> describe({"_FROM", "_COMMA"})
    ', or FROM'
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
