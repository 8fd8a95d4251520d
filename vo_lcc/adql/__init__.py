"""ADQL 2.1: text and a catalog in, a `SelectPlan` out. No I/O.

`compile` strings the passes together. The way a query travels, and who does what:

1. `syntax`: `lexer` (with `words`, and `slips`: what is not ADQL), `lalr` with
   `grammar.lark`, `build`: text to words to a tree of `nodes`, within limits of
   size; `parse` with `repairs`: hints, and how to read on after a mistake.
   `write` is the way back to text.
2. `resolve`, with `scope` (which names are in sight) and `selectlist` (names and
   positions of a result): names become the nodes of `resolved`, `*` is spelt out.
3. `infer`, with `rules` (one for each node), `unify` (one type for several values),
   `functions` (what each takes and gives) and `kinds`: every value gets a `Column`.
4. `groups` and `joins`: what SQL cannot group or join.
5. `regions`, with `geometry`: region predicates become index conditions and exact
   tests; `vo_lcc.sky` knows the ranges.
6. `postgres`, with `shapes` (geometries) and `sql` (words): the only writers of SQL.

`plans` keeps what was compiled, `explain` tells people what a query becomes.
`problems` collects what is wrong, with its place; `walk` goes through trees.
Services build their tree of `nodes` in Python and enter at 2, by `plan_query`.
A new function is a row in `functions`, one in `sql` or `shapes`, and a word in
`words.FUNCTIONS` if ADQL reserves its name.
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
