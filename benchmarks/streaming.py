"""Seconds to stream many rows in each format, beside COPY of the same rows."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.answers import (
    OBJECTS,
    POINTS,
    Answer,
    copy_seconds,
    curl,
    offered_formats,
    server_sql,
    tap_path,
)
from benchmarks.server import Server
from benchmarks.subject import Subject

COPIES = ("FORMAT BINARY", "FORMAT CSV, HEADER")
PACKED = (
    ("votable/b2", "gzip"),
    ("csv", "gzip"),
    ("votable/b2", "zstd"),
    ("csv", "zstd"),
)
GROUP = 3  # formats that share the rounds of one pair of COPY
HEAD = (
    "| format | s | COPY BINARY (s) | COPY CSV (s) | / BINARY | / CSV |"
    " first byte (ms) | MB |",
    "|---|---|---|---|---|---|---|---|",
)

Asked = tuple[str, str]  # a format and a content coding, "" for none


@dataclass
class Group:
    """Formats measured in alternation, and what was measured."""

    formats: list[Asked]
    copies: dict[str, list[float]] = field(default_factory=dict)
    answers: dict[Asked, list[Answer]] = field(default_factory=dict)


def streaming(subject: Subject) -> Iterator[str]:
    """Both results in each format."""
    rounds = subject.effort.rounds
    with subject.serving() as server:
        yield from measured(subject, server, OBJECTS, rounds)
        yield ""
        points = f"{POINTS} FROM curves.photometry"
        yield from measured(subject, server, points, max(1, rounds - 2))


def measured(
    subject: Subject, server: Server, query: str, rounds: int
) -> Iterator[str]:
    """The table of one query."""
    sql = server_sql(subject, query)
    rows = subject.database.fetch(f"SELECT count(*) FROM ({sql}) AS q")[0][0]
    columns = query.partition(" FROM ")[0].count(",") + 1
    yield f"{rows:,} rows x {columns} columns; medians of {rounds} alternating rounds\n"
    yield from HEAD
    copy_seconds(subject, sql, COPIES[0])  # so that nothing is read from disk below
    asked = [(name, "") for name in offered_formats()] + list(PACKED)
    for start in range(0, len(asked), GROUP):
        group = Group(asked[start : start + GROUP])
        for _ in range(rounds):
            run_round(subject, server, query, sql, group)
        for each in group.formats:
            yield row(each, group)


def run_round(
    subject: Subject, server: Server, query: str, sql: str, group: Group
) -> None:
    """Both COPY, then each format of the group."""
    for form in COPIES:
        group.copies.setdefault(form, []).append(copy_seconds(subject, sql, form))
    for name, encoding in group.formats:
        answer = curl(server.base + tap_path(query, name), encoding)
        group.answers.setdefault((name, encoding), []).append(answer)


def row(asked: Asked, group: Group) -> str:
    """The line of one format; a coding that the server does not give is said."""
    answers = group.answers[asked]
    title = ", ".join(filter(None, asked))
    refused = {a.status for a in answers} - {200}
    if refused:
        return f"| {title} | status {min(refused)} |" + " |" * 6
    if any(a.encoding != asked[1] for a in answers):
        return f"| {title} | not offered |" + " |" * 6
    ours = statistics.median(a.seconds for a in answers)
    binary, csv = (statistics.median(group.copies[form]) for form in COPIES)
    first = 1000 * statistics.median(a.first for a in answers)
    return (
        f"| {title} | {ours:.2f} | {binary:.2f} | {csv:.2f} | {ours / binary:.2f} |"
        f" {ours / csv:.2f} | {first:.0f} | {answers[-1].size / 1e6:.0f} |"
    )
