"""A HATS catalogue: nested light curves in tiles of the sky, for LSDB and others.

The layout is that of the IVOA note on HATS: a Parquet file for each tile, by its order
and number; the tiles in partition_info.csv, the schema in _common_metadata, the row
groups of all files in _metadata, where objects are in skymap.fits, and what it is in
hats.properties (and in `properties`, which older readers look for).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from cdshealpix.skymap import SkymapImplicit

from vo_lcc import __version__
from vo_lcc.db import Statement, Streams
from vo_lcc.db.pools import BULK
from vo_lcc.lightcurves.exports.chunks import Chunk
from vo_lcc.lightcurves.exports.definition import Layout, write_definition
from vo_lcc.lightcurves.exports.folder import Folder
from vo_lcc.lightcurves.exports.nested import NestedRows
from vo_lcc.lightcurves.exports.source import Source
from vo_lcc.lightcurves.exports.tables import ParquetTable
from vo_lcc.lightcurves.exports.tiles import Counts, Most, Tile
from vo_lcc.sky import ORDER
from vo_lcc.tables import Column

CELL = "_healpix_29"
DATASET = "dataset"
VERSION = "v1.0", "2025-08-22"
"""Of the note, and when it came out."""

MOST_FOOTERS = 100_000
"""Columns of row groups in _metadata; with more it is left out, as the note allows."""

SKYMAP_ORDER = 8
COUNTED = tuple(Column(name, "long") for name in ("cell", "objects", "points"))


async def count_cells(
    streams: Streams, source: Source, order: int, first: int, end: int
) -> Counts:
    """How many objects and points are in each cell, from the database."""
    sql = source.cells_sql(order, first, end)
    found = [b async for b in streams.run(Statement(sql, pool=BULK), COUNTED)]
    columns = (
        np.concatenate(
            [np.zeros(0, np.int64), *(b.column(i).to_numpy() for b in found)]
        )
        for i in range(len(COUNTED))
    )
    return Counts(order, *columns)


class HatsWriter:
    """Writes a catalogue; chunks are in the order of its tiles, and none spans two."""

    def __init__(
        self, folder: Folder, source: Source, tiles: Sequence[Tile], most: Most
    ) -> None:
        self._folder, self._source = folder, source
        self._tiles, self._most = tiles, most
        self._rows = NestedRows(source, CELL)
        self._left = iter(tiles)
        self._tile: Tile | None = None
        self._file: ParquetTable | None = None
        self._footers: list[pq.FileMetaData] = []
        self._footer_columns = 0
        self._schema = pa.schema([])
        self._skymap = empty_skymap(tiles)
        layout = Layout(None, "Npix=*.parquet", f"{self._rows.nested}.", "nested")
        write_definition(folder, source, layout)

    def write(self, chunk: Chunk) -> None:
        """The objects of one tile, or some of them."""
        cells = chunk.objects["hpx"].to_numpy()
        while self._tile is None or cells[0] >= self._tile.end:
            self._close_tile()
            self._tile = next(self._left)
        if self._file is None:
            file = self._folder.open(f"{DATASET}/{self._tile.path}")
            self._file = self._rows.table(file, self._footers)
        self._file.write(self._rows.rows(chunk))
        np.add.at(self._skymap, cells >> shift_of(self._skymap), 1)

    def finish(self) -> None:
        """Close the last tile and tell of all of them."""
        self._close_tile()
        self._write_metadata()
        rows = "".join(f"{t.order},{t.pixel}\n" for t in self._tiles)
        self._folder.write("partition_info.csv", f"Norder,Npix\n{rows}")
        write_skymap(self._skymap, self._folder.add("skymap.fits"))
        text = properties_text(self._properties())
        for name in ("hats.properties", "properties"):
            self._folder.write(name, text)

    def _close_tile(self) -> None:
        """Close its file, and remember what is in it for _metadata."""
        if self._file is None or self._tile is None:
            return
        self._schema = self._file.close()
        self._file = None
        footer = self._footers[-1]
        footer.set_file_path(self._tile.path)
        self._footer_columns += footer.num_row_groups * footer.num_columns
        if self._footer_columns > MOST_FOOTERS:
            self._footers.clear()  # there will be no _metadata

    def _write_metadata(self) -> None:
        """The schema of all files; and their footers, put together."""
        with self._folder.open(f"{DATASET}/_common_metadata") as file:
            pq.write_metadata(self._schema, file)
        if len(self._footers) == len(self._tiles):
            path = self._folder.add(f"{DATASET}/_metadata")
            pq.write_metadata(self._schema, path, metadata_collector=self._footers)

    def _properties(self) -> Mapping[str, str | int | float | None]:
        """What the catalogue is, in the words of the note."""
        file, source = self._source.file, self._source
        version, released = VERSION
        return {
            "obs_collection": file.name,
            "dataproduct_type": "object",
            "hats_nrows": int(self._skymap.sum()),
            "hats_col_ra": "ra",
            "hats_col_dec": "dec",
            "hats_col_healpix": CELL,
            "hats_col_healpix_order": ORDER,
            "hats_cols_sort": "object_id",
            "hats_cols_survey_id": "object_id",
            "hats_npix_suffix": ".parquet",
            "hats_max_rows": self._most.rows,
            "hats_order": max(tile.order for tile in self._tiles),
            "moc_sky_fraction": sum(1 / (12 * 4**tile.order) for tile in self._tiles),
            "hats_skymap_order": order_of(self._skymap),
            "hats_estsize": self._folder.size // 1024,
            "hats_frame": "equatorial",
            "hats_coordinate_epoch": file.epoch,
            "hats_builder": f"vo_lcc v{__version__}",
            "hats_creation_date": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
            "hats_release_date": released,
            "hats_version": version,
            "obs_title": file.title,
            "obs_description": file.description,
            "obs_copyright": file.rights,
            "hats_creator": file.creator,
            "bib_reference": file.bibcode,
            "obs_copyright_url": file.source_url,
            "prov_progenitor": f"release {source.label} of {file.name}",
        }


def empty_skymap(tiles: Sequence[Tile]) -> npt.NDArray[np.int64]:
    """A map of the sky in cells a little smaller than the smallest tile."""
    order = min(SKYMAP_ORDER, max(tile.order for tile in tiles) + 2)
    return np.zeros(12 * 4**order, np.int64)


def order_of(skymap: npt.NDArray[np.int64]) -> int:
    """The HEALPix order of a map.

    >>> order_of(np.zeros(192, np.int64))
    2
    """
    return int(np.log2(len(skymap) // 12)) // 2


def shift_of(skymap: npt.NDArray[np.int64]) -> int:
    """The bits by which cells of order 29 are finer than those of the map."""
    return 2 * (ORDER - order_of(skymap))


def write_skymap(skymap: npt.NDArray[np.int64], path: Path) -> None:
    """The map as FITS; only the cells with objects where these are the fewer."""
    whole = SkymapImplicit(skymap, null_value=0)
    is_sparse = np.count_nonzero(skymap) < len(skymap) / 2
    (whole.to_explicit() if is_sparse else whole).to_fits(str(path))


def properties_text(properties: Mapping[str, str | int | float | None]) -> str:
    r"""Properties as Java reads them, in UTF-8; those that are not known left out.

    >>> properties_text({"obs_title": "a\\b\nc", "t_min": None, "hats_nrows": 2})
    'obs_title=a\\\\b c\nhats_nrows=2\n'
    """
    said = {name: value for name, value in properties.items() if value is not None}
    return "".join(
        f"{name}={' '.join(str(value).split()).replace(BACKSLASH, BACKSLASH * 2)}\n"
        for name, value in said.items()
    )


BACKSLASH = "\\"
