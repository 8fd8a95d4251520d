"""What may have been meant where the parser cannot go on: a row for each mistake.

A repair is believed only if the parser then gets further, so rows can be simple.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from vo_lcc.adql.syntax.words import Word

CLOSE = 0.7  # of words that are taken for keywords
NO_LIMIT = "ADQL has no LIMIT; write SELECT TOP 10 ..."
NO_PATTERNS = "ADQL has no {0}; write LIKE with % and _"
PATTERN_WORDS = ("REGEXP", "RLIKE", "GLOB")
DATE_WORDS = ("DATE", "TIME", "TIMESTAMP", "INTERVAL")
VALUES = ("NAME", "DELIMITED", "FUNCTION", "AGGREGATE", "INT", "FLOAT", "STRING")
CLAUSES = ("_SELECT", "_FROM", "_WHERE", "_GROUP", "_HAVING", "_ORDER", "_OFFSET")
OPERATORS_OF_VALUES = (
    *("COMPARE", "_LIKE", "_ILIKE", "_BETWEEN", "_CONCAT", "PLUS", "MINUS", "STAR"),
    *("SLASH", "PERCENT", "AMPERSAND", "PIPE", "CARET"),
)
AFTER_VALUES = (
    *("_AND", "_OR", "_AS", "_IN", "_IS", "_LIKE", "_ILIKE", "_BETWEEN", "COMPARE"),
    *("_THEN", "_ELSE", "_END", "_WHEN", "_COMMA"),
)
SET_WORDS = ("UNION", "EXCEPT", "INTERSECT")
# What a clause that cannot be read is replaced with, and whether names and types of
# the rest can be checked then.
WITHOUT = {
    "_SELECT": ([("_SELECT", "SELECT"), ("STAR", "*")], False),
    "_FROM": ([("_FROM", "FROM"), ("NAME", "t")], False),
    "_WHERE": ([], True),
    "_GROUP": ([], False),
    "_HAVING": ([], True),
    "_ORDER": ([], True),
    "_OFFSET": ([], True),
}


@dataclass(frozen=True, slots=True)
class Repair:
    """What to say, where, and the words to take instead of those from start to stop.

    `exact` says that the query then means what was meant.
    """

    message: str
    at: int
    start: int
    stop: int
    words: tuple[Word, ...] = ()
    exact: bool = True

    def mend(self, words: Sequence[Word]) -> list[Word]:
        """The words with this repair."""
        return [*words[: self.start], *self.words, *words[self.stop :]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the parser stands: before word `i`, expecting other kinds."""

    words: Sequence[Word]
    i: int
    expected: frozenset[str]

    def word(self, step: int = 0) -> Word:
        """A word before or after the one that does not fit."""
        at = self.i + step
        return self.words[at] if 0 <= at < len(self.words) else Word("", "", 0)

    def is_(self, step: int, *texts: str) -> bool:
        """True when a word, in any case, is one of these."""
        return self.word(step).text.upper() in texts

    def kinds(self, first: int, *kinds: str) -> bool:
        """True when the words from `first` on are of these kinds."""
        return all(self.word(first + k).kind == kind for k, kind in enumerate(kinds))

    def instead(
        self,
        message: str,
        start: int,
        stop: int,
        *meant: tuple[str, str],
        said: int = 0,
    ) -> Repair:
        """A repair of the words from `start` up to `stop`, of which `said` is named."""
        at = self.word(start).at
        new = tuple(Word(kind, text, at) for kind, text in meant)
        place = self.word(said)
        seen = (
            "the end of the query" if place.kind == "$END" else f"`{place.text[:40]}`"
        )
        text = f"unexpected {seen}: {message}"
        return Repair(text, place.at, self.i + start, self.i + stop, new)


Rule = Callable[[Place], Repair | None]


def repairs(place: Place) -> Iterator[Repair]:
    """All that could help here."""
    for rule in RULES:
        repair = rule(place)
        if repair is not None:
            yield repair


def limit(p: Place) -> Repair | None:
    """LIMIT 10, LIMIT 5, 10; the word may have been taken for an alias."""
    for k in (0, -1):
        if p.is_(k, "LIMIT") and (p.kinds(k + 1, "INT") or p.is_(k + 1, "ALL")):
            more = 4 if p.kinds(k + 2, "_COMMA", "INT") else 2
            return p.instead(NO_LIMIT, k, k + more, said=k)
    return None


def fetch(p: Place) -> Repair | None:
    """FETCH FIRST 10 ROWS ONLY, OFFSET 5 ROWS."""
    if p.is_(0, "ROW", "ROWS") and p.word(-2).kind == "_OFFSET":
        return p.instead("OFFSET takes a number and nothing more", 0, 1)
    if not p.is_(0, "FETCH"):
        return None
    for k in range(1, 6):
        if p.is_(k, "ONLY"):
            return p.instead(
                "ADQL has no FETCH FIRST; write SELECT TOP 10 ...", 0, k + 1
            )
    return None


def top(p: Place) -> Repair | None:
    """TOP without a number, or with more than one."""
    if p.kinds(-2, "_TOP", "INT", "_COMMA"):
        return p.instead("no comma stands after TOP and its number", 0, 1)
    if p.kinds(-2, "_TOP", "INT") and p.kinds(0, "_DISTINCT"):
        return p.instead("DISTINCT stands before TOP", 0, 1)
    if not p.kinds(-1, "_TOP"):
        return None
    if p.kinds(0, "_LPAR", "INT", "_RPAR"):
        return p.instead("TOP takes a number without parentheses", 0, 3, p.word(1)[:2])
    hint = "a whole number, zero or more, is needed here"
    if p.kinds(0, "MINUS", "INT"):
        return p.instead(hint, -1, 2)
    number = p.word().kind in ("FLOAT", "STRING", "HEX")
    return p.instead(hint, -1, 1 if number else 0)


def commas(p: Place) -> Repair | None:
    """One comma too many."""
    if p.kinds(-1, "_COMMA"):
        hint = (
            "a value is missing before it"
            if p.kinds(0, "_COMMA")
            else ("remove the comma before it")
        )
        return p.instead(hint, -1, 0)
    return None


def no_argument(p: Place) -> Repair | None:
    """COUNT(), MAX()."""
    if not p.kinds(-2, "AGGREGATE", "_LPAR", "_RPAR"):
        return None
    if p.is_(-2, "COUNT"):
        return p.instead("COUNT needs an argument: COUNT(*)", 0, 0, ("STAR", "*"))
    hint = f"{p.word(-2).text.upper()} needs an argument"
    return p.instead(hint, 0, 0, ("NULL", "NULL"))


def truth(p: Place) -> Repair | None:
    """TRUE and FALSE."""
    if not p.is_(0, "TRUE", "FALSE", "UNKNOWN"):
        return None
    word = p.word().text.lower()
    hint = f"ADQL has no {word.upper()}; compare with text: flag = '{word}'"
    return p.instead(hint, 0, 1, ("NULL", "NULL"))


def dates(p: Place) -> Repair | None:
    """DATE '2020-01-01', INTERVAL '1' DAY."""
    if not (p.is_(0, *DATE_WORDS) and p.kinds(1, "STRING")):
        return None
    word = p.word().text.upper()
    hint = f"ADQL has no {word} '...'; write CAST('2020-01-02' AS TIMESTAMP)"
    if word != "INTERVAL":
        return p.instead(hint, 0, 2, ("NULL", "NULL"))
    more = 3 if p.word(2).text[:1].isalpha() else 2
    hint = "ADQL has no INTERVAL; times in days are added to and compared as numbers"
    return replace(p.instead(hint, 0, more, ("NULL", "NULL")), exact=False)


def patterns(p: Place) -> Repair | None:
    """Regular expressions."""
    if p.kinds(0, "TILDE") and "_LIKE" in p.expected:
        more = 2 if p.kinds(1, "STAR") else 1
        hint = NO_PATTERNS.format("regular expressions")
        return p.instead(hint, 0, more, ("_LIKE", "LIKE"))
    for k in (0, -1):
        if p.is_(k, *PATTERN_WORDS) and p.kinds(k + 1, "STRING"):
            hint = NO_PATTERNS.format(p.word(k).text.upper())
            return p.instead(hint, k, k + 1, ("_LIKE", "LIKE"), said=k)
    return None


def split_comparison(p: Place) -> Repair | None:
    """`> =`, `! =`."""
    both = p.word(-1).text + p.word().text
    if p.kinds(-1, "COMPARE", "COMPARE") and both in ("<=", ">=", "<>"):
        hint = f"write {both} without a blank"
        return p.instead(hint, -1, 1, ("COMPARE", both), said=-1)
    return None


def quoted_alias(p: Place) -> Repair | None:
    """AS 'name'."""
    if not p.kinds(-1, "_AS", "STRING"):
        return None
    name = p.word().text[1:-1].replace("''", "'").replace('"', '""')
    hint = f'a name stands in double quotes: "{name[:40]}"'
    return p.instead(hint, 0, 1, ("DELIMITED", f'"{name or "x"}"'))


def other_words(p: Place) -> Repair | None:
    """Words of other kinds of SQL."""
    if p.is_(0, "NULLS") and p.is_(1, "FIRST", "LAST"):
        return p.instead("ADQL has no NULLS FIRST or LAST", 0, 2)
    if p.is_(-1, "MINUS") and p.kinds(0, "_SELECT"):
        hint = "ADQL has no MINUS; write EXCEPT"
        return p.instead(hint, -1, 0, ("EXCEPT", "EXCEPT"), said=-1)
    if p.word(-1).kind in SET_WORDS and p.kinds(0, "_DISTINCT"):
        return p.instead(f"{p.word(-1).text.upper()} says so already", 0, 1)
    return None


def no_condition(p: Place) -> Repair | None:
    """A JOIN without ON or USING; of several it is not clear which one."""
    if not {"_ON", "_USING"} <= p.expected:
        return None
    always = (("_ON", "ON"), ("INT", "1"), ("COMPARE", "="), ("INT", "1"))
    repair = p.instead("a JOIN needs ON or USING", 0, 0, *always)
    kinds = [word.kind for word in p.words]
    clear = kinds.count("_JOIN") == 1 and "_FULL" not in kinds
    return replace(repair, exact=clear)


def misspelt(p: Place) -> Repair | None:
    """A keyword with a letter wrong; it may have been taken for an alias."""
    if "_LPAR" in p.expected and "STRING" in p.expected:
        return None  # a value is wanted: any name would do
    for k in (0, -1):
        word = p.word(k)
        keyword = closest(word.text.upper(), p.expected) if word.kind == "NAME" else ""
        if keyword:
            meant = (keyword, keyword.strip("_"))
            return p.instead(f"did you mean {meant[1]}?", k, k + 1, meant, said=k)
    return None


def closest(word: str, kinds: frozenset[str]) -> str:
    """The keyword of these kinds that a word is close to, or nothing."""
    keywords = sorted(
        k for k in kinds if (k[0] == "_" and len(k) > 4) or k in SET_WORDS
    )
    close = [SequenceMatcher(None, word, k.strip("_")).ratio() for k in keywords]
    best = max(close, default=0)
    return keywords[close.index(best)] if best >= CLOSE else ""


def missing_value(p: Place) -> Repair | None:
    """Nothing after an operator."""
    wanted = p.word(-1).kind in OPERATORS_OF_VALUES and "NULL" in p.expected
    kind = p.word().kind
    if not wanted or not (kind in AFTER_VALUES or ends_clause(kind)):
        return None
    return p.instead("a value is missing before it", 0, 0, ("NULL", "NULL"))


def reserved(p: Place) -> Repair | None:
    """A reserved word as a name."""
    for k in (0, -1):
        word = p.word(k)
        function = word.kind in ("FUNCTION", "AGGREGATE", "_CAST")
        if k == -1 and not (function and p.expected == {"_LPAR"}):
            continue
        if k == 0 and not ("NAME" in p.expected and could_be_name(p)):
            continue
        hint = f"{word.text.upper()} is a reserved word; as a name write"
        name = word.text if k == 0 else word.text.lower()
        said = f'{hint} "{name}"'
        return p.instead(said, k, k + 1, ("NAME", word.text), said=k)
    return None


def could_be_name(p: Place) -> bool:
    """True for a word that could be a name, and nothing better, where it stands."""
    kind, text, _ = p.word()
    if not text[:1].isalpha() or kind in ("ODD", *AFTER_VALUES) or p.kinds(1, "_LPAR"):
        return False
    alias = p.word(-1).kind in (*VALUES, "_RPAR")
    if alias and p.words[enclosing(p.words, p.i)].kind != "_SELECT":
        return False
    if kind in ("_GROUP", "_ORDER"):
        return not p.kinds(1, "_BY")
    return not ends_clause(kind)


def missing_comma(p: Place) -> Repair | None:
    """Two columns side by side; the second may have been taken for an alias."""
    clause = p.words[max(enclosing(p.words, p.i), 0)].kind
    if "_COMMA" not in p.expected or clause not in ("_SELECT", "_GROUP", "_ORDER"):
        return None
    if p.is_(-1, "OVER"):
        return None
    k = -1 if p.kinds(-1, "NAME", "_DOT") or p.kinds(-1, "NAME", "_LPAR") else 0
    if p.word(k).kind not in VALUES or p.kinds(k - 1, "_COMMA"):
        return None
    hint = "is a comma missing before it?"
    return p.instead(hint, k, k, ("_COMMA", ","), said=k)


def enclosing(words: Sequence[Word], i: int) -> int:
    """The clause word that word `i` belongs to, or -1."""
    skipped = 0
    for k in range(i - 1, -1, -1):
        kind = words[k].kind
        if kind == "_RPAR":
            skipped += 1
        elif kind == "_LPAR":
            skipped = max(skipped - 1, 0)
        elif skipped == 0 and kind in (*CLAUSES, *SET_WORDS):
            return k if kind in CLAUSES else -1
    return -1


def without_clause(words: Sequence[Word], i: int) -> Repair | None:
    """The words without the clause that word `i` is in, if it is clear what that is."""
    start = enclosing(words, i)
    depths = [0]
    for word in words:
        depths.append(depths[-1] + (word.kind == "_LPAR") - (word.kind == "_RPAR"))
    if start < 0 or min(depths) < 0 or depths[-1] != 0:
        return None
    stop = i
    while depths[stop] > depths[start] or not ends_clause(words[stop].kind):
        stop += 1
    kind, end = words[start].kind, words[stop].kind
    if end in CLAUSES and CLAUSES.index(end) <= CLAUSES.index(kind):
        return None
    meant, exact = WITHOUT[kind]
    new = tuple(Word(k, text, words[start].at) for k, text in meant)
    return Repair("", words[i].at, start, stop, new, exact)


def ends_clause(kind: str) -> bool:
    """True for what can stand after a clause."""
    return kind in CLAUSES or kind in SET_WORDS or kind in ("_RPAR", "$END")


RULES: Sequence[Rule] = (
    limit,
    fetch,
    top,
    no_argument,
    commas,
    truth,
    dates,
    patterns,
    split_comparison,
    quoted_alias,
    other_words,
    misspelt,
    no_condition,
    missing_value,
    reserved,
    missing_comma,
)
