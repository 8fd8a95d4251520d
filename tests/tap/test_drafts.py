"""What TAP says of itself by the draft of TAPRegExt 1.1."""

from dataclasses import replace

from vo_lcc.dali.capability import Limits, Site
from vo_lcc.tap.capability import capabilities

SITE = Site("https://vo.example.org", Limits(statement_timeout=60, stream_timeout=600))
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def access(site):
    return capabilities(site)[0]


def limits(element, name):
    """Default and hard, by mode."""
    return {
        each.get("forMode"): (int(each.findtext("default")), int(each.findtext("hard")))
        for each in element.findall(name)
    }


def test_drafts_are_said_only_when_they_are_asked_for():
    types = [each.get(XSI_TYPE) for each in access(SITE).findall("interface")]

    assert types == ["vs:ParamHTTP"]
    assert set(limits(access(SITE), "executionDuration")) == {None}


def test_limits_of_time_are_those_of_their_mode_and_always_two():
    drafted = access(replace(SITE, drafts=True))

    assert limits(drafted, "executionDuration") == {
        "sync": (60, 600),
        "async": (3600, 86_400),
    }
    assert limits(drafted, "retentionPeriod") == {"async": (604_800, 2_592_000)}
    for name in ("outputLimit", "uploadLimit"):
        assert limits(drafted, name) == limits(access(SITE), name)


def test_no_default_is_beyond_its_hard_limit():
    site = replace(SITE, limits=Limits(statement_timeout=60, stream_timeout=30))

    seen = limits(access(replace(site, drafts=True)), "executionDuration")

    assert seen["sync"] == (30, 30)


def test_clients_that_know_no_modes_see_jobs_last():
    """Of several pyvo takes the last."""
    seen = access(replace(SITE, drafts=True)).findall("executionDuration")

    assert [each.get("forMode") for each in seen] == ["sync", "async"]


def test_the_interface_of_dali_has_the_same_address_and_names_the_endpoints():
    plain, dali = access(replace(SITE, drafts=True)).findall("interface")

    assert dali.get(XSI_TYPE) == "tr:DALIInterface"
    for each in (plain, dali):
        assert (each.get("role"), each.get("version")) == ("std", "1.1")
        assert each.findtext("accessURL") == "https://vo.example.org/tap"
        assert each.find("accessURL").get("use") == "base"
    names = [each.findtext("name") for each in dali.findall("endpoint")]
    assert names == ["sync", "async", "tables", "availability", "examples"]
