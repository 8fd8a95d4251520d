"""Formats by the names of DALI, TAP and media types."""

import pytest

from vo_lcc.errors import ParameterError
from vo_lcc.formats import FORMATS, find_format

VOTABLE = "application/x-votable+xml"

NAMES = [
    ("votable", VOTABLE),
    ("VOTable", VOTABLE),
    (VOTABLE, VOTABLE),
    ("application/x-votable xml", VOTABLE),
    (
        "application/x-votable+xml; serialization=tabledata",
        f"{VOTABLE};serialization=TABLEDATA",
    ),
    (
        "application/x-votable+xml;serialization=BINARY",
        f"{VOTABLE};serialization=BINARY",
    ),
    (
        'application/x-votable+xml;serialization="BINARY2"',
        f"{VOTABLE};serialization=BINARY2",
    ),
    ("votable/td", f"{VOTABLE};serialization=TABLEDATA"),
    ("votable/b", f"{VOTABLE};serialization=BINARY"),
    ("votable/b2", f"{VOTABLE};serialization=BINARY2"),
    ("text/xml", "text/xml"),
    ("csv", "text/csv;header=present"),
    ("text/csv", "text/csv;header=present"),
    ("text/csv;charset=UTF-8;header=present", "text/csv;header=present"),
    ("text/csv;header=absent", "text/csv;header=absent"),
    ("tsv", "text/tab-separated-values"),
    ("text/tab-separated-values", "text/tab-separated-values"),
    ("FITS", "application/fits"),
    ("application/fits", "application/fits"),
]


@pytest.mark.parametrize(("name", "media_type"), NAMES)
def test_format_is_found_by(name: str, media_type: str):
    assert find_format(name).media_type == media_type


@pytest.mark.parametrize(
    "name",
    ["", "parquett", "application/x-nonsense", "text/csv;header=maybe", ";", "="],
)
def test_an_unknown_format_is_refused_with_what_is_known(name: str):
    with pytest.raises(ParameterError, match=r"RESPONSEFORMAT: .*votable, .*csv.*fits"):
        find_format(name)


def test_no_name_means_two_formats():
    names = [n for f in FORMATS for n in {f.name, f.media_type, *f.aliases}]

    assert len(names) == len(set(map(str.lower, names)))


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_each_use_opens_a_writer_of_its_own(known):
    first, second = known.open(), known.open()
    if not known.streams:
        first.__exit__()
        second.__exit__()

    assert first is not second
    assert known.streams == hasattr(first, "tail")
