"""Scopes: which columns can be named where, and by which names."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from vo_lcc.adql import nodes as n
from vo_lcc.adql.problems import Problems, did_you_mean

UPLOADS = "TAP_UPLOAD."
MOST, NAME = 6, 40  # columns that a message names, letters of each


@dataclass(frozen=True, slots=True)
class Visible:
    """A column that can be named: its name, and the expression it stands for."""

    name: str
    expr: n.Expr


@dataclass(slots=True)
class Entry:
    """One table of a FROM: what it is called, and its columns in order."""

    alias: str
    schema: str | None
    columns: list[Visible]
    described: str
    _folded: dict[str, list[Visible]] | None = None

    def named(self, name: str) -> list[Visible]:
        """The columns a name can mean after the name of this table."""
        if self._folded is None:
            self._folded = fold(self.columns)
        return pick(name, self._folded.get(name.lower(), ()))

    def called(self, qualifier: tuple[str, ...]) -> bool:
        """True when `qualifier` means this table."""
        if not same(qualifier[-1], self.alias):
            return False
        if len(qualifier) == 1:
            return True
        return (
            len(qualifier) == 2
            and self.schema is not None
            and same(qualifier[0], self.schema)
        )


@dataclass(slots=True)
class Scope:
    """The tables of one FROM, or of a part of it, inside those of outer queries.

    `columns` are those of `*`, in order: columns merged by NATURAL or USING first.
    One of the tables is `lost` when it does not exist: then any name may be its.
    """

    entries: list[Entry] = field(default_factory=list)
    columns: list[Visible] = field(default_factory=list)
    outer: "Scope | None" = None
    lost: bool = False
    _folded: dict[str, list[Visible]] | None = None

    def named(self, name: str) -> list[Visible]:
        """The columns an unqualified name can mean, here only."""
        if self._folded is None:
            self._folded = fold(self.columns)
        return pick(name, self._folded.get(name.lower(), ()))

    def chain(self) -> "Iterator[Scope]":
        """This scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer


def same(written: str, name: str) -> bool:
    """True when an identifier as written means this name.

    >>> same(n.Regular("RA"), "ra"), same("RA", "ra")
    (True, False)
    """
    if isinstance(written, n.Regular) or isinstance(name, n.Regular):
        return written.lower() == name.lower()
    return written == name


def pick(name: str, found: Iterable[Visible]) -> list[Visible]:
    """Those of the same letters that `name` means."""
    if isinstance(name, n.Regular):
        return list(found)
    return [v for v in found if v.name == name or (isinstance(v.name, n.Regular))]


def fold(columns: Iterable[Visible]) -> dict[str, list[Visible]]:
    """Columns by lower-cased name."""
    folded: dict[str, list[Visible]] = {}
    for visible in columns:
        folded.setdefault(visible.name.lower(), []).append(visible)
    return folded


def find_column(
    scope: Scope | None,
    name: n.ColumnName,
    problems: Problems,
    hint: Callable[[], str] = str,
) -> n.Expr | None:
    """The expression a column name stands for; else a problem is noted.

    `hint` is asked about a name that is not known at all.
    """
    parts, qualifier = name.parts, name.parts[:-1]
    if scope is None:
        problems.add(f"no table has a column `{'.'.join(parts)}`", name.at)
        return None
    for level in scope.chain():
        if qualifier:
            entries = [e for e in level.entries if e.called(qualifier)]
            if not entries:
                continue
            if len(entries) > 1:
                problems.add(
                    f"`{'.'.join(qualifier)}` means more than one table", name.at
                )
                return None
            return in_entry(entries[0], name, problems)
        found = level.named(parts[0])
        if len(found) > 1:
            problems.add(ambiguous(level, parts[0]), name.at)
            return None
        if found:
            return at(found[0].expr, name.at)
    problems.add(unknown(scope, name, hint()), name.at)
    return None


def in_entry(entry: Entry, name: n.ColumnName, problems: Problems) -> n.Expr | None:
    """The column of one table."""
    wanted = name.parts[-1]
    found = entry.named(wanted)
    if len(found) == 1:
        return at(found[0].expr, name.at)
    if found:
        problems.add(f"`{wanted}` is ambiguous in {entry.described}", name.at)
    else:
        hint = did_you_mean(wanted, [v.name for v in entry.columns]) or sent(entry)
        problems.add(f"no column `{wanted}` in {entry.described}{hint}", name.at)
    return None


def sent(entry: Entry) -> str:
    """The columns of a table that was sent with the query; of others nothing.

    Their names may not be what its sender thinks, as without a line of names.
    """
    if not entry.described.startswith(UPLOADS):
        return ""
    names = ", ".join(f"`{v.name[:NAME]}`" for v in entry.columns[:MOST])
    more = " ..." if len(entry.columns) > MOST else ""
    return f"; {entry.described} has {names}{more}"


def at(expr: n.Expr, offset: int) -> n.Expr:
    """The column reference, at the place it is used."""
    if isinstance(expr, n.ColumnRef):
        return n.ColumnRef(expr.source, expr.name, at=offset)
    return expr


def ambiguous(scope: Scope, name: str) -> str:
    """Which tables could be meant."""
    owners = [
        e.described for e in scope.entries if any(same(name, v.name) for v in e.columns)
    ]
    return f"`{name}` is ambiguous: it is in {' and in '.join(owners)}"


def unknown(scope: Scope, name: n.ColumnName, hint: str) -> str:
    """What is missing, and what may have been meant."""
    qualifier, wanted = name.parts[:-1], name.parts[-1]
    if qualifier:
        aliases = [e.alias for s in scope.chain() for e in s.entries]
        hint = did_you_mean(qualifier[-1], aliases)
        return f"no table `{'.'.join(qualifier)}` in FROM{hint}"
    tables = " or ".join(e.described for e in scope.entries)
    known = [v.name for s in scope.chain() for v in s.columns]
    known_so = wanted.lower() in {name.lower() for name in known}
    if not hint and not isinstance(wanted, n.Regular) and not known_so:
        hint = "; text is written in single quotes: '...'"
    hint += ("" if hint else did_you_mean(wanted, known)) or "".join(
        map(sent, scope.entries)
    )
    return f"no column `{wanted}` in {tables}{hint}"
