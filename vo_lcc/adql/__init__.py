"""ADQL 2.1: text and a catalog in, a `SelectPlan` out. No I/O.

`compile` strings the passes together. The way a query travels, and who does what:

1. `syntax`: `lexer` (with `words`, and `slips`: what is not ADQL), `lalr` with
   `grammar.lark`, `build`: text to words to a tree of `nodes`, within limits of
   size; `parse` with `repairs`: hints, and how to read on after a mistake.
   `write` is the way back to text.
2. `names`: `resolve`, with `scope` (which names are in sight), `selectlist` (names and
   positions of a result) and `objects` (names on the sky): names become the nodes of
   `tree.resolved`, `*` is spelt out.
3. `types`: `infer`, with `expressions` and `conditions` (a rule for each node): every
   value gets a `Column`; `groups`, `windows`, `joins`: what SQL cannot group or join.
   `functions` has a row for each function: its forms, its result, its SQL. `values`
   knows kinds, units, and one type for several values.
4. `regions`: `index` goes through the conditions, `predicates` reads them in any
   spelling, `lookup` knows what an index can say; `constants`, `checks` and `stcs` read
   geometries of constants; `used` tells what an unresolved query takes for positions.
   `vo_lcc.sky` and `vo_lcc.moc` know the cells.
5. `postgres`: `render` (queries), `values`, `conditions`, `shapes` (geometries) and
   `words`: the only writers of SQL.

`plans` keeps what was compiled, `explain` tells people what a query becomes.
`problems` collects what is wrong, with its place; `tree.walk` goes through trees.
Services build their tree of `nodes` in Python and enter at 2, by `plan_query`.
A new function is a row in `functions`, with a template of its SQL, and a word in
`syntax.words.FUNCTIONS` if ADQL reserves its name.
"""

from vo_lcc.adql.compile import (
    SelectPlan,
    check_lines,
    compile_query,
    parse_query,
    plan_query,
)
from vo_lcc.adql.syntax.parse import parse_tree

__all__ = [
    "SelectPlan",
    "check_lines",
    "compile_query",
    "parse_query",
    "parse_tree",
    "plan_query",
]
