"""How far the harvest of each peer has come: vo_lcc.harvests."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from vo_lcc.db import Database, Load, quote_text
from vo_lcc.registry.harvest.judging import Refused

EXAMPLES = 3  # of each reason are told


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many records were refused for one reason, and some of them."""

    number: int = 0
    examples: tuple[str, ...] = ()

    def plus(self, more: "Refusals") -> "Refusals":
        """These and others."""
        examples = (*self.examples, *more.examples)[:EXAMPLES]
        return Refusals(self.number + more.number, examples)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a harvest has brought: answers read, records taken, unchanged, deleted by
    the peer, vanished from it, and refused, by reason."""

    pages: int = 0
    taken: int = 0
    unchanged: int = 0
    deleted: int = 0
    vanished: int = 0
    refused: Mapping[str, Refusals] = field(default_factory=dict)

    @property
    def n_refused(self) -> int:
        """For whatever reason."""
        return sum(each.number for each in self.refused.values())

    @property
    def read(self) -> int:
        """Records that the peer has sent."""
        return self.taken + self.unchanged + self.deleted + self.n_refused

    def by_outcome(self) -> dict[str, int]:
        """How many records became what."""
        return {
            "taken": self.taken,
            "unchanged": self.unchanged,
            "deleted": self.deleted + self.vanished,
            "refused": self.n_refused,
        }

    def refusing(self, refused: Sequence[Refused]) -> "Counts":
        """With these as well."""
        reasons = dict(self.refused)
        for each in refused:
            one = Refusals(1, (each.identifier,) if each.identifier else ())
            reasons[each.reason] = reasons.get(each.reason, Refusals()).plus(one)
        return replace(self, refused=reasons)

    def plus(self, more: "Counts") -> "Counts":
        """These and those of another answer."""
        reasons = {
            reason: self.refused.get(reason, Refusals()).plus(each)
            for reason, each in more.refused.items()
        }
        return Counts(
            self.pages + more.pages,
            self.taken + more.taken,
            self.unchanged + more.unchanged,
            self.deleted + more.deleted,
            self.vanished + more.vanished,
            {**self.refused, **reasons},
        )

    def to_json(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Counts":
        """From what was stored.

        >>> counts = Counts(taken=2).refusing([Refused("ivo://a/b", "no title")])
        >>> Counts.of(json.loads(counts.to_json())) == counts
        True
        """
        refused = {
            reason: Refusals(each["number"], tuple(each["examples"]))
            for reason, each in stored.get("refused", {}).items()
        }
        return cls(**{**stored, "refused": refused})


@dataclass(frozen=True, slots=True)
class State:
    """A row of vo_lcc.harvests; its columns say what they mean."""

    url: str
    identity: str | None = None
    title: str | None = None
    authorities: Sequence[str] = ()
    since: datetime | None = None
    full_at: datetime | None = None
    complete_at: datetime | None = None
    token: str | None = None
    is_full: bool = True
    asked_since: datetime | None = None
    begun_at: datetime | None = None
    counts: Counts = field(default_factory=Counts)
    failures: int = 0
    error: str | None = None
    due: datetime | None = None


COLUMNS = (
    *("identity", "title", "authorities", "since", "full_at", "complete_at"),
    *("token", "is_full", "asked_since", "begun_at", "counts"),
    *("failures", "error", "due"),
)
SELECT = f"SELECT url, {', '.join(COLUMNS)} FROM vo_lcc.harvests"  # noqa: S608


def read_states(database: Database) -> list[State]:
    """Of every peer that is known."""
    return [_state(row) for row in database.fetch(f"{SELECT} ORDER BY url")]


def read_state(database: Database, url: str) -> State:
    """Of one peer; a new one is due at once."""
    database.fetch(
        "INSERT INTO vo_lcc.harvests (url) VALUES (%s) ON CONFLICT DO NOTHING", (url,)
    )
    (row,) = database.fetch(f"{SELECT} WHERE url = %s", (url,))
    return _state(row)


def note_failure(database: Database, url: str, error: str, pause: float) -> None:
    """A harvest has failed: it is due again in `pause` seconds."""
    database.fetch(
        "UPDATE vo_lcc.harvests SET failures = failures + 1, error = %s,"
        " due = now() + make_interval(secs => %s) WHERE url = %s",
        (error, pause, url),
    )


def store_progress(load: Load, state: State) -> None:
    """Where the harvest in progress goes on, in the transaction of what it read."""
    update(
        load,
        state.url,
        token=_text(state.token),
        counts=f"{quote_text(state.counts.to_json())}::jsonb",
    )


def update(load: Load, url: str, **values: str) -> None:
    """Change columns of a peer; the values are SQL."""
    assignments = ", ".join(f"{name} = {value}" for name, value in values.items())
    load.execute(
        f"UPDATE vo_lcc.harvests SET {assignments} WHERE url = {quote_text(url)}"  # noqa: S608
    )


def time_sql(value: datetime | None) -> str:
    """A time as SQL."""
    return "NULL" if value is None else f"{quote_text(value.isoformat())}::timestamptz"


def texts_sql(values: Sequence[str]) -> str:
    """Texts as an array of SQL."""
    return f"ARRAY[{', '.join(map(quote_text, values))}]::text[]"


def _text(value: str | None) -> str:
    return "NULL" if value is None else quote_text(value)


def _state(row: tuple[Any, ...]) -> State:
    state = State(*row)
    return replace(state, counts=Counts.of(row[1 + COLUMNS.index("counts")]))
