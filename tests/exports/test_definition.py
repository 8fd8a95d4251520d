"""The collection file of an export says what the one of the release said."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exports.conftest import ODD, Exported
from vo_lcc.lightcurves.checks import parse_collection
from vo_lcc.lightcurves.columns import collection_tables
from vo_lcc.lightcurves.exports.definition import toml_text
from vo_lcc.lightcurves.exports.export import FORMS

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
scalars = st.one_of(texts, st.booleans(), st.integers(-9, 2**63 - 1), st.floats(-9, 9))
values = st.one_of(scalars, st.lists(scalars, max_size=3))
tables = st.dictionaries(texts, values, max_size=3)
documents = st.dictionaries(texts, values | tables, max_size=4)


@settings(max_examples=60, deadline=None)
@given(documents, tables)
def test_what_is_written_is_read_again(document: dict[str, object], table: object):
    whole = {**document, "objects": {"files": "a", "columns": {"x": table}}}

    assert tomllib.loads(toml_text(whole)) == whole


@pytest.mark.parametrize("form", FORMS)
def test_an_export_describes_the_same_columns(odd: Exported, form: str):
    odd.export("odd", form)

    again = parse_collection(odd.folder / form / "collection.toml")

    (odd.folder / "x.toml").write_text(ODD, encoding="utf-8")
    before = parse_collection(odd.folder / "x.toml")
    assert collection_tables(again) == collection_tables(before)
    assert again.objects.aliases == before.objects.aliases
    assert again.lightcurves.upper_limits == before.lightcurves.upper_limits
    assert again.lightcurves.columns["flags"].bits == {"1": "bad", "2": "limit"}
