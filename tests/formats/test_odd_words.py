"""Whatever words describe a table, each format can be read and has its names."""

import csv
import io
import json
import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.formats.reading import Page
from tests.formats.test_round_trip import CHARACTERS
from vo_lcc.formats import FORMATS, find_format
from vo_lcc.formats.columnar import CONTENT_KEY
from vo_lcc.formats.markup import FORBIDDEN
from vo_lcc.heads import DocumentHead, Info, Param, TableHead
from vo_lcc.tables import Column, PhotCal

WORDS = st.text(
    st.sampled_from("ab0 ,;\"'=#|\t\r\n<>&]\x01\x85\u2028\ufffeé☉😀") | CHARACTERS,
    max_size=12,
)
RULE = re.compile("-+( +-+)*")


def in_votable(written: bytes) -> list[str]:
    return [field.get("name") for field in etree.fromstring(written).iter("{*}FIELD")]


def in_csv(written: bytes) -> list[str]:
    (names,) = csv.reader(io.StringIO(written.decode(), newline=""))
    return names


def in_tsv(written: bytes) -> list[str]:
    line, end = written.decode().split("\n")
    assert end == ""
    return line.split("\t")


def in_fits(written: bytes) -> list[str]:
    with fits.open(io.BytesIO(written)) as hdus:
        hdus.verify("exception")
        header = hdus[1].header
        return [header[f"TTYPE{i + 1}"] for i in range(header["TFIELDS"])]


def in_parquet(written: bytes) -> list[str]:
    schema = pq.read_schema(io.BytesIO(written))
    assert etree.fromstring(schema.metadata[CONTENT_KEY.encode()]) is not None
    return schema.names


def in_json(written: bytes) -> list[str]:
    return [column["name"] for column in json.loads(written)["columns"]]


def as_xml_has(name: str) -> str:
    return re.sub(FORBIDDEN, "?", name)


def as_fits_has(name: str) -> str:
    return re.sub("[^ -~]", "?", name).rstrip(" ")


READERS: dict[str, tuple[Callable[[bytes], list[str]], Callable[[str], str]]] = {
    "vot": (in_votable, as_xml_has),
    "csv": (in_csv, str),
    "tsv": (in_tsv, lambda name: re.sub("[\t\r\n]", " ", name)),
    "fits": (in_fits, as_fits_has),
    "parquet": (in_parquet, str),
    "arrows": (lambda written: pa.ipc.open_stream(written).schema.names, str),
    "json": (in_json, str),
}
NAMED = [f for f in FORMATS if f.extension in READERS and "absent" not in f.name]


def written_with(name: str, names: list[str], words: str) -> bytes:
    """A document of no rows, described by these words wherever there is a place."""
    columns = tuple(
        Column(each, "double", None, words, words, words, words, words)
        for each in names
    )
    param = Param(Column("p", "char", "*", words, description=words), words)
    table = TableHead(columns, words, words, (param,), (PhotCal(words, words),))
    head = DocumentHead((Info(words, words, words, words),), words)
    found = find_format(name)
    if found.streams:
        writer = found.open()
        return writer.head(head) + writer.table(table) + writer.tail("OVERFLOW", words)
    with found.open() as spooler:
        spooler.head(head)
        spooler.table(table)
        spooler.finish("OVERFLOW")
        return b"".join(spooler.chunks())


some_names = st.lists(WORDS, min_size=1, max_size=4, unique=True)


@pytest.mark.parametrize("found", NAMED, ids=lambda found: found.name)
@settings(max_examples=40, deadline=None)
@given(names=some_names, words=WORDS)
def test_the_names_of_columns_come_back_from(found, names, words):
    read, held = READERS[found.extension]

    assert read(written_with(found.name, names, words)) == list(map(held, names))


@settings(max_examples=40, deadline=None)
@given(names=some_names, words=WORDS)
def test_a_page_shows_the_names_and_keeps_to_one_table(names, words):
    page = Page(written_with("html", names, words).decode())

    assert len(page.tables) == 1
    assert all(as_xml_has(name) in page.heads[0] for name in names)


@settings(max_examples=40, deadline=None)
@given(names=some_names, words=WORDS)
def test_in_plain_text_all_but_names_and_units_is_a_comment(names, words):
    lines = written_with("text", names, words).decode().split("\n")

    rule = next(i for i, line in enumerate(lines) if RULE.fullmatch(line))
    rest = lines[: rule - 2] + lines[rule + 1 :]
    assert len(lines[rule].split()) == len(names)
    assert [line for line in rest if line and not line.startswith("#")] == []
