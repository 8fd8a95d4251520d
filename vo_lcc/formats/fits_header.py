"""Headers of FITS files: what is said of the document, its tables and columns.

Times follow FITS 4.0 section 9: MJDREF, TIMESYS, TREFPOS of the first time frame
of a table; FITS has no unknown time scale, so that becomes LOCAL with a COMMENT.
Julian dates in UTC have JDREF instead: what is counted from MJDREF, readers take
for elapsed days, leap seconds and all; only from a zero of 0 do they see a date.
What has no keyword stands in a COMMENT, so that nothing is lost.
"""

import math
import re
from collections.abc import Iterable, Sequence

from vo_lcc.formats.annotations import annotated, annotation_words
from vo_lcc.formats.fits_cards import Cards, CardValue
from vo_lcc.formats.fits_columns import NOT_PRINTABLE, RowForm, Tally
from vo_lcc.heads import DocumentHead, Param, TableHead
from vo_lcc.tables import Column, PhotCal, SkyFrame, TimeFrame

CardWords = tuple[str, CardValue] | tuple[str, CardValue, str]

MJD_ZERO = 2400000.5

SHORT_KEYWORD = re.compile(r"[A-Z0-9_-]{1,8}\Z")

RESERVED = re.compile(
    r"(SIMPLE|END|EXTEND|COMMENT|HISTORY|CONTINUE|HIERARCH|EPOCH|EQUINOX|CHECKSUM"
    r"|DATASUM|BSCALE|BZERO|BLANK|THEAP|GROUPS|INHERIT|NAXIS\d*|T[A-Z]+\d+)\Z"
)
"""Keywords that mean something else than a parameter of this name would."""

RADESYS = ("ICRS", "FK5", "FK4")

KEYWORDS = {
    "object_id": "OBJECT",
    "passband": "FILTER",
    "facility": "TELESCOP",
    "instrument": "INSTRUME",
    "bibcode": "REFERENC",
    "obs_longitude": "OBSGEO-L",
    "obs_latitude": "OBSGEO-B",
    "obs_height": "OBSGEO-H",
}
"""Parameters for which FITS 4.0 (section 4.4.2) or wide use has a keyword."""

OF_THE_OBJECT = {
    "object_id": "OBJECT",
    "ra": "RA_OBJ",
    "dec": "DEC_OBJ",
    "facility": "TELESCOP",
    "instrument": "INSTRUME",
}
"""Parameters that readers of light curves look for in the first header."""


def primary_header(
    document: DocumentHead, status: str, tables: Sequence[TableHead] = ()
) -> Cards:
    """The header of the empty first HDU: description, provenance, status.

    It also tells what is one and the same in all `tables`, such as the object.
    """
    header = Cards()
    _add(header, ("SIMPLE", True, "FITS standard 4.0"), ("BITPIX", 8), ("NAXIS", 0))
    _add(header, ("EXTEND", True), ("QSTATUS", status, "OK, or OVERFLOW: cut short"))
    for param in shared_params(tables):
        _card(header, OF_THE_OBJECT[param.column.name], param)
    _lines(header, "COMMENT", document.description or "")
    for info in document.infos:
        _lines(header, "HISTORY", f"{info.name}: {info.value} {info.text}".rstrip())
    return header


def shared_params(tables: Sequence[TableHead]) -> list[Param]:
    """The parameters of `OF_THE_OBJECT` that all tables have, with one value."""
    told = [{param.column.name: param for param in table.params} for table in tables]
    first = told[0] if told else {}
    return [
        first[name]
        for name in OF_THE_OBJECT
        if all(name in params for params in told)
        and len({params[name].value for params in told}) == 1
        and _is_finite(first[name].value)
    ]


def table_header(table: TableHead, form: RowForm, n_rows: int) -> Cards:
    """The header of one binary table."""
    header = Cards()
    _add(
        header,
        ("XTENSION", "BINTABLE", "binary table"),
        ("BITPIX", 8),
        ("NAXIS", 2),
        ("NAXIS1", form.dtype.itemsize, "bytes in a row"),
        ("NAXIS2", n_rows, "rows"),
        ("PCOUNT", form.heap_size, "bytes in the heap"),
        ("GCOUNT", 1),
        ("TFIELDS", len(table.columns)),
    )
    for number, tally in enumerate(form.tallies, 1):
        _add(header, *_column_cards(number, tally, form))
    _text(header, "EXTNAME", table.name)
    _missing_elements(header, form)
    _annotations(header, table)
    for param in table.params:
        _param(header, param)
    _lines(header, "COMMENT", table.description or "")
    return header


def _column_cards(number: int, tally: Tally, form: RowForm) -> list[CardWords]:
    column = tally.column
    cards: list[CardWords] = [
        (f"TTYPE{number}", printable(column.name)),
        (f"TFORM{number}", form.tform(tally)),
    ]
    if tally.null is not None and not tally.in_heap:
        cards.append((f"TNULL{number}", tally.null))
    if column.is_array and "x" in (size := column.arraysize or "") and "*" not in size:
        cards.append((f"TDIM{number}", f"({size.replace('x', ',')})"))
    words = {
        "TUNIT": column.plain_unit,
        "TUCD": column.ucd,
        "TUTYP": column.utype,
        "TXTYP": column.xtype,
        "TCOMM": column.description,
    }
    cards += [(f"{k}{number}", printable(v)) for k, v in words.items() if v]
    if isinstance(column.annotation, TimeFrame):
        cards += _time_column_cards(number, column.annotation)
    return cards


def _time_column_cards(number: int, frame: TimeFrame) -> list[CardWords]:
    cards: list[CardWords] = [(f"TCTYP{number}", _scale(frame))]
    if frame.refposition != "UNKNOWN":
        cards.append((f"TRPOS{number}", frame.refposition))
    return cards


def _missing_elements(header: Cards, form: RowForm) -> None:
    """TNULL of arrays in the heap, as words: astropy cannot read such a TNULL."""
    for tally in form.tallies:
        if tally.in_heap and tally.null is not None:
            words = f"A missing element of {tally.column.name} is {tally.null}"
            _lines(header, "COMMENT", words)


def _annotations(header: Cards, table: TableHead) -> None:
    """Keywords where FITS has some, and what has none in words."""
    for key, names in annotated(table).items():
        annotation, is_text = key
        if not isinstance(annotation, TimeFrame):
            words = annotation_words(key)
            _lines(header, "COMMENT", ": ".join(filter(None, (names, words))))
        if isinstance(annotation, PhotCal):
            continue
        if isinstance(annotation, SkyFrame):
            if "RADESYS" not in header and annotation.system in RADESYS:
                _add(header, ("RADESYS", annotation.system))
        elif "TIMESYS" not in header:
            _time_frame(header, annotation, is_text)
        else:
            columns = [c for c in table.columns if c.annotation == annotation]
            _other_time_frame(header, annotation, columns)


def _time_frame(header: Cards, frame: TimeFrame, is_text: bool) -> None:
    _add(header, ("TIMESYS", _scale(frame), "time scale"))
    if not is_text:
        _add(header, _reference(frame))
    _add(header, ("TIMEUNIT", "d"))
    if frame.refposition != "UNKNOWN":
        _add(header, ("TREFPOS", frame.refposition, "time reference position"))
    if frame.timescale == "UNKNOWN":
        _lines(header, "COMMENT", "The time scale is UNKNOWN; FITS calls that LOCAL.")


def _reference(frame: TimeFrame) -> tuple[str, float, str]:
    """The zero of the times.

    >>> _reference(TimeFrame("TDB", time_origin=2450000.0))[:2]
    ('MJDREF', 49999.5)
    >>> _reference(TimeFrame("UTC", time_origin=0.0))[:2]
    ('JDREF', 0.0)
    """
    if frame.timescale == "UTC" and frame.time_origin == 0:
        return "JDREF", 0.0, "[d] JD of the zero of the times"
    reference = frame.time_origin - MJD_ZERO
    return "MJDREF", reference, "[d] MJD of the zero of the times"


def _other_time_frame(
    header: Cards, frame: TimeFrame, columns: Iterable[Column]
) -> None:
    keyword, reference, _ = _reference(frame)
    if header.get(keyword) == reference:
        return
    names = ", ".join(c.name for c in columns) or "parameters"
    _lines(
        header,
        "COMMENT",
        f"Not counted from the header's reference but from JD {frame.time_origin},"
        f" time scale {frame.timescale}: {names}",
    )


def _scale(frame: TimeFrame) -> str:
    return "LOCAL" if frame.timescale == "UNKNOWN" else frame.timescale


def _param(header: Cards, param: Param) -> None:
    """A keyword; a COMMENT where that would not fit or mean something else."""
    name, value = param.column.name, param.value
    if value is None:
        return
    keyword = KEYWORDS.get(name, name.upper())
    fits = SHORT_KEYWORD.match(keyword) and not RESERVED.match(keyword)
    if fits and _is_finite(value) and keyword not in header:
        _card(header, keyword, param)
    else:
        unit = f" {param.column.plain_unit}" if param.column.unit else ""
        _lines(header, "COMMENT", f"{name} = {value}{unit}")


def _card(header: Cards, keyword: str, param: Param) -> None:
    assert param.value is not None
    unit = f"[{param.column.plain_unit}] " if param.column.unit else ""
    value = printable(param.value) if isinstance(param.value, str) else param.value
    about = printable(f"{unit}{param.column.description or ''}".strip())
    _add(header, (keyword, value, about))


def _is_finite(value: str | float | int | None) -> bool:
    """Whether a card can hold it: neither null nor NaN nor an infinity."""
    if isinstance(value, float):
        return math.isfinite(value)
    return value is not None


def _add(header: Cards, *cards: CardWords) -> None:
    for card in cards:
        header.add(*card)


def _text(header: Cards, keyword: str, value: str | None) -> None:
    if value:
        _add(header, (keyword, printable(value)))


def _lines(header: Cards, keyword: str, words: str) -> None:
    for line in words.splitlines():
        header.lines(keyword, printable(line))


def printable(words: str) -> str:
    """`words` as FITS can hold it: other than printable ASCII becomes `?`.

    >>> printable("Košice")
    'Ko?ice'
    """
    return re.sub(NOT_PRINTABLE, "?", words)
