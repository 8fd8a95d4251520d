"""Statistics of all light curves of a HATS catalogue, by LSDB and Dask."""

import sys
import time

import lsdb
import pandas as pd
from dask.distributed import Client

COLUMNS = ["object_id", "g_median", "g_eta", "lightcurve"]
META = {"median": float, "eta": float, "g_median": float, "g_eta": float}


def statistics(tile: pd.DataFrame) -> pd.DataFrame:
    """Median and von Neumann eta of good points; and those of the database."""
    points = tile["lightcurve"].explode()
    points = points[(points["flags"] == 0) & points["mag"].notna()]
    stars = points["mag"].astype(float).groupby(level=0, sort=False)
    squares = (stars.diff() ** 2).groupby(level=0).sum()
    eta = squares / (stars.count() * stars.var(ddof=0))
    found = pd.DataFrame({"median": stars.median(), "eta": eta}).reindex(tile.index)
    return found.assign(**{name: tile[name].astype(float) for name in COLUMNS[1:3]})


def main(folder: str) -> None:
    """Compute them, and say how far they are from the columns of the database."""
    stars = lsdb.open_catalog(folder, columns=COLUMNS)
    print(f"{len(stars):,} stars in {stars.npartitions} tiles")
    start = time.perf_counter()
    found = stars.map_partitions(statistics, meta=META).compute(progress_bar=False)
    print(f"computed in {time.perf_counter() - start:.1f} s")
    print(found.describe().loc[["count", "mean", "min", "max"]])
    for name in ("median", "eta"):
        off = (found[name] - found[f"g_{name}"]).abs().max()
        print(f"largest difference from g_{name} of the database: {off:.1g}")
    cone = stars.cone_search(ra=83.6, dec=22.0, radius_arcsec=3600)
    print(cone.compute(progress_bar=False)[COLUMNS[:3]])


if __name__ == "__main__":
    with Client(n_workers=2, threads_per_worker=1):
        main(sys.argv[1])
