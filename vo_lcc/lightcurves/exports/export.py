"""Exporting a collection, or what a query finds."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import pyarrow.compute as pc

from vo_lcc import __version__
from vo_lcc.db import Database, Statement, StreamLimits, Streams
from vo_lcc.db.pools import BULK
from vo_lcc.errors import StateError, UsageError
from vo_lcc.lightcurves.exports.chunks import Chunk, read_chunks
from vo_lcc.lightcurves.exports.folder import Folder, new_folder
from vo_lcc.lightcurves.exports.hats import HatsWriter, count_cells
from vo_lcc.lightcurves.exports.long import FitsWriter, ParquetWriter
from vo_lcc.lightcurves.exports.nested import NestedWriter
from vo_lcc.lightcurves.exports.source import Source
from vo_lcc.lightcurves.exports.tiles import Most, Tile, find_tiles
from vo_lcc.lightcurves.progress import Progress, Silent
from vo_lcc.tables import Column

LONG = 7 * 24 * 3600  # seconds
LIMITS = StreamLimits(LONG, LONG, LONG, temp_bytes=2**40)
"""Those of a query are for many users; an export is what the operator asks for."""

SIZE = (Column("objects", "long"), Column("points", "long"))


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was exported, and where it is."""

    path: Path
    collection: str
    release: str
    objects: int
    points: int
    size: int


FORMS = ("parquet", "nested", "hats", "fits")


class Writer(Protocol):
    """Writes one form of export."""

    def write(self, chunk: Chunk) -> None:
        """Some objects and their light curves, which follow those before."""
        ...

    def finish(self) -> None:
        """Nothing follows."""
        ...


WRITERS: Mapping[str, Callable[[Folder, Source], Writer]] = MappingProxyType(
    {"parquet": ParquetWriter, "nested": NestedWriter, "fits": FitsWriter}
)


def export_source(
    database: Database,
    source: Source,
    form: str,
    target: Path,
    force: bool = False,
    most: Most | None = None,
    progress: Progress | None = None,
) -> ExportReport:
    """Write a release, or some objects of it, into the folder `target`.

    `form` is one of FORMS; `most` is how much a tile of a HATS catalogue may hold.
    Raises UsageError where the folder cannot be written or a limit is passed,
    StateError where the release was changed meanwhile.
    """
    export = Export(source, form, most or Most(), progress or Silent())
    with new_folder(target, force) as folder:
        asyncio.run(export.run(database.url, folder))
        folder.finish(export.about())
        return ExportReport(
            target, source.file.name, source.label, *export.done, folder.size
        )


class Export:
    """One export while it runs."""

    def __init__(
        self, source: Source, form: str, most: Most, progress: Progress
    ) -> None:
        self._source, self._form = source, form
        self._most, self._progress = most, progress
        self.done = 0, 0
        """Objects and points that were written."""

    async def run(self, url: str, folder: Folder) -> None:
        """Read and write all of it."""
        streams = Streams(url, LIMITS)
        try:
            total = await self._size(streams)
            tiles = await self._tiles(streams)
            writer = self._writer(folder, tiles)
            self._progress.stage("points", total[1], " points")
            chunks = read_chunks(streams, self._source, [tile.first for tile in tiles])
            await self._write(writer, chunks)
        finally:
            await streams.close()
        if self.done != total:
            raise StateError("the release was changed while it was exported; try again")

    async def _size(self, streams: Streams) -> tuple[int, int]:
        statement = Statement(self._source.size_sql, pool=BULK)
        rows = [b async for b in streams.run(statement, SIZE) if b.num_rows]
        objects, points = (column[0].as_py() for column in rows[0].columns)
        return objects, points

    async def _tiles(self, streams: Streams) -> list[Tile]:
        """The tiles of a HATS catalogue; none for another form."""
        if self._form != "hats":
            return []
        tiles = await find_tiles(
            partial(count_cells, streams, self._source), self._most
        )
        if not tiles:
            raise UsageError("there is no object, so a HATS catalogue has no tile")
        return tiles

    def _writer(self, folder: Folder, tiles: list[Tile]) -> Writer:
        if self._form == "hats":
            return HatsWriter(folder, self._source, tiles, self._most)
        return WRITERS[self._form](folder, self._source)

    async def _write(self, writer: Writer, chunks: AsyncGenerator[Chunk, None]) -> None:
        """Write each chunk while the next is read."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "export") as thread:
            async with aclosing(chunks):
                writing = loop.run_in_executor(thread, _nothing)
                try:
                    async for chunk in chunks:
                        await writing
                        writing = loop.run_in_executor(thread, writer.write, chunk)
                        self._count(chunk)
                finally:
                    await writing
            await loop.run_in_executor(thread, writer.finish)

    def _count(self, chunk: Chunk) -> None:
        objects, points = self.done
        here = int(pc.sum(pc.list_value_length(chunk.curves["obs_time"])).as_py() or 0)
        self.done = objects + chunk.objects.num_rows, points + here
        self._progress.advance(here)

    def about(self) -> dict[str, Any]:
        """What the manifest says of the whole export."""
        objects, points = self.done
        return {
            "software": f"vo_lcc {__version__}",
            "format": self._form,
            "collection": self._source.file.name,
            "release": self._source.label,
            "query": self._source.adql,
            "exported": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "objects": objects,
            "points": points,
        }


def _nothing() -> None:
    """What was written before the first chunk."""
