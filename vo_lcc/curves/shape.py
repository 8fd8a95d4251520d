"""RESPONSEFORMAT and LAYOUT: in which shape light curves are asked for."""

from collections.abc import Sequence

from vo_lcc.curves.layouts import BANDS, LONG, ZIP
from vo_lcc.dali.params import shown
from vo_lcc.errors import ParameterError
from vo_lcc.formats import Format
from vo_lcc.formats.curves import find_curve_format

ZIPPED = ("zip", "application/zip")
IN_ZIP = "votable"


def parse_shape(
    name: str, layout: str | None, known: Sequence[str]
) -> tuple[Format, str]:
    """The format called `name`, and the layout: what the format holds best, if None.

    `known` are the layouts that there are here. The format "zip" is a zip of
    VOTables. Raises ParameterError for what is unknown, or does not fit together.
    """
    if name.lower() in ZIPPED and ZIP in known:
        if layout is not None and layout.lower() != ZIP:
            raise ParameterError(
                "LAYOUT",
                f"a zip holds a file for each light curve; use layout={ZIP}, or one of"
                " the formats of tables",
            )
        name, layout = IN_ZIP, ZIP
    fmt = find_curve_format(name)
    several = fmt.several_tables
    if layout is None:
        return fmt, BANDS if several else LONG
    chosen = layout.lower()
    if chosen not in known:
        raise ParameterError("LAYOUT", f"{shown(layout)} is not {' or '.join(known)}")
    if chosen == BANDS and not several:
        others = " or ".join(each for each in known if each != BANDS)
        raise ParameterError(
            "LAYOUT", f"{fmt.name} holds one table only; use layout={others}"
        )
    return fmt, chosen
