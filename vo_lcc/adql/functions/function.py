"""What a function is: the forms it is called in, what it gives, its SQL.

The letters of a form say what each argument must be, and how SQL is given it:
`n` a number, `i` a whole number, `t` text, `d` a timestamp, `p` a point, `g` a
geometry, `m` a MOC, `r` a geometry or a MOC, `a` an array, `f` an array of whole
numbers (flags), `x` any value. The last may be followed by `+`: once or more.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from vo_lcc.adql.problems import Problems
from vo_lcc.adql.values.kinds import INTEGERS, KIND_NAMES, kind_of
from vo_lcc.tables import Column

DOUBLE = Column("", "double")
NUMBER = Column("", "double", unit="")
INT = Column("", "int")
LONG = Column("", "long")
TEXT = Column("", "char", "*")
ANGLE = Column("", "double", unit="deg")
ARRAY = Column("", "double", "*")

RANDOM = ("RAND", "IVO_NORMAL_RANDOM")  # functions with another value each time

# From a call, the columns of its arguments and a place for problems: its result.
Gives: TypeAlias = Callable[[Any, Sequence[Column], Problems], Column]

PARAMETER = re.compile(r"[(,] ?([A-Za-z_0-9]+) ")
STANDS_FOR = {
    "n": "ni",
    "a": "af",
    "g": "gp",
    "r": "gpm",
    "x": "".join(KIND_NAMES) + "if",
}
WORDS = {
    "n": "number",
    "i": "whole number",
    "t": "text",
    "d": "timestamp",
    "p": "point",
    "g": "geometry",
    "m": "MOC",
    "r": "region",
    "a": "array",
    "f": "array of whole numbers",
    "x": "value",
}


@dataclass(frozen=True, slots=True)
class Form:
    """One way to call a function.

    `takes` has a letter for each argument; `sql` is what it becomes, with `{0}` and
    so on for the arguments, or nothing when the renderer has its own way with it; in an
    aggregate `{over}` is where OVER stands, if not at its end. `declared` is the form
    as capabilities show it (TAPRegExt 1.0 section 2.3). What gives 1 or 0 may have a
    `test`: the same as a condition, which an index can answer.
    """

    takes: str
    sql: str = ""
    declared: str = ""
    test: str = ""

    def letters(self, count: int) -> str:
        """The letter of each of `count` arguments.

        >>> Form("tn+").letters(4)
        'tnnn'
        """
        if not self.takes.endswith("+"):
            return self.takes
        return self.takes[:-1] + self.takes[-2] * (count - len(self.takes) + 1)

    def accepts(self, kinds: str) -> bool:
        """True when arguments of these kinds can be given.

        >>> Form("nn").accepts("ni"), Form("nn").accepts("nt"), Form("p+").accepts("pp")
        (True, False, True)
        """
        letters = self.letters(len(kinds))
        return len(letters) == len(kinds) and all(map(fits, letters, kinds))


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its forms, the column it gives, a sentence about it.

    `role` is "scalar", "aggregate", "grouping" (an aggregate that takes no OVER) or
    "window" (which needs it).
    """

    forms: tuple[Form, ...]
    gives: Column | Gives = DOUBLE
    doc: str = ""
    role: str = "scalar"

    def form(self, kinds: str) -> Form | None:
        """The first form that takes arguments of these kinds."""
        return next((form for form in self.forms if form.accepts(kinds)), None)


def fits(letter: str, kind: str) -> bool:
    """True when a value of this kind can stand where that letter is; NULL always can.

    >>> fits("n", "i"), fits("g", "p"), fits("t", "0"), fits("p", "g")
    (True, True, True, False)
    """
    return kind == letter or kind in "u0" or kind in STANDS_FOR.get(letter, "")


def argument_kinds(columns: Sequence[Column]) -> str:
    """The kinds of arguments, whole numbers told from others."""
    return "".join(
        [
            whole_kind(kind_of(c)) if c.datatype in INTEGERS else kind_of(c)
            for c in columns
        ]
    )


def whole_kind(kind: str) -> str:
    """The kind of whole numbers of a kind of numbers.

    >>> whole_kind("n"), whole_kind("a")
    ('i', 'f')
    """
    return {"n": "i", "a": "f"}.get(kind, kind)


def describe(name: str, function: Function) -> str:
    """How to call a function, for messages.

    >>> describe("LOG", Function((Form("n"),)))
    'LOG(number)'
    >>> describe("LC_SPAN", Function((Form("a", declared="lc_span(times D[]) -> D"),)))
    'LC_SPAN(times)'
    """
    forms = []
    for form in function.forms:
        words = PARAMETER.findall(form.declared.partition(" -> ")[0])
        words = words or [WORDS[letter] for letter in form.takes.rstrip("+")]
        more = [", ..."] if form.takes.endswith("+") else []
        forms.append(f"{name}({', '.join(words)}{''.join(more)})")
    return " or ".join(dict.fromkeys(forms))


def wants_array(function: Function) -> bool:
    """True for a function of arrays."""
    return any(set(form.takes) & {"a", "f"} for form in function.forms)
