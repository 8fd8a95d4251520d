"""The log: one entry a line, whatever stands in it."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.dali.record import CURRENT, Record
from vo_lcc.logs import Text, set_up_logs

LOG = logging.getLogger("vo_lcc.test")
HOSTILE = 'x\n2026-01-01T00:00:00.000Z INFO vo_lcc.access: request "status=200\x1b[31m'


@pytest.fixture
def written() -> Iterator[Callable[[str, str], io.StringIO]]:
    """Set the log up; what is logged stands in the stream that this gives."""
    root, ours = logging.getLogger(), logging.getLogger("vo_lcc")
    before = root.handlers[:], root.level, ours.level

    def begin(form: str, level: str = "info") -> io.StringIO:
        stream = io.StringIO()
        set_up_logs(form, level, stream)
        return stream

    yield begin
    root.handlers[:], root.level, ours.level = before


def test_text_is_one_line_of_words_and_fields(written):
    stream = written("text")
    LOG.info("a request", extra={"path": "/tap/sync", "rows": 0, "agent": "a b"})

    line = stream.getvalue()
    assert line.endswith(
        'Z INFO vo_lcc.test: a request path=/tap/sync rows=0 agent="a b"\n'
    )


def test_json_is_one_object_a_line(written):
    stream = written("json")
    LOG.warning("a %s", "b", extra={"rows": 0, "phases": {"plan": 0.5}})

    entry = json.loads(stream.getvalue())
    assert entry.pop("time").endswith("Z")
    assert entry == {
        "level": "WARNING",
        "logger": "vo_lcc.test",
        "message": "a b",
        "rows": 0,
        "phases": {"plan": 0.5},
    }


@pytest.mark.parametrize("form", ["text", "json"])
def test_entries_of_a_request_are_named_after_it(written, form):
    stream = written(form)
    token = CURRENT.set(Record("abc", runid="night 7"))
    LOG.info("within")
    CURRENT.reset(token)
    LOG.info("without")

    within, without = stream.getvalue().splitlines()
    assert "abc" in within
    assert "night 7" in within
    assert "request_id" not in without


@pytest.mark.parametrize("form", ["text", "json"])
def test_nobody_writes_a_line_of_their_own(written, form):
    stream = written(form)
    LOG.info("path %s", HOSTILE, extra={"agent": HOSTILE})

    lines = stream.getvalue().splitlines()
    assert len(lines) == 1
    assert "\x1b" not in lines[0]


@given(st.text(), st.text())
def test_any_text_is_one_line_of_printable_characters(message, value):
    record = logging.makeLogRecord({"msg": message, "name": "n", "agent": value})

    assert Text().format(record).isprintable()


def test_a_message_cannot_pass_for_fields(written):
    stream = written("text")
    LOG.info("GET %s failed", "/ request_id=forged")

    assert ' "GET / request_id=forged failed"' in stream.getvalue()


def test_a_traceback_follows_in_lines_that_no_entry_begins_with(written):
    stream = written("text")
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        LOG.exception("failed")

    first, *rest = stream.getvalue().splitlines()
    assert first.endswith("ERROR vo_lcc.test: failed")
    assert any("ValueError" in line for line in rest)
    assert all(line.startswith("    | ") for line in rest)


def test_libraries_tell_less_than_we_do(written):
    stream = written("text", "info")
    logging.getLogger("a.library").info("chatter")
    LOG.info("ours")
    LOG.debug("too much")

    assert "ours" in stream.getvalue()
    assert len(stream.getvalue().splitlines()) == 1


def test_setting_up_again_writes_each_entry_once(written):
    written("text")
    stream = written("json")
    LOG.info("once")

    assert len(stream.getvalue().splitlines()) == 1
