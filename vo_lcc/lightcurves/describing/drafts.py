"""A draft of a collection file: what is in it, and how it is written."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
MOST_LINES = 40
LONGEST = 300


@dataclass
class Draft:
    """The keys of a collection file, and the questions that are left for a person.

    `spare` are the keys of columns that may be left out to keep it short, the first
    to go last in the tuple.
    """

    top: dict[str, Any] = field(default_factory=dict)
    time: dict[str, Any] = field(default_factory=dict)
    passbands: dict[str, Any] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=dict)
    object_columns: dict[str, Any] = field(default_factory=dict)
    lightcurves: dict[str, Any] = field(default_factory=dict)
    point_columns: dict[str, Any] = field(default_factory=dict)
    spare: list[tuple[str, str]] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)

    def ask(self, *questions: str) -> None:
        """More that a person has to say, each once."""
        for question in questions:
            if question not in self.questions:
                self.questions.append(question)

    def drop(self, part: str, name: str) -> None:
        """Leave out a column that is not needed."""
        columns = self.object_columns if part == "objects" else self.point_columns
        columns.pop(name, None)
        self.spare = [key for key in self.spare if key != (part, name)]

    def text(self) -> str:
        """The collection file, of at most MOST_LINES lines."""
        left_out: list[str] = []
        while True:
            lines = list(self._lines(left_out))
            if len(lines) <= MOST_LINES or not self.spare:
                break
            part, name = self.spare[-1]
            left_out.append(name)
            self.drop(part, name)
        over = len(lines) - MOST_LINES
        if over > 0:
            tail = lines[-over - 1 :]
            joined = "; ".join(
                [tail[0], *(line.removeprefix("# ? ") for line in tail[1:])]
            )
            lines[-over - 1 :] = [joined]
        return "\n".join(lines) + "\n"

    def _lines(self, left_out: list[str]) -> Iterator[str]:
        yield from self._table(None, self.top)
        yield from self._table("time", self.time)
        yield from self._table("passbands", self.passbands)
        yield from self._table("objects", self.objects)
        yield from self._table("objects.columns", self.object_columns)
        yield from self._table("lightcurves", self.lightcurves)
        yield from self._table("lightcurves.columns", self.point_columns)
        if self.questions or left_out:
            yield "# Questions left for a person; what is a guess is told here:"
        for question in self.questions:
            yield f"# ? {_one_line(question)}"
        if left_out:
            yield f"# ? columns left out: {', '.join(reversed(left_out))}"

    def _table(self, name: str | None, keys: Mapping[str, Any]) -> Iterator[str]:
        if name is not None:
            note = self.notes.get(name)
            yield f"[{name}]" + (f"  # {_one_line(note)}" if note else "")
        for key, value in keys.items():
            note = self.notes.get(f"{name}.{key}" if name else key)
            yield f"{_key(key)} = {render(value)}" + (
                f"  # {_one_line(note)}" if note else ""
            )


def render(value: Any) -> str:
    """A value as TOML writes it.

    >>> render({"source": "m", "missing": [99.99, "null"], "wrap": True})
    '{ source = "m", missing = [99.99, "null"], wrap = true }'
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(k)} = {render(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(render, value))}]"
    if isinstance(value, float):
        return (
            f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else repr(value)
        )
    if isinstance(value, int):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007F")


def _key(key: str) -> str:
    return key if BARE.match(key) else json.dumps(key, ensure_ascii=False)


def _one_line(text: str) -> str:
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return words if len(words) <= LONGEST else words[: LONGEST - 3] + "..."
