"""The formats that light curves are linked in (SSA 1.1, sections 4.1.1.5 and 6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vo_lcc.dali.params import shown
from vo_lcc.errors import ParameterError
from vo_lcc.formats import Format
from vo_lcc.formats.curves import find_curve_format


@dataclass(frozen=True, slots=True)
class Form:
    """One format of a light curve: where it is had, and how large it is about.

    `service` is the path of the service that makes it, `name` what its `format` is
    called there. A file has `head` bytes and `cell` bytes for each value of a point.
    """

    name: str
    media_type: str
    service: str = "lc"
    head: int = 5000
    cell: int = 10


GRAPHIC = (
    Form("png", "image/png", "plot", head=30_000, cell=0),
    Form("svg", "image/svg+xml", "plot", head=20_000, cell=30),
)

WORDS: Mapping[str, str | None] = MappingProxyType(
    {
        "all": "votable",
        "compliant": "votable",
        "native": "votable",
        "xml": "text/xml",
        "application/xml": "text/xml",
        "graphic": "image/png",
        "image/jpeg": None,
        "image/gif": None,
    }
)
"""What the words of the standard stand for here; None: no light curve has it.

`all` and `native` give the form in which nothing is lost; the other formats are in
the DataLink document of each row. `compliant` does too: a light curve is no Spectrum,
and a VOTable is what comes nearest.
"""

SIZES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"fits": (9000, 8), "parquet": (9000, 6), "votable": (6000, 8)}
)
"""Bytes of the head and of each value, where they are not those of text."""

OFFERED = (
    "votable",
    "fits",
    "csv",
    "xml",
    "graphic",
    "all",
    "compliant",
    "native",
    "metadata",
)


def choose_forms(wanted: Iterable[str]) -> tuple[Form, ...]:
    """The formats among the `wanted` words that there are, each once.

    >>> [form.media_type for form in choose_forms(["fits", "graphic", "image/gif"])]
    ['application/fits', 'image/png']

    Raises ParameterError for a word that is no format at all; a media type that is
    not served only matches nothing.
    """
    found = map(find_form, wanted)
    return tuple(dict.fromkeys(form for form in found if form is not None))


def find_form(word: str) -> Form | None:
    """The format that a word of FORMAT stands for, or None.

    Case does not matter. Raises ParameterError for what is neither a word of the
    standard nor a format nor a media type.
    """
    meant = WORDS.get(word.lower(), word)
    if meant is None:
        return None
    for form in GRAPHIC:
        if meant.lower() in (form.name, form.media_type):
            return form
    try:
        return form_of(find_curve_format(meant))
    except ParameterError as error:
        if "/" in meant:
            return None
        raise ParameterError(
            "FORMAT",
            f"{shown(word)} is unknown; use one of {', '.join(OFFERED)} or a media"
            " type",
        ) from error


def form_of(fmt: Format) -> Form:
    """A format of tables as one of light curves."""
    head, cell = SIZES.get(fmt.name, (5000, 10))
    return Form(fmt.name, fmt.media_type, head=head, cell=cell)
