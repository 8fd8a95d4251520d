"""Formats by the names of DALI, TAP and media types."""

import pytest

from vo_lcc.errors import ParameterError
from vo_lcc.formats import FORMATS, find_format
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Column

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
    ('text/xml; Serialization="binary2"', "text/xml;serialization=BINARY2"),
    ("application/x-votable+xml;version=1.5", f"{VOTABLE};version=1.5"),
    ("application/x-votable+xml;version=1.4", f"{VOTABLE};version=1.4"),
    ("votable/1.5", f"{VOTABLE};version=1.5"),
    ("votable;version=1.5", f"{VOTABLE};version=1.5"),
    ("votable/td/1.5", f"{VOTABLE};serialization=TABLEDATA;version=1.5"),
    ("VOTable/1.5/TD", f"{VOTABLE};serialization=TABLEDATA;version=1.5"),
    (
        'application/x-votable xml ; Version="1.5";charset=UTF-8; SERIALIZATION=Binary',
        f"{VOTABLE};serialization=BINARY;version=1.5",
    ),
    ("text/xml;version=1.5", "text/xml;version=1.5"),
    ("csv", "text/csv;header=present"),
    ("text/csv", "text/csv;header=present"),
    ("text/csv;charset=UTF-8;header=present", "text/csv;header=present"),
    ("text/csv;header=absent", "text/csv;header=absent"),
    ("tsv", "text/tab-separated-values"),
    ("text/tab-separated-values", "text/tab-separated-values"),
    ("FITS", "application/fits"),
    ("application/fits", "application/fits"),
    ("parquet", "application/vnd.apache.parquet"),
    ("application/x-parquet", "application/x-parquet"),
    ("Application/Parquet", "application/parquet"),
    ("Arrow", "application/vnd.apache.arrow.stream"),
    ("application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream"),
    ("application/json;charset=UTF-8", "application/json"),
    ("json", "application/json"),
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


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (f"{VOTABLE};serialization=FITS", "one of TABLEDATA, BINARY, BINARY2"),
        (f"{VOTABLE};version=1.3", "one of 1.4, 1.5"),
        (f"{VOTABLE};version=1.4;version=1.5", "given twice"),
        ("votable/td/b2", "given twice"),
        (f"{VOTABLE};content=datalink", "there is no format"),
    ],
)
def test_a_votable_that_is_not_offered_is_refused_with_what_is(name, problem):
    with pytest.raises(ParameterError, match=f"RESPONSEFORMAT: .*{problem}"):
        find_format(name)


@pytest.mark.parametrize("version", ["1.4", "1.5"])
@pytest.mark.parametrize("serialization", ["TABLEDATA", "BINARY", "BINARY2"])
def test_what_was_asked_of_a_votable_is_what_is_written(serialization, version):
    name = f"{VOTABLE};version={version};serialization={serialization.lower()}"
    writer = find_format(name).open()

    written = writer.head(DocumentHead()) + writer.table(
        TableHead((Column("a", "int"),))
    )

    assert f'<VOTABLE version="{version}"'.encode() in written
    assert f"<{serialization}>".encode() in written


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
