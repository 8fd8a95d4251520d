"""ADQL 2.1: text and a catalog in, a `SelectPlan` out. No I/O.

`compile_query` is a list of passes, one file each: parse (lexer, grammar.lark,
build), resolve (scope), infer (functions), groups, regions, and postgres (shapes),
which writes the SQL. `nodes` is the tree; services build theirs in Python and use
`plan_query`.
"""

from vo_lcc.adql.compile import (
    SelectPlan,
    check_lines,
    compile_query,
    parse_query,
    plan_query,
)

__all__ = ["SelectPlan", "check_lines", "compile_query", "parse_query", "plan_query"]
