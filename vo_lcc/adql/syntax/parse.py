"""ADQL text to a tree, or to all that is wrong with it."""

from collections.abc import Container, Iterable, Sequence

from vo_lcc.adql import nodes as n
from vo_lcc.adql.problems import Problems
from vo_lcc.adql.syntax.build import NumberRangeError
from vo_lcc.adql.syntax.lalr import PARSER, UnexpectedWordError
from vo_lcc.adql.syntax.lexer import read_words
from vo_lcc.adql.syntax.repairs import (
    CLAUSES,
    Place,
    Repair,
    enclosing,
    repairs,
    without_clause,
)
from vo_lcc.adql.syntax.slips import ODD
from vo_lcc.adql.syntax.words import OPERATORS, Word

MENDED = 5000  # words of a query that is read on after a mistake

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
    "HEX": "a value",
    "FUNCTION": "a value",
    "AGGREGATE": "a value",
    "TYPE": "a type",
    "FRAME": "ROWS",
    "DIRECTION": "PRECEDING or FOLLOWING",
    "$END": "the end",
}
OPERATOR_KINDS = {*OPERATORS.values(), "_CONCAT"} - {"_LPAR", "_RPAR", "_COMMA"}
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
    problems = Problems(text)
    query = read_tree(text, problems)
    problems.raise_any()
    if query is None:
        raise AssertionError("a query without a tree has problems")
    return query


def read_tree(text: str, problems: Problems) -> n.Query | None:
    """The tree of a query; what is wrong with its syntax is noted.

    After a mistake the rest is read as well as can be: there is a tree if names and
    types can still be checked without reporting more than was wrong.
    """
    words = read_words(text.removeprefix("\ufeff"), problems)
    silent = {ODD, "$END"} if any(word.kind == ODD for word in words) else {ODD}
    exact = True
    while True:
        try:
            tree: n.Query = PARSER.parse(words)
        except NumberRangeError as error:
            number, at, holder = error.args
            problems.add(f"{number[:40]} is beyond the range of {holder}", at)
            words = [Word("NULL", "NULL", at) if w.at == at else w for w in words]
        except UnexpectedWordError as error:
            repair = find_repair(words, error, problems, silent)
            if repair is None:
                return None
            exact = exact and repair.exact
            words = repair.mend(words)
        else:
            return tree if exact else None


def find_repair(
    words: Sequence[Word],
    error: UnexpectedWordError,
    problems: Problems,
    silent: Container[str],
) -> Repair | None:
    """Note what is wrong; how to read on, if that is clear.

    Of words of the kinds `silent` all has been said.
    """
    place = Place(words, error.index, error.expected)
    short = len(words) <= MENDED
    left = len(words) - error.index
    for repair in repairs(place):
        if not short or words_left(repair.mend(words)) < left:
            problems.add(repair.message, repair.at)
            return repair if short else None
    if place.word().kind not in silent:
        problems.add(explain(place), place.word().at)
    shorter = without_clause(words, error.index) if short else None
    if shorter is not None and words_left(shorter.mend(words)) < left:
        return shorter
    return None


def words_left(words: Sequence[Word]) -> int:
    """How many words the parser cannot reach."""
    try:
        PARSER.parse(words)
    except UnexpectedWordError as error:
        return len(words) - error.index
    except NumberRangeError:
        pass
    return 0


def explain(place: Place) -> str:
    """A message for a word that does not fit."""
    word = place.word()
    seen = "the end of the query" if word.kind == "$END" else f"`{word.text[:40]}`"
    hint = hint_for(place)
    if hint:
        return f"unexpected {seen}: {hint}"
    return f"unexpected {seen}, expected {describe(place.expected)}"


def hint_for(place: Place) -> str | None:
    """What a word that does not fit should have been."""
    kind, text, _ = place.word()
    upper = text.upper()
    if place.expected <= {"_SELECT", "_WITH", "_LPAR"} and upper in NOT_STATEMENTS:
        return "only queries are answered here; they begin with SELECT or WITH"
    if place.expected == {"INT"}:
        return "a whole number, zero or more, is needed here"
    if kind == "COMPARE" and "NAME" in place.expected:
        return "a value is missing before it"
    if kind in ("_ON", "_USING"):
        return "a JOIN takes one ON or USING; a NATURAL or CROSS JOIN takes none"
    if kind in CLAUSES and kind != "_SELECT":
        return order_hint(place)
    if place.is_(-1, "OVER"):
        return "OVER is followed by ( and )"
    if kind == "TYPE" and place.kinds(1, "_LPAR"):
        return f"write CAST(... AS {upper})"
    if place.kinds(-1, "STRING") and place.word(-1).text.endswith("\\'"):
        return "the text ends before it; a ' inside text is written ''"
    return f"ADQL has no {upper} here" if kind == "RESERVED" else None


def order_hint(place: Place) -> str | None:
    """Which clause a clause stands after by mistake."""
    start, kind = enclosing(place.words, place.i), place.word().kind
    before = place.words[start].kind if start >= 0 else "_SELECT"
    if CLAUSES.index(before) < CLAUSES.index(kind) or before == "_SELECT":
        return None
    if before == kind:
        return f"there is another {kind[1:]} before it"
    return f"it stands before {before[1:]}"


def describe(expected: Iterable[str]) -> str:
    """The kinds of words that would fit, in words.

    >>> describe({"_FROM", "_COMMA"})
    'FROM or `,`'
    """
    kinds = set(expected)
    if {"NAME", "INT", "FUNCTION"} <= kinds:
        return "a value"
    if OPERATOR_KINDS & kinds:
        kinds -= OPERATOR_KINDS - {"_DOT"}
    words = sorted({SYMBOLS.get(k, k.lstrip("_")) for k in kinds})
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
