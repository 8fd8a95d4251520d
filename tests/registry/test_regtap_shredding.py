"""Records as rows: the rules of RegTAP 1.2, sections 4, 5 and 8, one by one."""

from datetime import datetime

import pytest
from lxml import etree

from tests.registry.regtap_records import CADC, DACHS, MAST, REGISTRY, record
from vo_lcc.registry.regtap.shredding import refusal, shred
from vo_lcc.registry.regtap.values import MOST_RANGES, moc

CONE, SIA, TAP, HARVEST = (shred(*each).rows for each in (DACHS, MAST, CADC, REGISTRY))

BASIC = "ivo://ivoa.net/sso#BasicAA"
at = datetime.fromisoformat

# Table, column: what is in it, in the order of the record.
OF_THE_CONE = {
    ("resource", "ivoid"): ["ivo://org.example.dc/stars/q/cone"],
    ("resource", "res_type"): ["vs:catalogservice"],
    ("resource", "created"): [at("2010-11-03T10:13:00")],
    ("resource", "short_name"): ["stars cone"],
    ("resource", "res_title"): ["Proper Motions of Some Stars"],
    ("resource", "updated"): [at("2013-03-05T16:19:33")],
    ("resource", "content_level"): ["research#university"],
    ("resource", "res_description"): [
        "The best data for a star. With a typical error of 0.89 mas."
    ],
    ("resource", "reference_url"): ["http://dc.example.org/stars/info"],
    ("resource", "creator_seq"): ["Reylé, C.; Wielen, R."],
    ("resource", "content_type"): ["catalog#survey"],
    ("resource", "source_format"): ["bibcode"],
    ("resource", "source_value"): ["2001VeARI..40....1W"],
    ("resource", "res_version"): ["1.2"],
    ("resource", "region_of_regard"): [0.01],
    ("resource", "waveband"): ["optical#infrared"],
    ("resource", "rights"): ["Free for all"],
    ("resource", "rights_uri"): ["http://spdx.org/licenses/CC0-1.0"],
    ("res_role", "base_role"): [
        "contact",
        "publisher",
        "creator",
        "creator",
        "contributor",
    ],
    ("res_role", "role_name"): [
        "Data Center Team",
        "The Example Data Center",
        "Reylé, C.",
        "Wielen, R.",
        "Agdur Inal-Ipa",
    ],
    ("res_role", "role_ivoid"): [None, "ivo://org.example.dc/org", None, None, None],
    ("res_role", "street_address"): [
        "Mönchhofstrasse 12, Heidelberg",
        None,
        None,
        None,
        None,
    ],
    ("res_role", "email"): ["team@dc.example.org", None, None, None, None],
    ("res_role", "telephone"): ["++49 6221 54 1837", None, None, None, None],
    ("res_role", "logo"): [None, None, None, "http://dc.example.org/w.png", None],
    ("res_subject", "res_subject"): ["proper-motions", "Stars: Nearby"],
    ("capability", "cap_index"): [1, 2, 3],
    ("capability", "cap_type"): ["cs:conesearch", None, None],
    ("capability", "cap_description"): ["Positions", None, None],
    ("capability", "standard_id"): [
        "ivo://ivoa.net/std/conesearch",
        "ivo://ivoa.net/std/tap#aux",
        None,
    ],
    ("interface", "cap_index"): [1, 2, 3],
    ("interface", "intf_index"): [1, 2, 3],
    ("interface", "intf_type"): ["vs:paramhttp", "vs:paramhttp", "vr:webbrowser"],
    ("interface", "intf_role"): ["std", "std", None],
    ("interface", "std_version"): ["1.2bis", None, None],
    ("interface", "query_type"): ["get#post", None, None],
    ("interface", "result_type"): ["application/x-votable+xml", None, None],
    ("interface", "url_use"): ["base", "base", "full"],
    ("interface", "access_url"): [
        "http://dc.example.org/stars/scs.xml?",
        "http://dc.example.org/tap",
        "http://dc.example.org/stars/form",
    ],
    ("interface", "mirror_url"): [
        "http://b.example.org/Scs?#http://c.example.org/Scs?",
        None,
        None,
    ],
    ("interface", "authenticated_only"): [0, 0, 1],
    ("intf_param", "intf_index"): [1],
    ("intf_param", "name"): ["ra"],
    ("intf_param", "ucd"): ["pos.eq.ra"],
    ("intf_param", "std"): [1],
    ("intf_param", "datatype"): ["real"],
    ("intf_param", "param_use"): ["required"],
    ("intf_param", "param_description"): ["Right Ascension"],
    ("relationship", "relationship_type"): ["isservedby", "isservedby"],
    ("relationship", "related_id"): ["ivo://org.example.dc/tap", None],
    ("relationship", "related_name"): ["TAP here", "Another"],
    ("validation", "validated_by"): ["ivo://example.edu/registry"],
    ("validation", "val_level"): [2],
    ("validation", "cap_index"): [1],
    ("res_date", "date_value"): [
        at("2001-02-03"),
        at("2013-03-05T16:19:33"),
    ],
    ("res_date", "value_role"): ["created", "updated"],
    ("alt_identifier", "alt_identifier"): [
        "doi:10.5072/stars",
        "http://orcid.org/0000-0000-0000-0001",
        "https://orcid.org/0000-0000-0000-0002",
    ],
    ("res_schema", "schema_index"): [1],
    ("res_schema", "schema_name"): ["stars"],
    ("res_schema", "schema_title"): ["Stars"],
    ("res_schema", "schema_utype"): ["fan:ta.sy"],
    ("res_table", "schema_index"): [1, 1],
    ("res_table", "table_index"): [1, 2],
    ("res_table", "table_name"): ["Stars.Main", "Stars.Out"],
    ("res_table", "table_type"): ["base_table", "output"],
    ("res_table", "table_utype"): ["ivo://ivoa.net/std/epntap#table-2.1", None],
    ("table_column", "table_index"): [1],
    ("table_column", "name"): ["raj2000"],
    ("table_column", "ucd"): ["pos.eq.ra"],
    ("table_column", "unit"): ["deg"],
    ("table_column", "utype"): ["stc:lon"],
    ("table_column", "std"): [1],
    ("table_column", "datatype"): ["double"],
    ("table_column", "extended_schema"): ["y"],
    ("table_column", "extended_type"): ["x"],
    ("table_column", "arraysize"): ["1"],
    ("table_column", "delim"): [","],
    ("table_column", "type_system"): ["vs:votabletype"],
    ("table_column", "flag"): ["indexed#primary"],
    ("table_column", "column_description"): ["Right ascension"],
    ("stc_spatial", "coverage"): [moc(["5/20 6/1-3"])],
    ("stc_temporal", "time_start"): [50000, 51000.25],
    ("stc_temporal", "time_end"): [50100, 51000.5],
    ("stc_spectral", "spectral_start"): [3e-19],
    ("stc_spectral", "spectral_end"): [5e-19],
    ("served", "svcid"): ["ivo://org.example.dc/tap"],
}


@pytest.mark.parametrize("place", OF_THE_CONE, ids=".".join)
def test_a_column_is_filled_by_the_rules_of_its_table(place):
    table, column = place

    assert [row.get(column) for row in CONE[table]] == OF_THE_CONE[place]


DETAILS = {
    "cone": (
        CONE,
        {
            (None, "/coverage/footprint", "http://dc.example.org/fp"),
            (None, "/coverage/footprint/@ivo-id", "ivo://org.example/fp"),
            (None, "/facility", "A Telescope"),
            (None, "/instrument", "A Camera"),
            (None, "/instrument/@ivo-id", "ivo://org.example/Tel"),
            (None, "/rights", "Free for all"),
            (None, "/rights", "Not this"),
            (None, "/rights/@rightsURI", "http://example.org/no"),
            (None, "/rights/@rightsURI", "http://spdx.org/licenses/CC0-1.0"),
            (1, "/capability/interface/testQueryString", "RA=4.6&DEC=19.69"),
            (1, "/capability/maxSR", "180.0"),
            (1, "/capability/testQuery/dec", "-3.1"),
            (1, "/capability/testQuery/ra", "9.25"),
            (1, "/capability/verbosity", "true"),
            *(
                (n, "/capability/interface/securityMethod/@standardID", method)
                for n, method in (
                    (1, BASIC),
                    (3, BASIC),
                )
            ),
        },
    ),
    "image": (
        SIA,
        {
            (1, "/capability/imageServiceType", "Pointed"),
            (1, "/capability/maxImageSize/lat", "10"),
            (1, "/capability/maxImageSize/long", "20"),
            (1, "/capability/testQuery/pos/lat", "-21.3"),
            (1, "/capability/testQuery/pos/long", "326.6"),
        },
    ),
    "tap": (
        TAP,
        {
            (1, "/capability/dataModel", "ObsCore-1.1"),
            (1, "/capability/dataModel", "Registry 1.2"),
            (1, "/capability/dataModel/@ivo-id", "ivo://ivoa.net/std/ObsCore#core-1.1"),
            (1, "/capability/dataModel/@ivo-id", "ivo://ivoa.net/std/RegTAP#1.2"),
            (1, "/capability/language/name", "ADQL"),
            (1, "/capability/language/version/@ivo-id", "ivo://ivoa.net/std/ADQL#v2.1"),
            (
                1,
                "/capability/outputFormat/@ivo-id",
                "ivo://ivoa.net/std/TAPRegExt#output-votable-td",
            ),
            (1, "/capability/outputFormat/alias", "votable"),
            (1, "/capability/outputFormat/mime", "text/xml"),
            (1, "/capability/outputLimit/default", "2000"),
            (1, "/capability/outputLimit/default/@unit", "row"),
            (
                1,
                "/capability/uploadMethod/@ivo-id",
                "ivo://ivoa.net/std/TAPRegExt#upload-inline",
            ),
        },
    ),
    "registry": (
        HARVEST,
        {
            (None, "/full", "false"),
            (None, "/managedAuthority", "x.example"),
            (None, "/managedAuthority", "y.example"),
            (1, "/capability/maxRecords", "200"),
        },
    ),
}


@pytest.mark.parametrize("name", DETAILS)
def test_details_are_pairs_of_xpath_and_value(name):
    rows, expected = DETAILS[name]

    seen = {
        (row["cap_index"], row["detail_xpath"], row["detail_value"])
        for row in rows["res_detail"]
    }

    assert seen == expected


@pytest.mark.parametrize(
    ("rows", "table", "column", "expected"),
    [
        (SIA, "resource", "res_type", ["vs:catalogservice"]),
        (SIA, "capability", "cap_type", ["sia:simpleimageaccess"]),
        (SIA, "interface", "intf_type", ["vs:paramhttp"]),
        (TAP, "capability", "cap_type", ["tr:tableaccess"]),
        (HARVEST, "resource", "res_type", ["vg:registry"]),
        (HARVEST, "interface", "intf_type", ["vg:oaihttp"]),
    ],
)
def test_types_have_the_prefixes_that_everybody_uses(rows, table, column, expected):
    assert [row[column] for row in rows[table]] == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("own:Thing", "own:thing"),
        ("vs:CatalogService", "vs:catalogservice"),
        ("nowhere:Thing", "nowhere:thing"),
        ("Thing", "thing"),
        (" ", None),
    ],
)
def test_types_of_unknown_namespaces_keep_the_prefix_of_the_record(kind, expected):
    found = shred("ivo://x/y", record("", f'xsi:type="{kind}"', own="urn:own"))

    assert found.rows["resource"][0]["res_type"] == expected


def test_blanks_around_text_go_and_text_of_blanks_is_null():
    assert SIA["res_role"][1]["role_name"] == "MAST"
    assert SIA["res_role"][0]["role_name"] is None
    assert [row["res_subject"] for row in SIA["res_subject"]] == ["Optical Astronomy"]


def test_a_time_with_an_offset_is_in_utc_to_the_second():
    assert SIA["resource"][0]["updated"] == at("2012-02-02T18:36:16")


def test_terms_that_nothing_stands_for_are_kept():
    assert SIA["relationship"][0]["relationship_type"] == "related-to"


def test_an_identifier_that_is_told_twice_is_one_and_one_that_is_not_no_loss():
    orcid = "https://orcid.org/0000-0001-2345-6789"
    found = shred(
        "ivo://x/y",
        record(
            f"""<curation><creator><name altIdentifier="{orcid}">Doe, J.</name>
            <altIdentifier>{orcid}</altIdentifier></creator>
            <creator><name>Roe, R.</name></creator></curation>"""
        ),
    )

    assert [row["alt_identifier"] for row in found.rows["alt_identifier"]] == [orcid]
    assert not found.left_out


def test_tables_outside_of_a_schema_have_none():
    assert SIA["res_table"][0].get("schema_index") is None
    assert SIA["table_column"][0]["table_index"] == 1


def test_numbers_count_within_the_resource_not_within_the_parent():
    twice = "<table/>" * 2
    found = shred(
        "ivo://x/y",
        record(
            f"<tableset><schema>{twice}</schema><schema>{twice}</schema></tableset>"
            + "<capability><interface/><interface/></capability>" * 2
        ),
    ).rows

    assert [row["table_index"] for row in found["res_table"]] == [1, 2, 3, 4]
    assert [row["intf_index"] for row in found["interface"]] == [1, 2, 3, 4]
    assert [row["cap_index"] for row in found["interface"]] == [1, 1, 2, 2]


def test_interfaces_outside_of_capabilities_are_not_taken():
    found = shred(
        "ivo://x/y", record("<interface><accessURL>x</accessURL></interface>")
    )

    assert found.rows.get("interface", []) == []


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("<date>2010-11-30</date>", [(at("2010-11-30"), "collected")]),
        (
            '<date role="Representative">2010</date>',
            [(at("2010-01-01"), "collected")],
        ),
        ('<date role="Update">2010-11</date>', [(at("2010-11-01"), "updated")]),
        (
            '<date role="Issued">2010-11-30Z</date>',
            [(at("2010-11-30"), "issued")],
        ),
        ("<date>30.11.2010</date>", []),
        ("<date>2010-13-30</date>", []),
        ("<date>0001-01-01T00:00:00+05:00</date>", []),
        ("<date/>", []),
    ],
)
def test_dates_are_taken_as_far_as_they_can_be_read(date, expected):
    found = shred("ivo://x/y", record(f"<curation>{date}</curation>"))

    seen = [(r["date_value"], r["value_role"]) for r in found.rows["res_date"]]
    assert seen == expected
    assert found.left_out["res_date"] == (not expected)


@pytest.mark.parametrize(
    "coverage",
    [
        "<spatial>all sky</spatial>",
        "<spatial>6/99999999</spatial>",
        "<spatial>6/</spatial>",
        "<spatial frame='MARS_C'>0/0-11</spatial>",
        "<temporal>1999-01-01 2000-01-01</temporal>",
        "<temporal>50000</temporal>",
        "<spectral>NaN NaN</spectral>",
        "<spectral>1 2 3</spectral>",
    ],
)
def test_coverage_that_is_none_is_left_out_and_counted(coverage):
    found = shred("ivo://x/y", record(f"<coverage>{coverage}</coverage>"))

    tables = ("stc_spatial", "stc_temporal", "stc_spectral")
    assert all(found.rows.get(name, []) == [] for name in tables)
    assert sum(found.left_out.values()) == 1


def test_a_moc_of_many_cells_is_kept_coarser_and_loses_none():
    cells = range(0, 12 * 4**8, 7)
    found = moc([f"8/{' '.join(map(str, cells))}"])

    assert len(found) <= MOST_RANGES
    shift = 2 * (29 - 8)
    covered = iter(sorted(found))
    low, high = next(covered)
    for cell in cells:
        while high < cell << shift:
            low, high = next(covered)
        assert low <= cell << shift


@pytest.mark.parametrize(
    ("ivoid", "element", "said"),
    [
        ("http://x/y", "<Resource/>", "no IVOA identifier"),
        ("", "<Resource/>", "no IVOA identifier"),
        ("ivo://x y/z", "<Resource/>", "no IVOA identifier"),
        (f"ivo://x/{'y' * 600}", "<Resource/>", "more than 600 characters"),
        ("ivo://x/y", "<html/>", "an element html"),
    ],
)
def test_what_is_no_record_is_refused_with_a_reason(ivoid, element, said):
    assert said in refusal(ivoid, etree.fromstring(element))


def test_a_record_that_says_nothing_is_a_row_of_nulls():
    found = shred("ivo://x/y", etree.fromstring("<Resource/>"))

    [row] = found.rows["resource"]
    assert {k: v for k, v in row.items() if v is not None} == {"ivoid": "ivo://x/y"}
    assert refusal("ivo://x/y", etree.fromstring("<Resource/>")) is None
