"""Fold a served Stripe 82 light curve with its published period and draw it.

    python docs/examples/fold_stripe82.py http://127.0.0.1:8080 4099 folded.svg

Everything comes from the server: the star by a cone around its published
position, its period from the table of objects, its light curve through SSA.
"""

import sys
from pathlib import Path

import numpy as np
import pyvo
from astropy.io.votable import parse

from vo_lcc.portal.charts import Series, folded_svg

BANDS = ("u", "g", "r", "i", "z")


def main(base: str, star: str, output: str) -> None:
    """Find, fetch, fold, draw."""
    tap = pyvo.dal.TAPService(f"{base}/tap")
    query = f"SELECT * FROM stripe82.objects WHERE object_id = '{star}'"  # noqa: S608
    (found,) = tap.search(query)
    position, period, epoch = (
        (found["ra"], found["dec"]),
        found["period"],
        found["epoch"],
    )

    cone = pyvo.dal.SCSService(f"{base}/scs/stripe82")
    near = cone.search(pos=position, radius=2 / 3600)
    print(f"a cone of 2 arcsec around {position} finds {list(near['object_id'])}")

    document = parse(f"{base}/lc/stripe82/{star}")
    tables = {t.name.rpartition(".")[2]: t.to_table() for t in document.iter_tables()}
    series = [series_of(band, tables[band]) for band in BANDS]
    title = f"Stripe 82 star {star}, folded with its published period"
    svg = folded_svg(series, period, title, epoch)
    Path(output).write_text(svg, encoding="utf-8")
    print(f"{output}: {sum(len(s.time) for s in series)} points, period {period} d")


def series_of(band: str, table) -> Series:
    """The points of one passband."""
    time, mag, err = (
        np.ma.filled(np.ma.asarray(table[name], dtype=float), np.nan)
        for name in ("obs_time", "mag", "mag_err")
    )
    none = np.zeros(len(time), dtype=bool)
    return Series(band, time, mag, err, none, none)


if __name__ == "__main__":
    main(*sys.argv[1:])
