"""Both storages by the same tests: a folder, and a bucket of a local S3 server."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import asynccontextmanager, suppress

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from vo_lcc.errors import ConfigError, NotFoundError, TransientError, UsageError
from vo_lcc.uws import bucket, disk
from vo_lcc.uws.disk import DiskStorage
from vo_lcc.uws.keys import KEY, check_key
from vo_lcc.uws.storage import open_storage

MIB = 2**20
LARGE = 20 * MIB + 7  # several parts of a multipart upload


@pytest.fixture(scope="module")
def s3_url():
    """The URL of a local S3 server."""
    logging.getLogger("werkzeug").setLevel("ERROR")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def s3(s3_url, monkeypatch):
    """A client of the local S3 server, with an empty bucket named `results`."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    client = boto3.client("s3", endpoint_url=s3_url, region_name="us-east-1")
    client.create_bucket(Bucket="results")
    yield client
    for found in client.list_objects_v2(Bucket="results").get("Contents", []):
        client.delete_object(Bucket="results", Key=found["Key"])
    client.delete_bucket(Bucket="results")


@pytest.fixture
def location(request, s3_url):
    return f"s3://results/jobs?endpoint={s3_url}"


@pytest.fixture(params=["disk", "bucket"])
async def storage(request, tmp_path):
    """A storage; afterwards nothing hidden may be left in it."""
    if request.param == "disk":
        async with opened(str(tmp_path / "files")) as storage:
            yield storage
        hidden = [*tmp_path.rglob(".*")]
    else:
        s3 = request.getfixturevalue("s3")
        async with opened(request.getfixturevalue("location")) as storage:
            yield storage
        hidden = s3.list_multipart_uploads(Bucket="results").get("Uploads", [])
    assert hidden == []


@asynccontextmanager
async def opened(location):
    storage = open_storage(location)
    yield storage
    await storage.close()


async def pieces_of(content, size=65536, then=None):
    """`content` in pieces; at the end `then` is raised, or waited for."""
    for start in range(0, len(content), size):
        yield content[start : start + size]
    if isinstance(then, BaseException):
        raise then
    if then is not None:
        await then


async def content_of(storage, key, *span):
    return b"".join([piece async for piece in storage.read(key, *span)])


@pytest.mark.parametrize("size", [0, 1, MIB, 8 * MIB, 8 * MIB + 1, LARGE])
async def test_what_was_written_is_read(storage, size):
    content = os.urandom(size)

    assert await storage.write("j/c/result", pieces_of(content)) == size
    assert await storage.size("j/c/result") == size
    assert await content_of(storage, "j/c/result") == content


@pytest.mark.parametrize(
    "span",
    [
        *((0,), (5,), (LARGE,), (LARGE + 1,)),
        *((0, 0), (5, 5), (5, 12), (9, 5), (0, 10**12)),
        *((MIB - 1, 9 * MIB + 1), (LARGE - 1, LARGE), (LARGE - 1, LARGE + 1)),
    ],
)
async def test_parts_of_a_file_are_read(storage, span):
    content = os.urandom(LARGE)
    await storage.write("j/c/result", pieces_of(content))

    start, stop = (*span, None)[:2]
    assert await content_of(storage, "j/c/result", *span) == content[start:stop]


async def test_what_is_not_there_is_not_found(storage):
    await storage.write("j/uploads/0", pieces_of(b"x"))

    for key in ("j/uploads/1", "j/uploads", "j", "j/uploads/0/x"):
        with pytest.raises(NotFoundError):
            await storage.size(key)
        with pytest.raises(NotFoundError):
            await anext(storage.read(key))


async def test_keys_are_listed_by_folder(storage):
    keys = ["a/c/1", "a/c/2", "ab/c/1", "b"]
    for key in reversed(keys):
        await storage.write(key, pieces_of(b""))

    assert await storage.keys() == keys
    assert await storage.keys("a/") == await storage.keys("a") == keys[:2]
    assert await storage.keys("ab/c") == keys[2:3]
    assert await storage.keys("c") == []


async def test_a_prefix_is_removed_and_nothing_else(storage):
    for key in ("a/c/1", "a/c/2", "a/cc", "ab/c/1", "b"):
        await storage.write(key, pieces_of(b"x"))

    await storage.remove("a/c/")
    assert await storage.keys() == ["a/cc", "ab/c/1", "b"]
    await storage.remove("b")
    await storage.remove("a/")
    await storage.remove("no/such/")
    assert await storage.keys() == ["ab/c/1"]


async def test_many_files_are_written_at_once_and_removed_together(storage):
    await asyncio.gather(*(storage.write(f"a/{i}", pieces_of(b"")) for i in range(60)))

    assert len(await storage.keys("a/")) == 60
    await storage.remove("a/")
    assert await storage.keys() == []


@pytest.mark.parametrize("size", [10, LARGE])
async def test_a_write_that_fails_leaves_nothing(storage, size):
    broken = pieces_of(bytes(size), then=ZeroDivisionError("the query broke"))

    with pytest.raises(ZeroDivisionError, match="the query broke"):
        await storage.write("j/c/result", broken)
    assert await storage.keys() == []


@pytest.mark.parametrize("limit", [0, 10, LARGE - 1])
async def test_a_file_over_the_limit_is_refused(storage, limit):
    with pytest.raises(UsageError, match=f"larger than {limit} bytes"):
        await storage.write("j/c/result", pieces_of(bytes(LARGE)), limit)
    assert await storage.keys() == []


async def test_a_file_at_the_limit_is_taken(storage):
    assert await storage.write("j/c/result", pieces_of(b"12345"), 5) == 5


@pytest.mark.parametrize("size", [0, 10, LARGE])
async def test_a_write_that_is_cancelled_leaves_nothing(storage, size):
    pieces = pieces_of(bytes(size), then=asyncio.Event().wait())
    task = asyncio.create_task(storage.write("j/c/result", pieces))
    await asyncio.sleep(0.3)
    begun = time.monotonic()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - begun < 1
    assert await storage.keys() == []


@pytest.mark.parametrize("size", [0, 10, LARGE])
@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8, 13, 40])
async def test_a_write_that_is_cancelled_at_any_moment_leaves_nothing(
    storage, size, steps
):
    task = asyncio.create_task(storage.write("j/c/result", pieces_of(bytes(size))))
    for _ in range(steps):
        await asyncio.sleep(0.002)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    whole = [] if task.cancelled() else ["j/c/result"]
    assert await storage.keys() == whole


async def test_nobody_sees_half_a_file(storage):
    hold = asyncio.Event()
    pieces = pieces_of(bytes(LARGE), then=hold.wait())
    task = asyncio.create_task(storage.write("j/c/result", pieces))
    await asyncio.sleep(0.3)

    assert await storage.keys() == []
    with pytest.raises(NotFoundError):
        await storage.size("j/c/result")
    hold.set()
    assert await task == LARGE


async def test_reading_may_stop_early(storage):
    await storage.write("j/c/result", pieces_of(bytes(LARGE)))
    reading = storage.read("j/c/result")
    await anext(reading)
    await reading.aclose()

    await storage.remove("j/")
    assert await storage.keys() == []


@pytest.mark.parametrize(
    "key",
    [
        *("", "/a", "a/", "a//b", "..", "a/../b", "./a", ".a", "a/.b"),
        *("A", "a b", "ä", "a\n", "a\0", "a\\b", "a" * 201),
    ],
)
async def test_what_is_no_key_is_refused(storage, key):
    with pytest.raises(ValueError, match="is no key"):
        await storage.write(key, pieces_of(b""))
    with pytest.raises(ValueError, match="is no key"):
        await storage.size(key)
    with pytest.raises(ValueError, match="is no key"):
        await anext(storage.read(key))
    if key != "a/":
        with pytest.raises(ValueError, match="is no key"):
            await storage.remove(key)


@given(st.text("ab0_-./", max_size=20).filter(KEY.match))
def test_no_key_leads_out_of_the_folder(key):
    assert os.path.normpath(f"/root/{check_key(key)}") == f"/root/{key}"


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("gs://bucket/x", "name a folder, or s3://"),
        ("s3://", "write s3://bucket"),
        ("s3://bucket?secret_access_key=hunter2", "credentials go into"),
        ("s3://me:hunter2@bucket", "credentials go into"),
        ("/dev/null/x", "cannot store files in /dev/null/x"),
    ],
)
def test_a_location_that_is_none_is_told(location, says):
    with pytest.raises(ConfigError, match=says) as caught:
        open_storage(location)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("size", [10, LARGE])
async def test_a_bucket_that_is_away_is_a_passing_trouble(size, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setitem(bucket.RETRIES, "max_retries", 0)
    async with opened("s3://results?endpoint=http://127.0.0.1:9") as storage:
        with pytest.raises(TransientError, match="cannot be used now"):
            await storage.write("a", pieces_of(bytes(size)))
        with pytest.raises(TransientError, match="cannot be used now"):
            await storage.size("a")
        with pytest.raises(TransientError, match="cannot be used now"):
            await storage.remove("a/")


async def test_a_bucket_that_does_not_exist_is_the_servers_trouble(location, s3):
    async with opened(location.replace("results", "nowhere")) as storage:
        with pytest.raises(TransientError, match="cannot be used now"):
            await storage.write("a", pieces_of(b""))


async def test_keys_stay_below_the_prefix_of_the_bucket(location, s3):
    s3.put_object(Bucket="results", Key="jobs2/a", Body=b"")
    async with opened(location) as storage:
        await storage.write("a", pieces_of(b""))
        found = s3.list_objects_v2(Bucket="results")["Contents"]

        assert [each["Key"] for each in found] == ["jobs/a", "jobs2/a"]
        assert await storage.keys() == ["a"]


async def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    seen = []

    def fsync(descriptor):
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        seen.append((path.removeprefix(f"{tmp_path}"), (tmp_path / "j/c/r").exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    async with opened(str(tmp_path)) as storage:
        await storage.write("j/c/r", pieces_of(b"x"))

    draft, *folders = seen
    assert draft[0].startswith("/j/c/.r.")
    assert not draft[1]
    assert folders == [("/j/c", True), ("/j", True), ("", True)]


WRITER = """
import asyncio, sys
from vo_lcc.uws.storage import open_storage

async def pieces():
    yield bytes(5_000_000)
    print("written", flush=True)
    yield bytes(100)
    await asyncio.sleep(60)

asyncio.run(open_storage(sys.argv[1]).write("j/c/result", pieces()))
"""


def test_what_a_killed_process_leaves_is_no_file_and_is_removed(tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "written\n"
        process.send_signal(signal.SIGKILL)
    assert len(list((tmp_path / "j/c").iterdir())) == 1

    async def clean():
        async with opened(str(tmp_path)) as storage:
            assert await storage.keys() == []
            await storage.remove("j/c/")

    asyncio.run(clean())
    assert list(tmp_path.iterdir()) == []


async def test_empty_folders_do_not_stay(tmp_path):
    async with opened(str(tmp_path)) as storage:
        await storage.write("a/c/1", pieces_of(b""))
        await storage.write("a/d/1", pieces_of(b""))

        await storage.remove("a/c/")
        assert [path.name for path in (tmp_path / "a").iterdir()] == ["d"]
        await storage.remove("a/d/")
        assert list(tmp_path.iterdir()) == []


async def test_writers_and_removers_do_not_disturb_each_other(tmp_path):
    """Two storages on one folder, as two processes have them."""

    async def come_and_go(storage, key):
        for _ in range(60):
            await storage.write(key, pieces_of(b"x"))
            assert await storage.size(key) == 1
            await storage.remove(key)

    async with opened(str(tmp_path)) as one, opened(str(tmp_path)) as two:
        async with asyncio.timeout(30):
            await asyncio.gather(
                *(come_and_go(one, f"a/b/{i}") for i in range(4)),
                *(come_and_go(two, f"a/b/{i}") for i in range(4, 8)),
            )
        assert list(tmp_path.iterdir()) == []


async def test_a_folder_taken_from_under_a_writer_stays_away(tmp_path):
    async with opened(str(tmp_path)) as storage:
        hold = asyncio.Event()
        pieces = pieces_of(b"x" * MIB, then=hold.wait())
        task = asyncio.create_task(storage.write("a/b/c", pieces))
        await asyncio.sleep(0.1)
        await storage.remove("a/")
        hold.set()

        with pytest.raises(TransientError):
            await task
        assert list(tmp_path.iterdir()) == []


async def test_a_full_disk_is_a_passing_trouble(tmp_path, monkeypatch):
    def write(self, block):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk.Draft, "write", write)
    storage = DiskStorage(tmp_path)

    with pytest.raises(TransientError, match="cannot be used now"):
        await storage.write("a/b", pieces_of(b"x"))
    assert list(tmp_path.iterdir()) == []
    await storage.close()
