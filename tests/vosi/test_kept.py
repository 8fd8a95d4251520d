"""Documents that are kept: made once, within bounds, of one version."""

import asyncio
import gzip

import pytest

from vo_lcc.vosi.kept import IDENTITY, Document, Documents

ROOM = 10**6
BODY = b"<a>" + b"text " * 1000 + b"</a>"


class Making:
    """Makes documents, when it is let, and counts them."""

    def __init__(self):
        self.made = 0
        self.may = asyncio.Event()
        self.may.set()

    async def __call__(self):
        await self.may.wait()
        self.made += 1
        return Document.of(BODY)


@pytest.fixture
def make():
    return Making()


def test_a_document_is_the_same_in_every_coding():
    document = Document.of(BODY)

    assert gzip.decompress(document.codings["gzip"]) == document.codings[IDENTITY]
    assert document.size == sum(map(len, document.codings.values()))
    assert len(set(document.tags())) == len(document.codings) == 3


def test_tags_depend_on_the_content_alone():
    assert Document.of(BODY).tags() == Document.of(BODY).tags()
    assert Document.of(BODY).tag("gzip") != Document.of(BODY + b" ").tag("gzip")


async def test_a_document_is_made_once(make):
    kept = Documents(ROOM)

    first = await kept.get("1", "a", make)

    assert await kept.get("1", "a", make) is first
    assert (make.made, len(kept)) == (1, 1)


async def test_a_document_is_made_once_for_all_who_wait_for_it(make):
    kept = Documents(ROOM)
    make.may.clear()
    waiting = [asyncio.ensure_future(kept.get("1", "a", make)) for _ in range(20)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.sleep(0)
    make.may.set()

    found = await asyncio.gather(*waiting[1:])

    assert waiting[0].cancelled()
    assert {id(each) for each in found} == {id(found[0])}
    assert make.made == 1


async def test_another_version_is_made_anew_and_the_old_one_forgotten(make):
    kept = Documents(ROOM)
    await kept.get("1", "a", make)
    await kept.get("1", "b", make)

    await kept.get("2", "a", make)

    assert (make.made, len(kept)) == (3, 1)


async def test_what_was_made_of_an_old_version_is_not_kept(make):
    kept = Documents(ROOM)
    make.may.clear()
    old = asyncio.ensure_future(kept.get("1", "a", make))
    await asyncio.sleep(0)
    new = asyncio.ensure_future(kept.get("2", "b", make))
    await asyncio.sleep(0)
    make.may.set()
    await asyncio.gather(old, new)

    await kept.get("2", "a", make)

    assert (make.made, len(kept)) == (3, 2)


async def test_those_that_nobody_asked_for_longest_go(make):
    size = Document.of(BODY).size + 1000
    kept = Documents(most=2 * size)
    for key in ("a", "b", "a", "c"):
        await kept.get("1", key, make)

    await kept.get("1", "a", make)

    assert (make.made, len(kept)) == (3, 2)
    assert kept.size <= kept.most


async def test_what_is_larger_than_all_the_room_is_only_handed_on(make):
    kept = Documents(most=100)

    assert (await kept.get("1", "a", make)).codings[IDENTITY] == BODY
    assert (len(kept), kept.size) == (0, 0)


async def test_a_document_that_failed_is_tried_again(make):
    async def fails():
        raise ValueError("broken")

    kept = Documents(ROOM)
    with pytest.raises(ValueError, match="broken"):
        await kept.get("1", "a", fails)

    assert await kept.get("1", "a", make)
