import importlib.util
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.registry.oai_records import (
    HERE,
    OAI,
    SOMEWHERE_ELSE,
    ask,
    code,
    emptied,
    harvest,
    identifiers,
    record,
    store,
    token,
)
from vo_lcc.dali.capability import Publisher
from vo_lcc.errors import TransientError
from vo_lcc.registry.oai import lists
from vo_lcc.registry.oai.answers import Repository, answer
from vo_lcc.registry.oai.arguments import VERBS
from vo_lcc.registry.store import CHANGING, store_records
from vo_lcc.voresource.names import BASE_URL

SCHEMAS = Path(__file__).parents[3] / "shared" / "validators" / "xsd" / "validate.py"
DC = "{http://purl.org/dc/elements/1.1/}"
RESOURCE = "{http://www.ivoa.net/xml/RegistryInterface/v1.0}Resource"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
RECORDS = (
    record("registry"),
    record("stars", 10),
    record("gone", 20, "deleted"),
    record("more", 20.0),
    record("peers", 15, registry=SOMEWHERE_ELSE),
)
OURS = ["registry", "stars", "gone", "more"]


@pytest.fixture(scope="module")
def records(session_db):
    """A database with four records of ours, one of them deleted, and one of a peer."""
    emptied(session_db)
    store(session_db, *RECORDS)
    yield session_db
    emptied(session_db)


@pytest.fixture
def many(session_db, records):
    """The same with 25 more, all of one second, that come last."""
    store(session_db, *(record(f"x{i:02}", 30) for i in range(25)))
    yield session_db
    emptied(session_db)
    store(session_db, *RECORDS)


@pytest.fixture(scope="module")
def wrong():
    """What is wrong with an answer by the schemas of OAI-PMH, the IVOA and DCMI."""
    if not SCHEMAS.exists():
        pytest.skip("the schemas in shared/ are not beside this checkout")
    spec = importlib.util.spec_from_file_location("vo_schemas", SCHEMAS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda document: module.validate(document)[1]


def test_identify_tells_what_harvesters_need(records):
    told = ask(records, verb="Identify").find(f"{OAI}Identify")
    said = {etree.QName(element).localname: element.text for element in told}

    assert told.findtext(f"{OAI}repositoryName") == "Example & Co"
    assert said["baseURL"] == "https://vo.example.org/oai"
    assert said["protocolVersion"] == "2.0"
    assert said["earliestDatestamp"] == "2026-01-02T03:04:05Z"
    assert said["deletedRecord"] == "persistent"
    assert said["granularity"] == "YYYY-MM-DDThh:mm:ssZ"


def test_identify_holds_the_record_of_the_registry(records):
    (resource,) = ask(records, verb="Identify").iterfind(f".//{OAI}description/*")

    assert resource.tag == RESOURCE
    assert resource.get(f"{XSI}type") == "vg:Registry"
    assert resource.findtext("identifier") == "ivo://example.org/registry"
    url = resource.findtext("capability/interface/accessURL")
    assert url == "https://vo.example.org/oai"


@pytest.mark.parametrize(
    ("email", "told"),
    [
        ("vo@example.org", "vo@example.org"),
        (None, "publisher.email@is-not-configured.invalid"),
        ("ask at the desk", "publisher.email@is-not-configured.invalid"),
    ],
)
def test_identify_names_an_address_of_the_form_that_is_required(
    records, wrong, email, told
):
    here = Repository(HERE.base_url, Publisher("example.org", email=email))
    document = answer(records, here, [("verb", "Identify")])

    assert etree.fromstring(document).findtext(f".//{OAI}adminEmail") == told
    assert wrong(document) == []


def test_identify_waits_for_the_record_of_the_registry(records):
    other = Repository(HERE.base_url, Publisher("elsewhere.example"))

    with pytest.raises(TransientError):
        answer(records, other, [("verb", "Identify")])


def test_names_of_the_protocol_have_no_prefix_and_the_official_schema(records):
    document = answer(records, HERE, [("verb", "ListSets")])
    root = etree.fromstring(document)

    assert root.nsmap[None] == "http://www.openarchives.org/OAI/2.0/"
    assert document.splitlines()[1].startswith(b"<OAI-PMH ")
    assert root.get(f"{XSI}schemaLocation").split() == [
        "http://www.openarchives.org/OAI/2.0/",
        "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd",
    ]


def test_answers_repeat_the_request(records):
    request = ask(
        records, verb="ListRecords", metadataPrefix="ivo_vor", from_="2026-01-01"
    ).find(f"{OAI}request")

    assert request.text == "https://vo.example.org/oai"
    assert dict(request.attrib) == {
        "verb": "ListRecords",
        "metadataPrefix": "ivo_vor",
        "from": "2026-01-01",
    }


def test_formats_and_sets_are_those_of_the_registry_interfaces(records):
    formats = ask(records, verb="ListMetadataFormats")
    sets = ask(records, verb="ListSets")

    prefixes = [e.text for e in formats.iter(f"{OAI}metadataPrefix")]
    assert prefixes == ["ivo_vor", "oai_dc"]
    assert [e.text for e in sets.iter(f"{OAI}setSpec")] == ["ivo_managed"]


@pytest.mark.parametrize("name", ["stars", "gone"])
def test_every_record_comes_in_every_format(records, name):
    known = f"ivo://example.org/{name}"
    formats = ask(records, verb="ListMetadataFormats", identifier=known)

    for element in formats.iter(f"{OAI}metadataPrefix"):
        got = ask(
            records, verb="GetRecord", identifier=known, metadataPrefix=element.text
        )
        assert identifiers(got) == [name]


def test_a_record_is_as_it_is_stored_at_the_address_of_the_request(records):
    got = ask(
        records,
        verb="GetRecord",
        identifier="IVO://Example.org/STARS",
        metadataPrefix="ivo_vor",
    )
    resource = got.find(f".//{OAI}metadata/{RESOURCE}")
    stored = etree.fromstring(record("stars", 10).record)

    assert got.findtext(f".//{OAI}header/{OAI}datestamp") == "2026-01-02T03:04:15Z"
    assert got.findtext(f".//{OAI}header/{OAI}setSpec") == "ivo_managed"
    assert resource.findtext("title") == stored.findtext("title")
    url = resource.findtext("content/referenceURL")
    assert url == "https://vo.example.org/collections/stars"
    told = [(e.tag, e.text) for e in resource.iter("*")]
    assert told == [
        (e.tag, e.text and e.text.replace(BASE_URL, "https://vo.example.org"))
        for e in stored.iter("*")
    ]


def test_addresses_are_quoted_in_attributes_and_text(records):
    here = Repository("https://a.example/?x=\"1\"&y='2'", Publisher("example.org"))
    for verb in ("Identify", "ListSets"):
        root = etree.fromstring(answer(records, here, [("verb", verb)]))

        assert root.findtext(f"{OAI}request") == here.url


def test_dublin_core_says_what_the_record_says(records):
    got = ask(
        records,
        verb="GetRecord",
        identifier="ivo://example.org/stars",
        metadataPrefix="oai_dc",
    )
    (dublin,) = got.iterfind(f".//{OAI}metadata/*")

    assert [(etree.QName(e).localname, e.text) for e in dublin] == [
        ("title", "Stars <stars> of Böhm"),
        ("identifier", "ivo://example.org/stars"),
        ("identifier", "doi:10.5072/stars"),
        ("creator", "Leavitt, H."),
        ("creator", "Pickering, E."),
        ("subject", "light-curves"),
        ("subject", "variable-stars"),
        ("subject", "Research"),
        ("description", "Light curves of stars."),
        ("publisher", "Example & Co"),
        ("contributor", "Fleming, W."),
        ("date", "2026-01-01"),
        ("type", "Catalog"),
        ("source", "1908AnHar..60...87L"),
    ]


@pytest.mark.parametrize("prefix", ["ivo_vor", "oai_dc"])
def test_deleted_records_are_headers_alone(records, prefix):
    listed = ask(records, verb="ListRecords", metadataPrefix=prefix)
    with_metadata = [
        (e.find(f"{OAI}header").get("status"), e.find(f"{OAI}metadata") is not None)
        for e in listed.iter(f"{OAI}record")
    ]

    assert identifiers(listed) == OURS
    assert with_metadata == [
        (None, True),
        (None, True),
        ("deleted", False),
        (None, True),
    ]


def test_records_of_peers_are_not_ours_to_give(records):
    known = "ivo://example.org/peers"
    got = ask(records, verb="GetRecord", identifier=known, metadataPrefix="ivo_vor")

    assert code(got) == "idDoesNotExist"


@pytest.mark.parametrize(
    ("range_", "found"),
    [
        ({}, OURS),
        ({"from_": "2026-01-02T03:04:15Z", "until": "2026-01-02T03:04:15Z"}, OURS[1:2]),
        ({"from_": "2026-01-02T03:04:15Z"}, OURS[1:]),
        ({"from_": "2026-01-02T03:04:16Z"}, OURS[2:]),
        ({"until": "2026-01-02T03:04:15Z"}, OURS[:2]),
        ({"until": "2026-01-02T03:04:14Z"}, OURS[:1]),
        ({"from_": "2026-01-02", "until": "2026-01-02"}, OURS),
        ({"from_": "0001-01-01", "until": "9999-12-31"}, OURS),
        ({"from_": "2026-01-03"}, []),
        ({"until": "2026-01-01"}, []),
        ({"from_": "0001-01-01T00:00:00Z", "until": "1969-12-31T23:59:59Z"}, []),
        ({"set": "ivo_managed"}, OURS),
        ({"set": "really_wrong_set"}, []),
    ],
)
@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_lists_hold_what_changed_in_the_range_with_both_its_ends(
    records, verb, range_, found
):
    listed = ask(records, verb=verb, metadataPrefix="ivo_vor", **range_)

    assert identifiers(listed) == found
    assert code(listed) == (None if found else "noRecordsMatch")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"verb": "ListRecords", "metadataPrefix": "marc"}, "cannotDisseminateFormat"),
        (
            {"verb": "GetRecord", "identifier": "ivo://a/b", "metadataPrefix": "marc"},
            "cannotDisseminateFormat",
        ),
        ({"verb": "ListMetadataFormats", "identifier": "ivo://a/b"}, "idDoesNotExist"),
        ({"verb": "ListSets", "resumptionToken": "x"}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": "x"}, "badResumptionToken"),
        ({"verb": "ListIdentifiers", "resumptionToken": ""}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": "\0"}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": "x" * 9000}, "badResumptionToken"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({}, "badVerb"),
    ],
)
def test_errors_have_their_code_and_repeat_only_what_is_legal(
    records, wrong, arguments, expected
):
    document = answer(records, HERE, arguments.items())
    root = etree.fromstring(document)
    repeated = dict(root.find(f"{OAI}request").attrib)

    assert code(root) == expected
    assert root.findtext(f"{OAI}error")
    assert wrong(document) == []
    legal = expected not in ("badVerb", "badArgument")
    assert list(repeated) == (list(arguments) if legal else [])


@pytest.mark.parametrize("prefix", ["ivo_vor", "oai_dc"])
def test_every_answer_is_valid_by_the_schemas(records, wrong, prefix):
    for verb, rule in VERBS.items():
        needed = {"identifier": "ivo://example.org/stars", "metadataPrefix": prefix}
        asked = {"verb": verb} | {name: needed[name] for name in rule.required}
        document = answer(records, HERE, asked.items())

        assert wrong(document) == []
        assert code(etree.fromstring(document)) is None


def parts(database, verb, **arguments):
    """Every part of a list: what is in it, and its token."""
    for page in harvest(database, verb, **arguments):
        yield identifiers(page), page.find(f".//{OAI}resumptionToken")


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_a_list_in_parts_is_the_whole_list(many, wrong, monkeypatch, verb):
    monkeypatch.setattr(lists, "PAGE", 10)
    monkeypatch.setattr(lists, "HEADERS", 10)
    pages = list(parts(many, verb, metadataPrefix="ivo_vor"))

    whole = [name for names, _ in pages for name in names]
    assert whole == [*OURS, *(f"x{i:02}" for i in range(25))]
    assert [len(names) for names, _ in pages] == [10, 10, 9]
    assert [element.get("cursor") for _, element in pages] == ["0", "10", "20"]
    assert {element.get("completeListSize") for _, element in pages} == {"29"}
    assert [bool(element.text) for _, element in pages] == [True, True, False]
    assert (
        wrong(answer(many, HERE, [("verb", verb), ("metadataPrefix", "oai_dc")])) == []
    )


def test_a_list_in_one_part_has_no_token(records):
    assert [e for _, e in parts(records, "ListRecords", metadataPrefix="oai_dc")] == [
        None
    ]


def test_a_part_has_no_more_bytes_than_it_may_or_one_record(many, monkeypatch):
    monkeypatch.setattr(lists, "SIZE", 10_000)
    store(many, record("x05", 30, padding=50_000))
    pages = list(parts(many, "ListRecords", metadataPrefix="ivo_vor"))

    assert [name for names, _ in pages for name in names] == [
        *OURS,
        *(f"x{i:02}" for i in range(25)),
    ]
    assert ["x05"] in [names for names, _ in pages]
    assert len(pages) > 4


def test_a_token_can_be_used_again(many, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 10)
    first = ask(many, verb="ListRecords", metadataPrefix="ivo_vor")
    again = [
        identifiers(ask(many, verb="ListRecords", resumptionToken=token(first)))
        for _ in range(2)
    ]

    assert again[0] == again[1] == [f"x{i:02}" for i in range(6, 16)]


def test_what_changes_while_a_list_is_read_is_not_lost(many, monkeypatch):
    """A record that was read comes again, one that was not comes later, each once."""
    monkeypatch.setattr(lists, "PAGE", 10)
    pages = parts(many, "ListRecords", metadataPrefix="ivo_vor")
    seen = next(pages)[0]
    changed = ("stars", "x07", "x20", "new")
    store(many, *(record(name, 60) for name in changed))
    rest = [name for names, _ in pages for name in names]

    assert "stars" in seen
    assert set(seen) | set(rest) >= {*OURS, "new", *(f"x{i:02}" for i in range(25))}
    assert sorted(rest[-4:]) == sorted(changed)
    assert len(rest) == len(set(rest))


def test_the_end_that_was_asked_for_holds_in_all_parts(many, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 10)
    until = "2026-01-02T03:04:35Z"
    pages = parts(many, "ListRecords", metadataPrefix="ivo_vor", until=until)
    next(pages)
    store(many, record("x20", 60), record("new", 60))
    rest = [name for names, _ in pages for name in names]

    assert "new" not in rest
    assert "x20" not in rest
    assert rest[-1] == "x24"


def test_a_list_whose_rest_has_changed_is_to_be_begun_again(many, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 20)
    until = "2026-01-02T03:04:35Z"
    first = ask(many, verb="ListRecords", metadataPrefix="ivo_vor", until=until)
    store(many, *(record(f"x{i:02}", 60) for i in range(25)))

    got = ask(many, verb="ListRecords", resumptionToken=token(first))
    assert code(got) == "badResumptionToken"


def test_a_token_of_somebody_else_finds_only_records_of_ours(records):
    forged = " ".join(
        ("ListRecords", "ivo_vor", "0", "-", "0001-01-01T00:00:00Z", "'; --")
    )
    for text in (forged.replace(" '; --", " ';--"), forged):
        sent = urlsafe_b64encode(text.encode()).decode().rstrip("=")
        got = ask(records, verb="ListRecords", resumptionToken=sent)
        assert code(got) == "badResumptionToken" or identifiers(got) == OURS


words = st.sampled_from(
    [
        *VERBS,
        "oai_dc",
        "ivo_vor",
        "ivo_managed",
        "2026-01-02",
        "ivo://example.org/stars",
    ]
)
names = st.sampled_from(
    [
        *("verb", "identifier", "metadataPrefix", "from", "until", "set"),
        *("resumptionToken", "x"),
    ]
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.sampled_from([*VERBS]), st.lists(st.tuples(names, words | texts), max_size=4))
def test_whatever_is_asked_the_answer_is_valid(records, wrong, verb, pairs):
    document = answer(records, HERE, [("verb", verb), *pairs])

    assert wrong(document) == []


@given(st.from_regex(r"[A-Za-z0-9:/%._~?$&'()*+,;=@!-]{1,30}", fullmatch=True))
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_identifiers_that_are_no_uris_are_never_repeated(records, wrong, identifier):
    document = answer(
        records,
        HERE,
        [("verb", "ListMetadataFormats"), ("identifier", identifier)],
    )

    assert wrong(document) == []


def test_records_that_are_being_changed_are_waited_for(records):
    """One stored late has an early datestamp: an answer must not come before it."""
    late = record("late", 90)
    with ThreadPoolExecutor(1) as pool:
        with records.load() as load:
            load.query(f"SELECT pg_advisory_xact_lock({CHANGING})::text")
            asked = pool.submit(
                ask, records, verb="ListIdentifiers", metadataPrefix="ivo_vor"
            )
            assert wait([asked], 0.3).not_done
            store_records(load, [late])
        assert identifiers(asked.result(10))[-1] == "late"
    records.fetch("DELETE FROM vo_lcc.records WHERE ivoid = %s", (late.ivoid,))
