import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from xml.etree import ElementTree

import pyarrow as pa
import pytest

from vo_lcc.dali.run import ResultTable, batches_of, encode, spool
from vo_lcc.errors import FatalError, TransientError
from vo_lcc.formats import find_format
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Column, arrow_schema

COLUMNS = (Column("n", "int"),)
SCHEMA = arrow_schema(COLUMNS)


@pytest.fixture
def executor():
    with ThreadPoolExecutor(1) as threads:
        yield threads


def rows(*sizes):
    """Batches of so many rows."""
    return [pa.record_batch([pa.array(range(n), pa.int32())], SCHEMA) for n in sizes]


async def breaking(batches, error):
    for batch in batches:
        yield batch
    raise error


def table_of(batches, maxrec=None):
    return ResultTable(TableHead(COLUMNS), batches, maxrec)


async def written(name, tables, executor):
    writer = find_format(name).open()
    async with aclosing(encode(writer, DocumentHead(), tables, executor)) as document:
        return [piece.decode() async for piece in document]


@pytest.mark.parametrize(
    ("sizes", "maxrec", "n_sent", "status"),
    [
        ((3, 2), None, 5, "OK"),
        ((3, 2), 5, 5, "OK"),
        ((3, 3), 5, 5, "OVERFLOW"),
        ((3, 3), 3, 3, "OVERFLOW"),
        ((3,), 3, 3, "OK"),
        ((1,), 0, 0, "OVERFLOW"),
        ((), 0, 0, "OVERFLOW"),
        ((), 5, 0, "OK"),
    ],
)
async def test_rows_are_cut_at_maxrec_and_overflow_is_exact(
    executor, sizes, maxrec, n_sent, status
):
    table = table_of(batches_of(rows(*sizes)), maxrec)
    text = "".join(await written("votable/td", [table], executor))

    assert text.count("<TR>") == n_sent
    assert ('value="OVERFLOW"' in text) == (status == "OVERFLOW")
    assert text.index("<DATA>") < text.find('"OVERFLOW"') or status == "OK"


async def test_first_piece_holds_the_first_rows(executor):
    pieces = await written("csv", [table_of(batches_of(rows(1, 1)))], executor)

    assert pieces[0].split() == ["n", "0"]


async def test_error_before_the_first_row_is_raised(executor):
    table = table_of(breaking([], TransientError("busy")))

    with pytest.raises(TransientError):
        await written("votable/td", [table], executor)


async def test_votable_cut_short_says_so(executor):
    table = table_of(breaking(rows(1), TransientError("cancelled")))
    text = "".join(await written("votable/td", [table], executor))

    assert '<INFO name="QUERY_STATUS" value="ERROR">cancelled</INFO>' in text
    assert text.rstrip().endswith("</VOTABLE>")


@pytest.mark.parametrize("error", [FatalError("demo_r1"), RuntimeError("demo_r1")])
async def test_votable_cut_short_hides_what_is_not_for_the_user(executor, error):
    table = table_of(breaking(rows(1), error))
    text = "".join(await written("votable/td", [table], executor))

    assert "internal error" in text
    assert "demo_r1" not in text


async def test_csv_cut_short_raises(executor):
    table = table_of(breaking(rows(1), TransientError("cancelled")))

    with pytest.raises(TransientError):
        await written("csv", [table], executor)


async def test_second_table_that_fails_leaves_a_well_formed_document(executor):
    tables = [
        table_of(batches_of(rows(1))),
        table_of(batches_of(rows())),
        table_of(breaking([], TransientError("cancelled"))),
    ]
    text = "".join(await written("votable/td", tables, executor))

    assert ElementTree.fromstring(text) is not None
    assert 'value="ERROR"' in text


async def test_every_table_is_closed_when_the_document_is_not_read_to_its_end(executor):
    closed = []

    async def closing(name):
        try:
            for batch in rows(1, 1):
                yield batch
        finally:
            closed.append(name)

    first = closing("first")
    writer = find_format("votable/td").open()
    document = encode(writer, DocumentHead(), [table_of(first)], executor)
    await anext(document)
    await document.aclose()

    assert closed == ["first"]


async def test_tables_that_are_found_on_the_way_are_closed_once(executor):
    problems, closed = [], []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, about: problems.append(about)
    )

    async def found():
        try:
            while True:
                rows = pa.record_batch({"n": list(range(20_000))})
                head = TableHead((Column("n", "long"),))
                yield ResultTable(head, batches_of([rows]))
        finally:
            await asyncio.sleep(0.01)
            closed.append("closed")

    writer = find_format("votable").open()
    async with aclosing(encode(writer, DocumentHead(), found(), executor)) as pieces:
        await anext(pieces)
        await anext(pieces)

    assert closed == ["closed"]
    await asyncio.sleep(0)
    assert problems == []


async def test_spooled_document_has_the_length_it_says(executor):
    with find_format("fits").open() as spooler:
        table = table_of(batches_of(rows(3, 3)), 4)
        length = await spool(spooler, DocumentHead(), [table], executor)

        assert sum(map(len, spooler.chunks())) == length


async def test_error_while_spooling_is_raised(executor):
    table = table_of(breaking(rows(1), TransientError("cancelled")))

    with find_format("fits").open() as spooler, pytest.raises(TransientError):
        await spool(spooler, DocumentHead(), [table], executor)
