"""Observations in the formats of the AAVSO, which need not name their columns.

`#TYPE=Extended` and `#TYPE=Visual` say which columns there are; see "AAVSO Extended
File Format" and "AAVSO Visual File Format" (aavso.org).
"""

import re
from dataclasses import replace

from vo_lcc.lightcurves.readers.text import Text
from vo_lcc.lightcurves.readers.text_heads import Dialect, Head

TYPE = re.compile(rb"#\s*TYPE\s*=\s*(Extended|Visual)\s*[\r\n]", re.I)
EXTENDED = "NAME DATE MAG MERR FILT TRANS MTYPE CNAME CMAG KNAME KMAG AMASS GROUP"
VISUAL = "NAME DATE MAG COMMENTCODE COMP1 COMP2 CHART NOTES"
COLUMNS = {
    b"extended": (*EXTENDED.split(), "CHART", "NOTES"),
    b"visual": tuple(VISUAL.split()),
}


class Aavso(Text):
    """The reader of the formats by which observers send their data to the AAVSO."""

    name = "aavso"

    def knows(self, head: bytes, name: str) -> bool:
        """By its type, which is told in the first lines."""
        return head.lstrip(b"\xef\xbb\xbf").startswith(b"#") and bool(TYPE.search(head))

    def read_head(
        self,
        comments: bytes,
        line: bytes,
        dialect: Dialect,
        is_names: bool | None = None,
    ) -> Head:
        """What the comments tell, and the columns of the type if they are not named."""
        head = super().read_head(comments, line, dialect, False)
        found = TYPE.search(comments)
        if head.names or found is None:
            return head
        names = COLUMNS[found[1].lower()]
        return replace(head, names=names, width=len(names))


AAVSO = Aavso()
