"""The formats in which a light curve can be asked for.

They are those of every table, but CSV and TSV begin with comments that say what a
table of numbers does not, and there are some that hold light curves only.

>>> find_curve_format("csv").says_all, find_curve_format("LCC").extension
(True, 'csvlc')
"""

from dataclasses import replace
from functools import partial

from vo_lcc.formats import FORMATS, delimited
from vo_lcc.formats.choice import Format, finder
from vo_lcc.formats.lcc import LccSpooler, ZippedLccSpooler
from vo_lcc.formats.media import VOTABLE
from vo_lcc.formats.votable import ANY, VOTableWriter

COMMENTED = {
    "csv": delimited.commented_csv_writer,
    "tsv": delimited.commented_tsv_writer,
}
"""Writers that say more of a light curve than of another table."""

CURVE_FORMATS: tuple[Format, ...] = (
    *(
        replace(one, open=COMMENTED[one.name], says_all=True)
        if one.name in COMMENTED
        else one
        for one in FORMATS
    ),
    Format(
        "votable/mivot",
        f"{VOTABLE};content=mivot",
        "vot",
        partial(VOTableWriter, ANY, mivot=True),
    ),
    Format("lcc", "text/x-lcc-csvlc", "csvlc", LccSpooler, streams=False),
    Format(
        "lcc.gz",
        "application/gzip",
        "csvlc.gz",
        ZippedLccSpooler,
        streams=False,
        packed=True,
    ),
)

find_curve_format = finder(CURVE_FORMATS)
"""The format with this short name or media type; raises ParameterError."""
