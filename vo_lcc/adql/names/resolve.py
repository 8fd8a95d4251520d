"""Names to things, scope by scope, with the rules of SQL.

Every table gets an alias unique in the query, every column becomes a `ColumnRef`
to it, `*` is spelt out, NATURAL and USING become conditions, positions and aliases
in GROUP BY and ORDER BY become what they stand for. Afterwards no name needs a
scope to be understood.

A name without quotes matches in any case, one in quotes exactly (ADQL 2.1 section
2.1.2). An inner query sees the tables of those around it.
"""

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from vo_lcc.adql import nodes as n
from vo_lcc.adql.names.advice import column_hint, table_hint
from vo_lcc.adql.names.joins import check_aliases, common_names, merge
from vo_lcc.adql.names.objects import Names
from vo_lcc.adql.names.scope import Entry, Scope, Visible, find_column, same
from vo_lcc.adql.names.selectlist import (
    SelectList,
    default_name,
    is_computed,
    is_position,
    select_from,
)
from vo_lcc.adql.problems import Problems, did_you_mean
from vo_lcc.adql.tree.walk import inner_query, rebuild, with_query
from vo_lcc.tables import Catalog, Table

# A name that could not be resolved: it was noted, and must not raise more problems.
LOST = n.ColumnName(("?",))

MAX_COLUMNS = 1600  # of one result, in PostgreSQL


def resolve(
    query: n.Query, catalog: Catalog, problems: Problems, objects: Names | None = None
) -> n.Query:
    """The query with every name resolved; problems are noted."""
    return Resolver(catalog, problems, objects or Names()).query(query, None)


@dataclass(frozen=True, slots=True)
class Common:
    """A table of WITH in sight: its name, its unique SQL name, its query."""

    name: str
    sql_name: str
    query: n.Query


@dataclass(slots=True)
class Resolver:
    """The state of one resolution: aliases given, common tables in sight.

    `hidden` are aliases of the select list where they cannot be used.
    """

    catalog: Catalog
    problems: Problems
    objects: Names = field(default_factory=Names)
    aliases: dict[str, int] = field(default_factory=dict)
    commons: list[Common] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    shown: dict[int, tuple[n.Select, SelectList]] = field(default_factory=dict)

    def alias(self, letter: str) -> str:
        """An alias that no other table of the query has: t1, t2 ..."""
        number = self.aliases[letter] = self.aliases.get(letter, 0) + 1
        return f"{letter}{number}"

    # --- queries ------------------------------------------------------------------

    def query(self, query: n.Query, outer: Scope | None) -> n.Query:
        """Any query."""
        if isinstance(query, n.Select):
            return self.select(query, outer)
        if isinstance(query, n.With):
            return self.with_query(query, outer)
        if any(is_computed(o.expr) for o in query.order_by):
            return self.select(select_from(query), outer)
        left, right = self.query(query.left, outer), self.query(query.right, outer)
        shown = self.select_list(left)
        order = tuple(self.set_order(o, shown) for o in query.order_by)
        return replace(query, left=left, right=right, order_by=order)

    def with_query(self, query: n.With, outer: Scope | None) -> n.With:
        """Each common table sees those before it."""
        in_sight, tables = len(self.commons), []
        for table in query.tables:
            if any(same(table.name, other.name) for other in self.commons[in_sight:]):
                text = f"two tables of this WITH are called `{table.name}`"
                self.problems.add(text, table.at)
            inner = self.query(table.query, outer)
            sql_name = self.alias("w")
            self.commons.append(Common(table.name, sql_name, inner))
            tables.append(n.CommonTable(sql_name, inner, at=table.at))
        body = self.query(query.query, outer)
        del self.commons[in_sight:]
        return n.With(tuple(tables), body, at=query.at)

    def select(self, query: n.Select, outer: Scope | None) -> n.Select:
        """FROM first, since everything else names its columns."""
        source, scope = self.source(query.source, outer)
        scope.outer = outer
        items = self.items(query.items, scope)
        shown = SelectList.of(items)
        if len(items) > MAX_COLUMNS:
            self.problems.add(f"more than {MAX_COLUMNS} columns", query.at)
        select = replace(
            query,
            source=source,
            items=shown.items,
            where=self.where(query, scope),
            group_by=tuple(self.group(e, scope, shown) for e in query.group_by),
            having=self.optional(query.having, scope, shown),
            order_by=tuple(self.order(o, scope, shown, query) for o in query.order_by),
        )
        self.shown[id(select)] = (select, shown)
        return select

    def where(self, query: n.Select, scope: Scope) -> n.Expr | None:
        """The condition of rows; what SELECT calls its items is not known in it."""
        around = self.hidden
        self.hidden = [item.alias for item in query.items if item.alias]
        condition = self.optional(query.where, scope)
        self.hidden = around
        return condition

    def select_list(self, query: n.Query) -> SelectList:
        """The select list that names the columns of a resolved query's result."""
        while not isinstance(query, n.Select):
            query = query.query if isinstance(query, n.With) else query.left
        return self.shown[id(query)][1]

    def items(
        self, items: tuple[n.SelectItem, ...], scope: Scope
    ) -> list[tuple[str, n.SelectItem]]:
        """The select list, `*` spelt out, with the name each item is seen by."""
        found: list[tuple[str, n.SelectItem]] = []
        for item in items:
            if isinstance(item.expr, n.Star):
                found += [
                    (v.name, n.SelectItem(v.expr, str(v.name), at=item.at))
                    for v in self.star(item.expr, scope)
                ]
                continue
            expr = self.expr(item.expr, scope)
            name = item.alias or default_name(item.expr, expr, len(found) + 1)
            found.append((name, n.SelectItem(expr, str(name), at=item.at)))
        return found

    def star(self, star: n.Star, scope: Scope) -> list[Visible]:
        """The columns of `*` or `t.*`."""
        if not star.qualifier:
            return scope.columns
        for entry in scope.entries:
            if entry.called(star.qualifier):
                return entry.columns
        name = ".".join(star.qualifier)
        hint = did_you_mean(star.qualifier[-1], [e.alias for e in scope.entries])
        self.problems.add(f"no table `{name}` in FROM{hint}", star.at)
        return [Visible("?", LOST)]

    def group(self, expr: n.Expr, scope: Scope, shown: SelectList) -> n.Expr:
        """A column or expression; an alias or position of the select list."""
        if is_position(expr):
            number = shown.position(expr, self.problems)
            return shown.expr(number) if number else LOST
        return self.expr(expr, scope, shown)  # type: ignore[no-any-return]

    def order(
        self, order: n.OrderItem, scope: Scope, shown: SelectList, query: n.Select
    ) -> n.OrderItem:
        """A position where it is one of the items, else an expression."""
        expr = order.expr
        if is_position(expr):
            number = shown.position(expr, self.problems)
            return replace(order, expr=n.Ordinal(number, at=expr.at))
        resolved = shown.find(expr) or self.expr(expr, scope, shown)
        if resolved in shown.numbers:
            number = shown.numbers[resolved]
            return replace(order, expr=n.Ordinal(number, at=expr.at))
        if query.distinct:
            self.problems.add(
                "with SELECT DISTINCT, ORDER BY can only name selected columns", expr.at
            )
        return replace(order, expr=resolved)

    def set_order(self, order: n.OrderItem, shown: SelectList) -> n.OrderItem:
        """A column of the result of a UNION, by its position or name."""
        expr = order.expr
        if is_position(expr):
            number = shown.position(expr, self.problems)
            return replace(order, expr=n.Ordinal(number, at=expr.at))
        places = shown.places(expr)
        if len(places) != 1:
            what = "one of several columns" if places else "something else"
            self.problems.add(
                f"ORDER BY can only name a column of the result here, not {what}",
                expr.at,
            )
            return order
        return replace(order, expr=n.Ordinal(places[0], at=expr.at))

    # --- sources ------------------------------------------------------------------

    def source(self, node: n.Source, outer: Scope | None) -> tuple[n.Source, Scope]:
        """A table or join, and the columns it brings into sight."""
        if isinstance(node, n.TableName):
            return self.table(node)
        if isinstance(node, n.DerivedTable):
            query = self.query(node.query, outer)
            alias = self.alias("t")
            entry = derived_entry(
                node.alias, self.select_list(query), alias, f"`{node.alias}`"
            )
            return n.DerivedTable(query, alias, at=node.at), scope_of(entry)
        if isinstance(node, n.Join):
            return self.join(node, outer)
        raise TypeError(f"{node!r} is resolved already")

    def table(self, node: n.TableName) -> tuple[n.Source, Scope]:
        """A common table, or one of the catalog."""
        alias = self.alias("t")
        if len(node.parts) == 1:
            for common in reversed(self.commons):
                if same(node.parts[0], common.name):
                    entry = derived_entry(
                        node.alias or common.name,
                        self.select_list(common.query),
                        alias,
                        f"`{common.name}`",
                    )
                    ref = n.CommonRef(common.sql_name, alias, common.query, at=node.at)
                    return ref, scope_of(entry)
        table = self.find_table(node)
        if table is None:
            return node, Scope(columns=[Visible("?", LOST)], lost=True)
        columns = [Visible(c.name, n.ColumnRef(alias, c.name)) for c in table.columns]
        schema = None if node.alias else table.schema
        entry = Entry(node.alias or table.name, schema, columns, table.full_name)
        return n.TableRef(table, alias, at=node.at), scope_of(entry)

    def find_table(self, node: n.TableName) -> Table | None:
        """The table of the catalog a name means; else a problem is noted."""
        parts, written = node.parts, ".".join(node.parts)
        if len(parts) == 2:
            key = (parts[0].lower(), parts[1].lower())
            near = self.catalog.folded.get(key, ())
        else:
            bare = parts[0].lower() if len(parts) == 1 else ""
            near = self.catalog.by_bare_name.get(bare, ())
        found = [
            t
            for t in near
            if same(parts[-1], t.name) and (len(parts) == 1 or same(parts[0], t.schema))
        ]
        if len(found) == 1:
            return found[0]
        if found:
            choices = ", ".join(sorted(t.full_name for t in found))
            self.problems.add(f"`{written}` is ambiguous: {choices}", node.at)
            return None
        hint = table_hint(self.catalog, node, [c.name for c in self.commons])
        self.problems.add(f"no table `{written}`{hint}", node.at)
        return None

    def join(self, node: n.Join, outer: Scope | None) -> tuple[n.Source, Scope]:
        """Both sides; NATURAL and USING become conditions on merged columns."""
        left, a = self.source(node.left, outer)
        right, b = self.source(node.right, outer)
        scope = Scope(
            a.entries + b.entries, a.columns + b.columns, outer, a.lost or b.lost
        )
        check_aliases(a, b, node, self.problems)
        on: n.Expr | None = None
        if node.natural or node.using:
            names = common_names(node, a, b)
            on, scope.columns = merge(node, names, a, b, self.problems)
        elif node.on is not None:
            on = self.expr(node.on, scope)
        elif node.kind != "CROSS":
            self.problems.add("a JOIN needs ON or USING", node.at)
        if node.kind == "CROSS" and (node.natural or on is not None):
            self.problems.add("a CROSS JOIN takes no NATURAL, ON or USING", node.at)
        kind = "CROSS" if on is None else node.kind
        return n.Join(kind, left, right, on=on, at=node.at), scope

    # --- expressions --------------------------------------------------------------

    def optional(
        self,
        expr: n.Expr | None,
        scope: Scope,
        shown: SelectList | None = None,
    ) -> n.Expr | None:
        """A clause that may be absent."""
        return None if expr is None else self.expr(expr, scope, shown)

    def expr(
        self,
        expr: Any,
        scope: Scope,
        shown: SelectList | None = None,
    ) -> Any:
        """An expression; `shown` has the aliases it may use where no column fits."""

        def rewrite(node: Any) -> Any:
            if isinstance(node, n.ColumnName):
                return self.column(node, scope, shown)
            if isinstance(node, n.Call) and node.name == "IVO_SIMBADPOINT":
                return self.objects.point(node, self.problems)
            held = inner_query(node)
            if held is not None:
                node = with_query(node, self.query(held, scope))
            return rebuild(node, rewrite)

        return rewrite(expr)

    def column(
        self, name: n.ColumnName, scope: Scope, shown: SelectList | None
    ) -> n.Expr:
        """A column in sight, else an alias, else a problem."""
        if shown is not None and not any(s.named(name.parts[0]) for s in scope.chain()):
            found = shown.find(name)
            if found is not None:
                return found
        if any(s.lost for s in scope.chain()):
            return LOST
        hint = partial(column_hint, self.catalog, name.parts[-1], self.hidden)
        return find_column(scope, name, self.problems, hint) or LOST


def derived_entry(name: str, shown: SelectList, alias: str, described: str) -> Entry:
    """The columns of a derived or common table, under the names they are seen by."""
    columns = [
        Visible(seen, n.ColumnRef(alias, item.alias or ""))
        for seen, item in zip(shown.names, shown.items, strict=True)
    ]
    return Entry(name, None, columns, described)


def scope_of(entry: Entry) -> Scope:
    """The scope of one table."""
    return Scope([entry], list(entry.columns))
