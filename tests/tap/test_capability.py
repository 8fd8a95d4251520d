"""How ADQL is advertised: TAPRegExt 1.0 section 2.3, ADQL 2.1 section 4."""

import re

from vo_lcc.dali.capability import Publisher, Site
from vo_lcc.tap.capability import BEYOND, EXAMPLES, EXTENSIONS, adql, capabilities

SIGNATURE = re.compile(
    r"[a-z]\w*\([a-z]\w* [A-Z]+(\[\])?(, [a-z]\w* [A-Z]+(\[\])?)*\) -> [A-Z]+(\[\])?",
    re.ASCII | re.IGNORECASE,
)


UDF = "ivo://ivoa.net/std/tapregext#features-udf"


def forms(finds_names: bool = True) -> dict[str, list[str]]:
    return {
        each.type: [f.form for f in each.feature]
        for each in adql(finds_names).language_features
    }


def test_every_optional_feature_of_adql_is_advertised_under_its_name():
    advertised = forms()

    for name, examples in EXAMPLES.items():
        key = f"ivo://ivoa.net/std/tapregext#features-{name}"
        assert advertised[key] == list(examples)


def test_identifiers_are_in_lower_case():
    own = [key for key in forms() if "tapregext" in key.lower()]

    assert own == [key.lower() for key in own]


def test_functions_are_advertised_by_their_signatures():
    signatures = forms()[UDF]

    assert "ivo_hasword(haystack VARCHAR, needle VARCHAR) -> INTEGER" in signatures
    assert [s for s in signatures if not SIGNATURE.fullmatch(s)] == []


def test_what_goes_beyond_adql_is_advertised_where_pyvo_looks_for_it():
    assert forms()[EXTENSIONS] == list(BEYOND)


def test_a_server_that_looks_up_no_names_does_not_say_so():
    simbadpoint = "ivo_simbadpoint(identifier VARCHAR) -> POINT"

    assert simbadpoint in forms(finds_names=True)[UDF]
    assert simbadpoint not in forms(finds_names=False)[UDF]


def test_the_data_model_of_the_registry_is_that_of_the_whole_vo():
    def models(publisher: Publisher) -> set[str]:
        site = Site("https://vo.example.org", publisher=publisher)
        return {e.get("ivo-id") for e in capabilities(site)[0].iter("dataModel")}

    there = models(Publisher(full_registry=True)) - models(Publisher())

    assert there == {"ivo://ivoa.net/std/regtap#1.2"}
