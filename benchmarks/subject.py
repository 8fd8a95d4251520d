"""What is measured: a database of generated collections, and servers over it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.data import LONG_OBJECT, load_bench
from benchmarks.server import Server, serving
from vo_lcc.db import Database, migrate
from vo_lcc.db.embedded import EmbeddedServer


@dataclass(frozen=True)
class Effort:
    """How long is measured: rounds of what is timed, seconds of what is loaded."""

    rounds: int = 5
    load_seconds: int = 3
    slow_seconds: int = 60


@dataclass(frozen=True)
class Subject:
    """The database that is measured; each measure starts a server of its own.

    `sizes` are those of the tables of positions, which `regions` loads; `objects`
    those of the published collection `bench`.
    """

    dsn: str
    database: Database
    folder: Path
    objects: int
    sizes: tuple[int, ...]
    effort: Effort = Effort()
    long_object: str = LONG_OBJECT

    def serving(self, *options: str, **more: str) -> AbstractContextManager[Server]:
        """A fresh server over the database; `more` is added to its environment."""
        return serving(self.dsn, self.folder, *options, more=more)

    def postgresql(self) -> psutil.Process:
        """The process of which all others of the database are children."""
        ((folder,),) = self.database.fetch("SHOW data_directory")
        file = Path(folder, "postmaster.pid")
        return psutil.Process(int(file.read_text(encoding="ascii").split()[0]))

    def data(self) -> str:
        """How much there is."""
        counts = "SELECT count(DISTINCT object_id), sum(n_points) FROM {}.lightcurves"
        objects, points = self.database.fetch(counts.format("bench"))[0]
        curves, more = self.database.fetch(counts.format("curves"))[0]
        return (
            f"{objects:,} objects with {points:,} points (`bench`) and"
            f" {curves:,} with {more:,} (`curves`)"
        )


@contextmanager
def made_subject(
    folder: Path, objects: int, sizes: tuple[int, ...], effort: Effort
) -> Iterator[Subject]:
    """A new database in `folder` with `objects` generated objects."""
    folder.chmod(0o755)
    with EmbeddedServer(folder) as server:
        database = Database(server.url)
        try:
            migrate(database)
            load_bench(database, objects)
            yield Subject(server.url, database, folder, objects, sizes, effort)
        finally:
            database.close()
