from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vo_lcc.registry.oai.arguments import VERBS, read_arguments
from vo_lcc.registry.oai.moments import parse_range, parse_stamp, stamp
from vo_lcc.registry.oai.problems import OAIError
from vo_lcc.registry.oai.tokens import Token, decode_token

moments = st.datetimes(
    min_value=datetime(1, 1, 1),  # noqa: DTZ001
    max_value=datetime(9999, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda moment: moment.replace(microsecond=0))
tokens = st.builds(
    Token,
    verb=st.sampled_from(["ListRecords", "ListIdentifiers"]),
    prefix=st.sampled_from(["ivo_vor", "oai_dc"]),
    cursor=st.integers(0, 10**9 - 1),
    until=st.none() | moments,
    after=st.tuples(
        moments, st.from_regex(r"ivo://[!-~\u00e4-\u00ff]{1,60}", fullmatch=True)
    ),
)


def read_token(text: str, verb: str) -> Token | None:
    try:
        return decode_token(text, verb)
    except OAIError:
        return None


def refused(*pairs: tuple[str, str]) -> str:
    with pytest.raises(OAIError) as caught:
        read_arguments(pairs)
    assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("metadataPrefix", "oai_dc")],
        [("verb", "")],
        [("verb", "identify")],
        [("Verb", "Identify")],
        [("verb", "Identify"), ("verb", "Identify")],
        [("verb", "Drop" * 1000)],
    ],
)
def test_a_verb_that_is_missing_unknown_or_repeated_is_a_bad_verb(pairs):
    assert refused(*pairs) == "badVerb"


@pytest.mark.parametrize("verb", VERBS)
def test_arguments_that_are_unknown_are_bad(verb):
    needed = [(name, "ivo_vor") for name in VERBS[verb].required]

    assert refused(("verb", verb), *needed, ("test", "test")) == "badArgument"
    assert refused(("verb", verb), *needed, ("RUNID", "mine")) == "badArgument"


@pytest.mark.parametrize(
    ("verb", "pairs"),
    [
        ("GetRecord", []),
        ("GetRecord", [("identifier", "ivo://a/b")]),
        ("GetRecord", [("metadataPrefix", "oai_dc")]),
        ("ListRecords", []),
        ("ListIdentifiers", [("set", "ivo_managed")]),
        ("ListRecords", [("metadataPrefix", "")]),
        ("ListRecords", [("metadataPrefix", "a b")]),
        ("ListRecords", [("metadataPrefix", "oai_dc"), ("metadataPrefix", "oai_dc")]),
        ("ListRecords", [("metadataPrefix", "oai_dc"), ("resumptionToken", "x")]),
        ("ListRecords", [("resumptionToken", "x"), ("resumptionToken", "y")]),
        ("ListRecords", [("metadataPrefix", "oai_dc"), ("set", "a::b")]),
        ("ListRecords", [("metadataPrefix", "oai_dc"), ("from", "")]),
        ("GetRecord", [("identifier", 'a"b'), ("metadataPrefix", "oai_dc")]),
        ("GetRecord", [("identifier", "a%zz"), ("metadataPrefix", "oai_dc")]),
        ("GetRecord", [("identifier", "x" * 3000), ("metadataPrefix", "oai_dc")]),
        ("ListMetadataFormats", [("identifier", "")]),
    ],
)
def test_arguments_that_are_missing_repeated_or_malformed_are_bad(verb, pairs):
    assert refused(("verb", verb), *pairs) == "badArgument"


@pytest.mark.parametrize(
    "text",
    [
        "2026",
        "2026-01",
        "2026-1-2",
        "2026-13-01",
        "2026-02-30",
        "0000-01-01",
        "10000-01-01",
        "-2026-01-01",
        "2026-01-02T03:04Z",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:05.5Z",
        "2026-01-02T03:04:05+00:00",
        "2026-01-02T24:00:00Z",
        "2026-01-02T03:04:60Z",
        "2026-01-02 03:04:05Z",
        "2026-01-02Z",
        " 2026-01-02",
        "2026-01-02\n",
        "\uff12\uff10\uff12\uff16-01-02",
        "now",
        "\0",
    ],
)
@pytest.mark.parametrize("name", ["from", "until"])
def test_what_is_no_datestamp_is_a_bad_argument(name, text):
    pairs = [("verb", "ListRecords"), ("metadataPrefix", "ivo_vor"), (name, text)]

    assert refused(*pairs) == "badArgument"


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-01-01", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2026-01-01"),
        ("2026-01-02", "2026-01-01"),
        ("2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z"),
    ],
)
def test_a_range_of_two_granularities_or_backwards_is_a_bad_argument(since, until):
    with pytest.raises(OAIError) as caught:
        parse_range(since, until)
    assert caught.value.code == "badArgument"


@given(moments)
def test_a_moment_is_read_as_it_is_written(moment):
    assert parse_stamp(stamp(moment)) == moment


@given(moments, moments)
def test_a_range_has_both_its_ends(one, other):
    first, last = sorted((one, other))

    assert parse_range(stamp(first), stamp(last)) == (first, last)


@given(moments)
def test_a_day_is_all_its_seconds(moment):
    day = f"{stamp(moment):.10}"
    first, last = parse_range(day, day)

    assert first <= moment <= last
    assert stamp(first) == f"{day}T00:00:00Z"
    assert stamp(last) == f"{day}T23:59:59Z"


@given(tokens)
def test_a_token_is_read_as_it_is_written(token):
    text = token.encode()

    assert decode_token(text, token.verb) == token
    assert text.isascii()
    assert text.replace("-", "").replace("_", "").isalnum()


@given(tokens, st.data())
def test_a_token_that_is_changed_is_one_of_ours_or_refused(token, data):
    text = token.encode()
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters())
    changed = text[:place] + letter + text[place + 1 :]
    read = read_token(changed, token.verb)

    assert read is None or decode_token(read.encode(), token.verb) == read


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_any_other_text_is_no_token(text):
    with pytest.raises(OAIError) as caught:
        decode_token(text, "ListRecords")
    assert caught.value.code == "badResumptionToken"


def test_a_token_is_of_its_verb():
    now = datetime(2026, 1, 2, tzinfo=UTC)
    text = Token("ListRecords", "ivo_vor", 1, None, (now, "ivo://a/b")).encode()

    with pytest.raises(OAIError, match="it is of ListRecords"):
        decode_token(text, "ListIdentifiers")
