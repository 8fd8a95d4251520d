from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vo_lcc.db import Database, quote_name, quote_text

text = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
# one database serves all examples: nothing is written
quick = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@quick
@given(text)
def test_any_text_comes_back_as_it_went_in(session_db: Database, value):
    assert session_db.fetch("SELECT " + quote_text(value)) == [(value,)]


@quick
@given(text)
def test_text_is_one_literal_whatever_the_setting(session_db: Database, value):
    with session_db.transaction() as cur:
        cur.execute("SET LOCAL standard_conforming_strings = off")
        cur.execute("SELECT " + quote_text(value))
        assert cur.fetchall() == [(value,)]


@quick
@given(text.filter(lambda t: 0 < len(t.encode()) < 60))
def test_any_name_is_one_identifier(session_db: Database, name):
    with session_db.transaction() as cur:
        cur.execute(f"SELECT 1 AS {quote_name(name)}")
        assert cur.description is not None
        assert cur.description[0].name == name
