"""The parameters of UWS itself."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.dali.params import Params
from vo_lcc.errors import ParameterError
from vo_lcc.uws.documents import timestamp
from vo_lcc.uws.job import Phase
from vo_lcc.uws.params import (
    ListFilter,
    Wait,
    Wanted,
    own_parameters,
    parse_destruction,
    parse_duration,
    parse_moment,
    parse_order,
)
from vo_lcc.uws.settings import DAY, JobSettings

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SETTINGS = JobSettings()


def params(**values: str | list[str]) -> Params:
    pairs = [
        (name, value)
        for name, given in values.items()
        for value in ([given] if isinstance(given, str) else given)
    ]
    return Params(tuple(pairs))


def test_a_list_without_filters_is_of_all():
    assert ListFilter.parse(Params()) == ListFilter(frozenset(), None, None)


def test_phases_of_a_list_may_be_repeated():
    found = ListFilter.parse(params(phase=["PENDING", "error"]))

    assert found.phases == {Phase.PENDING, Phase.ERROR}


def test_after_and_last_are_read():
    found = ListFilter.parse(params(AFTER="2026-01-02T03:04:05Z", LAST="3"))

    assert (found.after, found.last) == (NOW, 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"PHASE": "NONSENSE"},
        {"AFTER": "notadate"},
        {"AFTER": ["2026-01-01", "2026-01-02"]},
        {"LAST": "-1"},
        {"LAST": "0"},
        {"LAST": "abc"},
        {"LAST": "1.5"},
        {"LAST": ["1", "2"]},
    ],
    ids=str,
)
def test_a_wrong_filter_is_refused(wrong: dict[str, str | list[str]]):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        ListFilter.parse(params(**wrong))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("-1", 300), ("0", 0), ("7", 7), ("301", 300), ("9" * 30, 300)],
)
def test_waiting_is_capped(text: str, seconds: int):
    assert Wait.parse(params(WAIT=text), 300) == Wait(seconds)


@pytest.mark.parametrize("text", ["-2", "soon", "1.5", "1e3", "9" * 5000])
def test_a_wrong_wait_is_refused(text: str):
    with pytest.raises(
        ParameterError, match=r"WAIT: .*is not a number of seconds, or -1"
    ):
        Wait.parse(params(WAIT=text), 300)


def test_an_order_that_is_sent_by_get_is_told_from_a_wrong_phase():
    with pytest.raises(ParameterError, match="no phase: it is sent by POST; the"):
        Wait.parse(params(PHASE="run"), 300)
    with pytest.raises(ParameterError, match="'runs' is no phase; the phases are"):
        Wait.parse(params(PHASE="runs"), 300)


def test_waiting_may_be_bound_to_a_phase():
    assert Wait.parse(params(wait="5", phase="queued"), 300) == Wait(5, Phase.QUEUED)


def test_no_wait_is_none():
    assert Wait.parse(Params(), 300).seconds == 0


def test_a_job_of_no_parameters_gets_the_defaults():
    found = Wanted.parse(Params(), SETTINGS, NOW)

    assert found == Wanted(False, None, 3600, NOW + timedelta(days=7))


def test_a_job_is_created_as_it_is_asked_for():
    asked = params(
        phase="run", RunId="r1", EXECUTIONDURATION="60", DESTRUCTION="2026-01-03"
    )

    found = Wanted.parse(asked, SETTINGS, NOW)

    assert found == Wanted(True, "r1", 60, datetime(2026, 1, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    "wrong",
    [
        {"PHASE": "ABORT"},
        {"PHASE": ["RUN", "ABORT"]},
        {"EXECUTIONDURATION": "soon"},
        {"DESTRUCTION": "tomorrow"},
    ],
    ids=str,
)
def test_a_job_cannot_be_created_in_a_wrong_way(wrong: dict[str, str | list[str]]):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Wanted.parse(params(**wrong), SETTINGS, NOW)


def test_the_jobs_own_parameters_are_kept_as_they_were_sent():
    asked = params(
        Query="SELECT 1", phase="RUN", RUNID="r", destruction="2026", Lang=["a", "b"]
    )

    assert own_parameters(asked) == (
        ("Query", "SELECT 1"),
        ("RUNID", "r"),
        ("Lang", "a"),
        ("Lang", "b"),
    )


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", DAY), ("1", 1), (str(DAY + 1), DAY), ("9" * 30, DAY)]
)
def test_an_execution_duration_is_at_most_the_hard_limit(text: str, seconds: int):
    assert parse_duration(text, SETTINGS) == seconds


@pytest.mark.parametrize("text", ["-1", "soon", "1.5", "", "٣"])
def test_a_wrong_execution_duration_is_refused(text: str):
    with pytest.raises(ParameterError, match="EXECUTIONDURATION"):
        parse_duration(text, SETTINGS)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-03", datetime(2026, 1, 3, tzinfo=UTC)),
        ("2026-01-03T04:05", datetime(2026, 1, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-03T04:05:06", datetime(2026, 1, 3, 4, 5, 6, tzinfo=UTC)),
        ("2026-01-03T04:05:06Z", datetime(2026, 1, 3, 4, 5, 6, tzinfo=UTC)),
        ("2026-01-03 04:05:06.25Z", datetime(2026, 1, 3, 4, 5, 6, 250_000, UTC)),
        ("2026-01-03T04:05:06+02:00", datetime(2026, 1, 3, 2, 5, 6, tzinfo=UTC)),
        ("2026-01-03T04:05:06.123456789", datetime(2026, 1, 3, 4, 5, 6, 123_456, UTC)),
        ("9999-12-31T23:59:59Z", NOW + timedelta(days=30)),
        ("2025-01-01", datetime(2025, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_destruction_is_read_in_each_form_and_capped(text: str, moment: datetime):
    assert parse_destruction(text, SETTINGS, NOW) == moment


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "2026",
        "2026-13-01",
        "2026-02-30",
        "2026-01-01T25:00:00Z",
        "2026-01-01T00:00:00 Z",
        "20260101",
        "0001-01-01T00:00:00+14:00",
        "-2026-01-01",
        "",
    ],
)
def test_a_wrong_destruction_is_refused(text: str):
    with pytest.raises(ParameterError, match="DESTRUCTION"):
        parse_destruction(text, SETTINGS, NOW)


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: moment.year > 999))
def test_a_time_that_is_written_is_read_again(moment: datetime):
    milliseconds = moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    assert parse_moment("AFTER", timestamp(moment)) == milliseconds


@given(st.text())
def test_any_text_is_a_time_or_refused(text: str):
    try:
        moment = parse_moment("AFTER", text)
    except ParameterError:
        return
    assert moment.tzinfo is UTC


@pytest.mark.parametrize("text", ["FLY", "COMPLETED", "run!"])
def test_a_phase_that_is_no_order_is_refused(text: str):
    with pytest.raises(ParameterError, match="send RUN or ABORT"):
        parse_order(params(PHASE=text))


def test_an_order_is_read_in_any_case():
    assert parse_order(params(phase="Abort")) == "ABORT"
