"""Inputs of the fuzzer: queries made by kind of value, and mutants of others.

The tables have a column of every kind, with rows that are NULL, NaN or extreme.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from vo_lcc.adql.functions import FUNCTIONS
from vo_lcc.adql.functions.function import argument_kinds
from vo_lcc.adql.syntax.words import WORDS
from vo_lcc.tables import Catalog, Column, Coverage, Position, Schema, Table

from .conftest import CURVES, OBJECTS, TARGETS

KINDS = Table(
    "sky",
    "kinds",
    (
        Column("name", "char", "*"),
        Column("Note", "unicodeChar", "*"),
        Column("small", "short"),
        Column("number", "int"),
        Column("hpx", "long"),
        Column("mag", "float", unit="mag"),
        Column("ra", "double", unit="deg"),
        Column("dec", "double", unit="deg"),
        Column("flag", "boolean"),
        Column("seen", "char", "*", xtype="timestamp"),
        Column("centre", "double", "2", xtype="point"),
        Column("disc", "double", "3", xtype="circle"),
        Column("frame", "double", "*", xtype="polygon"),
        Column("s_region", "char", "*", xtype="adql:REGION"),
        Column("coverage", "char", "*", xtype="moc"),
        Column("obs_time", "double", "*", unit="d"),
        Column("mags", "float", "*", unit="mag"),
        Column("flags", "int", "*"),
        Column("size", "double", unit="arcsec"),
    ),
    position=Position(),
    coverages=(Coverage("s_region", "cover"), Coverage("coverage", "coverage")),
)
PLACES = Table(
    "sky",
    "places",
    (
        Column("name", "char", "*"),
        Column("ra", "double", unit="deg"),
        Column("dec", "double", unit="deg"),
        Column("radius", "double", unit="deg"),
        Column("number", "int"),
    ),
)
CATALOG = Catalog((Schema("sky", (KINDS, PLACES, OBJECTS, TARGETS, CURVES)),))
SETUP = """
    CREATE SCHEMA sky;
    CREATE TABLE sky.kinds (
        name text, "Note" text, small int2, number int4, hpx int8, mag float4,
        ra float8, dec float8, flag boolean, seen timestamp, centre float8[],
        disc float8[], frame float8[], s_region float8[], cover int8multirange,
        coverage int8multirange, obs_time float8[], mags float4[], flags int4[],
        size float8);
    CREATE TABLE sky.places (
        name text, ra float8, dec float8, radius float8, number int4);
    CREATE TABLE sky.objects (
        object_id text, ra float8, dec float8, hpx bigint, n_points int,
        period float8, g_median float4, size float8, class text);
    CREATE TABLE sky.targets (
        name text, lon float8, lat float8, radius float8, observed timestamp);
    CREATE TABLE sky.lightcurves (
        object_id text, passband text, obs_time float8[], n_points int);
    INSERT INTO sky.places VALUES ('a', 1, 2, 0.5, 1), ('b', NULL, 2, -1, 2),
        ('c', 'NaN', 90, 'Infinity', NULL), ('10', 400, -91, 180, 2147483647);
    INSERT INTO sky.kinds VALUES
        ('a', 'é', 1, 2, 3, 4, 5, 6, true, '2020-01-01', '{1,2}', '{1,2,3}',
         '{0,0,1,0,1,1}', '{1,2,3}', '{[0,9)}', '{[0,9)}', '{1,2,3}', '{4,5,6}',
         '{0,1,0}', 3),
        ('', '', -32768, -2147483648, -9223372036854775808, 'NaN', 'Infinity', -90,
         false, 'infinity', '{NULL,1}', '{1,2,-3}', '{0,0,1,0}', '{}', '{}', '{}',
         '{}', '{NULL}', '{NULL,1}', 'NaN'),
        ('10', '2020-01-01', 32767, 2147483647, 9223372036854775807, 3e38, 1e308, 90,
         NULL, '-infinity', '{NaN,1}', '{1,2,1e308}', '{0,0,1,0,1,NaN}', '{10,20}',
         '{[0,3458764513820540928)}', '{[0,3458764513820540928)}', '{3,2,1}',
         '{1,NaN,2}', '{1,1,1}', -1),
        (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
         NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    CREATE INDEX ON sky.kinds (hpx);
    CREATE INDEX ON sky.kinds USING spgist (point(ra, dec));
    CREATE INDEX ON sky.kinds USING gist (cover);
    CREATE INDEX ON sky.kinds USING gist (coverage);
"""

CONSTANTS = {
    "n": ["0", "1", "-1", "2.5", "1e308", "-1e-308", "90", "360", ".5", "0x1F"],
    "i": ["0", "1", "-1", "3", "29", "2147483648", "9223372036854775807", "0xFF"],
    "t": [
        "''",
        "'a'",
        "'é'",
        "'a%'",
        "'10'",
        "'2020-01-01'",
        "'deg'",
        "'g'",
        "'it''s'",
    ],
    "d": ["CAST('2020-01-01' AS TIMESTAMP)", "'2020-01-01T01:02:03'"],
    "p": ["POINT(1, 2)", "POINT(ra, dec)", "CENTROID(CIRCLE(1, 2, 3))"],
    "g": [
        *("CIRCLE(1, 2, 3)", "CIRCLE(ra, dec, 1)", "BOX(1, 2, 3, 4)"),
        *("POLYGON(0, 0, 1, 0, 1, 1)", "REGION('Circle ICRS 1 2 3')"),
    ],
    "m": ["MOC('3/1-5 7')", "MOC(6, CIRCLE(1, 2, 3))", "MOC('')"],
    "a": ["obs_time", "mags"],
    "f": ["flags"],
    "b": ["flag"],
    "x": ["NULL", "*", "1", "'x'"],
}
TYPES = [
    *("INTEGER", "SMALLINT", "BIGINT", "REAL", "DOUBLE PRECISION", "CHAR(3)", "DOUBLE"),
    *("VARCHAR", "VARCHAR(5)", "TIMESTAMP", "POINT", "CIRCLE", "POLYGON", "MOC"),
]


def letters_of(column: Column) -> str:
    """Where a column fits: its kind, and what that stands for."""
    letter = argument_kinds([column])
    return {"i": "in", "p": "pg", "f": "fa"}.get(letter, letter)


FITTING = {
    letter: [c.adql_name for c in KINDS.columns if letter in letters_of(c)]
    for letter in "nitdpgmafb"
}
GIVING = {
    letter: [
        name
        for name, f in FUNCTIONS.items()
        if not isinstance(f.gives, Column) or letter in letters_of(f.gives)
    ]
    for letter in "nitdpgmafb"
}


@dataclass(slots=True)
class Maker:
    """Makes queries at random, mostly right ones."""

    rnd: random.Random
    alias: int = 0

    def pick(self, *choices: Callable[[], str]) -> str:
        return self.rnd.choice(choices)()

    def value(self, letter: str, depth: int) -> str:
        """A value of a kind, sometimes of another."""
        rnd = self.rnd
        if letter in "rx":
            letter = rnd.choice("gpm" if letter == "r" else "nitdpgmafb")
        if rnd.random() < 0.02:
            letter = rnd.choice("nitdpgmafb")
        if depth <= 0 or rnd.random() < 0.3:
            leaves = FITTING[letter] + CONSTANTS[letter]
            return rnd.choice(leaves)
        return self.pick(
            lambda: self.call(rnd.choice(GIVING[letter] or ["ABS"]), depth),
            lambda: self.call(rnd.choice(GIVING[letter] or ["ABS"]), depth),
            lambda: self.operation(letter, depth),
            lambda: self.case(letter, depth),
            lambda: (
                f"COALESCE({self.value(letter, depth - 1)}, "
                f"{self.value(letter, depth - 1)})"
            ),
            lambda: f"CAST({self.value('x', depth - 1)} AS {rnd.choice(TYPES)})",
            lambda: f"({self.select(depth - 2, self.value(letter, 0))})",
        )

    def call(self, name: str, depth: int) -> str:
        """A function by one of its forms."""
        function = FUNCTIONS[name]
        form = self.rnd.choice(function.forms)
        letters = form.letters(len(form.takes.rstrip("+")) + self.rnd.randint(0, 3))
        args = ", ".join([self.value(letter, depth - 1) for letter in letters])
        if function.role == "scalar" or self.rnd.random() < 0.4:
            return f"{name}({args})"
        return f"{name}({args}) OVER ({self.over(depth)})"

    def over(self, depth: int) -> str:
        """What stands in OVER."""
        parts = []
        if self.rnd.random() < 0.5:
            parts.append("PARTITION BY " + self.value("x", depth - 1))
        if self.rnd.random() < 0.7:
            parts.append("ORDER BY " + self.value(self.rnd.choice("nt"), depth - 1))
        frames = ["", "", "ROWS 2 PRECEDING", "RANGE UNBOUNDED PRECEDING"]
        frames += ["ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING", "RANGE 1.5 PRECEDING"]
        return " ".join([*parts, self.rnd.choice(frames)])

    def operation(self, letter: str, depth: int) -> str:
        """An operator of the kind."""
        one, two = self.value(letter, depth - 1), self.value(letter, depth - 1)
        ops = {"n": "+-*/%", "i": "+-*/%&|^", "t": ["||"]}.get(letter)
        if ops is None:
            return one
        return self.pick(
            lambda: f"({one} {self.rnd.choice(ops)} {two})",
            lambda: f"{one} {self.rnd.choice(ops)} {two}",
            lambda: f"{'-' if letter == 'n' else ''}({one})",
        )

    def case(self, letter: str, depth: int) -> str:
        """CASE."""
        when, then = self.condition(depth - 1), self.value(letter, depth - 1)
        other = self.rnd.choice(["", f" ELSE {self.value(letter, depth - 1)}"])
        return f"CASE WHEN {when} THEN {then}{other} END"

    def condition(self, depth: int) -> str:
        """True or false."""
        rnd, kind = self.rnd, self.rnd.choice("nitd")

        def v(letter: str = kind) -> str:
            return self.value(letter, depth - 1)

        def c() -> str:
            return self.condition(depth - 1) if depth > 0 else "ra > dec"

        no = rnd.choice(["", "NOT "])
        op = rnd.choice(["=", "<>", "<", "<=", ">", ">="])
        return self.pick(
            lambda: f"{v()} {op} {v()}",
            lambda: f"{v()} {no}BETWEEN {v()} AND {v()}",
            lambda: f"{v()} {no}IN ({v()}, {v()})",
            lambda: f"{v()} {no}IN ({self.select(depth - 2, v())})",
            lambda: f"{v('t')} {no}{rnd.choice(['LIKE', 'ILIKE'])} {v('t')}",
            lambda: f"{v('x')} IS {no}NULL",
            lambda: f"{no}EXISTS ({self.query(depth - 2)})",
            lambda: f"NOT ({c()})",
            lambda: f"{c()} AND {c()}",
            lambda: f"({c()} OR {c()})",
            lambda: f"{rnd.choice('01')} {op} CONTAINS({v('r')}, {v('r')})",
            lambda: f"INTERSECTS({v('r')}, {v('r')}) {op} {rnd.choice('01')}",
            lambda: f"DISTANCE({v('p')}, {v('p')}) {op} {v('n')}",
            lambda: f"{v('n')} {op} DISTANCE({v('n')}, {v('n')}, {v('n')}, {v('n')})",
        )

    def source(self, depth: int) -> str:
        """What to select from; unqualified names are often ambiguous, so mostly one."""
        self.alias += 1
        a, b = f"a{self.alias}", f"b{self.alias}"
        tables = ["sky.kinds", f"kinds AS {a}", f"sky.kinds {a}", "sky.places"]
        if depth <= 0 or self.rnd.random() < 0.5:
            return self.rnd.choice(tables)
        join = self.rnd.choice(["JOIN", "LEFT JOIN", "RIGHT OUTER JOIN", "FULL JOIN"])
        near = f"DISTANCE({a}.ra, {a}.dec, {b}.ra, {b}.dec) < 0.1"
        inside = (
            f"1 = CONTAINS(POINT({b}.ra, {b}.dec), {a}.{self.rnd.choice(FITTING['g'])})"
        )
        both = f"sky.kinds {a} {join} sky.places {b}"
        return self.rnd.choice(
            [
                f"({self.query(depth - 1)}) AS {a}",
                f"{both} USING (name)",
                f"{both} ON {a}.number = {b}.number",
                f"{both} ON {near}",
                f"{both} ON {inside}",
                "sky.kinds NATURAL JOIN sky.places",
                f"sky.kinds {a}, (SELECT name AS n FROM places) AS {b}",
            ]
        )

    def select(self, depth: int, item: str | None = None) -> str:
        """One SELECT."""
        rnd = self.rnd
        items = [item] if item else self.items(depth)
        head = rnd.choice(["", "", "", "DISTINCT ", "TOP 3 ", "DISTINCT TOP 2 "])
        parts = [f"SELECT {head}{', '.join(items)} FROM {self.source(depth)}"]
        if rnd.random() < 0.5:
            parts.append(f"WHERE {self.condition(depth)}")
        if rnd.random() < 0.15:
            parts.append(f"GROUP BY {rnd.choice(items).split(' AS ')[0]}")
            if rnd.random() < 0.5:
                parts.append(f"HAVING {self.condition(depth - 1)}")
        if rnd.random() < 0.25:
            order = rnd.choice(["1", "x0", self.value("x", depth - 1)])
            parts.append(f"ORDER BY {order}{rnd.choice(['', ' DESC', ' ASC'])}")
        if rnd.random() < 0.1:
            parts.append("OFFSET 1")
        return " ".join(parts)

    def items(self, depth: int) -> list[str]:
        """A select list."""
        many = range(self.rnd.randint(1, 4))
        plain = [self.value("x", depth) for _ in many]
        return [
            f"{v} AS x{k}" if self.rnd.random() < 0.3 else v
            for k, v in enumerate(plain)
        ]

    def query(self, depth: int) -> str:
        """Any query."""
        if depth <= 0 or self.rnd.random() < 0.7:
            return self.select(depth)
        one, two = self.select(depth - 1), self.select(depth - 1)
        op = self.rnd.choice(["UNION", "UNION ALL", "EXCEPT", "INTERSECT ALL"])
        kind = self.rnd.choice("nitdpgmafb")
        return self.pick(
            lambda: f"{one} {op} {two}",
            lambda: f"({one}) {op} ({two}) ORDER BY 1",
            lambda: (
                f"{self.select(0, self.value(kind, 1))} {op}"
                f" {self.select(0, self.value(kind, 1))}"
            ),
            lambda: f"WITH w AS ({one}) SELECT * FROM w",
            lambda: f"WITH w AS ({one}), v AS ({two}) SELECT * FROM w CROSS JOIN v",
        )


PIECE = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+\.?\d*|<=|>=|<>|\|\||\s+|\S")
NAMES = [f"{t.name}.{c.adql_name}" for t in (KINDS, PLACES) for c in t.columns]
NAMES += [c.adql_name for c in KINDS.columns] + ["sky.kinds", "sky.places"]
ALPHABET = "'\"()*,.;-+/%&|^~<>=!_:$@#[]{}\\`?\n\té‘’“”−≤\u200b\x00 019eExX"  # noqa: RUF001


def mutate(rnd: random.Random, queries: list[str]) -> str:
    """A query with some pieces exchanged, lost, doubled or taken from another."""
    pieces = PIECE.findall(rnd.choice(queries))
    for _ in range(rnd.choice([1, 1, 1, 2, 3, 6])):
        if not pieces:
            break
        at = rnd.randrange(len(pieces))
        change = rnd.randrange(7)
        if change == 0:
            del pieces[at]
        elif change == 1:
            pieces.insert(at, rnd.choice(pieces))
        elif change == 2:
            pieces[at] = rnd.choice(list(WORDS) + list(FUNCTIONS))
        elif change == 3:
            pieces[at] = rnd.choice(NAMES)
        elif change == 4:
            pieces[at] = rnd.choice(CONSTANTS[rnd.choice("nitdpgmax")])
        elif change == 5:
            other = PIECE.findall(rnd.choice(queries))
            start = rnd.randrange(len(other) or 1)
            pieces[at : at + rnd.randint(0, 3)] = other[
                start : start + rnd.randint(1, 12)
            ]
        else:
            other = pieces[at]
            cut = rnd.randrange(len(other) + 1)
            pieces[at] = (
                other[:cut] + rnd.choice(ALPHABET) + other[cut + rnd.randint(0, 1) :]
            )
    return "".join(pieces)
