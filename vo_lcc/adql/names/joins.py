"""Two tables side by side: the columns they are joined on, and those of `*`."""

from vo_lcc.adql import nodes as n
from vo_lcc.adql.names.scope import Scope, Visible, fold, same
from vo_lcc.adql.problems import Problems, did_you_mean

# The condition of an outer join on no columns.
ALWAYS = n.Comparison("=", n.Literal(1), n.Literal(1))


def check_aliases(a: Scope, b: Scope, node: n.Join, problems: Problems) -> None:
    """Two tables of one FROM may not have one name."""
    for entry in b.entries:
        for other in a.entries:
            if same(entry.alias, other.alias) and entry.schema == other.schema:
                problems.add(
                    f"two tables are called `{entry.alias}`; give one an alias",
                    node.at,
                )


def common_names(node: n.Join, a: Scope, b: Scope) -> list[str]:
    """The columns to join on."""
    if node.using:
        return list(node.using)
    right = fold(b.columns)
    return [
        v.name
        for v in a.columns
        if any(same(v.name, w.name) for w in right.get(v.name.lower(), ()))
    ]


def merge(
    node: n.Join, names: list[str], a: Scope, b: Scope, problems: Problems
) -> tuple[n.Expr | None, list[Visible]]:
    """The condition of a join on `names`, and the columns of its `*`."""
    merged, conditions = [], []
    gone: set[int] = set()
    for name in names:
        left, right = (one(name, side, node.at, problems) for side in (a, b))
        if left is None or right is None:
            continue
        conditions.append(n.Comparison("=", left.expr, right.expr, at=node.at))
        kept: n.Expr = right.expr if node.kind == "RIGHT" else left.expr
        if node.kind == "FULL":
            kept = n.Call("COALESCE", (left.expr, right.expr), at=node.at)
        merged.append(Visible(left.name, kept))
        gone |= {id(left), id(right)}
    rest = [v for v in a.columns + b.columns if id(v) not in gone]
    if not conditions:
        return None if node.kind == "INNER" else ALWAYS, merged + rest
    condition = conditions[0] if len(conditions) == 1 else n.And(tuple(conditions))
    return condition, merged + rest


def one(name: str, scope: Scope, at: int, problems: Problems) -> Visible | None:
    """The one column of this name on one side of a join."""
    found = scope.named(name)
    if len(found) == 1:
        return found[0]
    tables = " and ".join(e.described for e in scope.entries)
    if found:
        problems.add(f"`{name}` is ambiguous in {tables}", at)
    else:
        hint = did_you_mean(name, [v.name for v in scope.columns])
        problems.add(f"no column `{name}` in {tables}{hint}", at)
    return None
