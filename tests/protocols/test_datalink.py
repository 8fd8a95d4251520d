import io
from urllib.parse import quote, unquote

import pytest
import pyvo
import requests
from astropy.io.votable import parse
from lxml import etree
from pyvo.dal.adhoc import DatalinkResults

from tests.conftest import copied_database
from vo_lcc.config import Config
from vo_lcc.lightcurves.ingest import ingest

NS = {"v": "http://www.ivoa.net/xml/VOTable/v1.3"}
DID = "ivo://x-unregistered/~?"
LINKS = "application/x-votable+xml;content=datalink"
SODA = "ivo://ivoa.net/std/SODA"
FORMATS = ["votable", "fits", "parquet", "csv", "ecsv", "json", "lcc"]
SERVICES = [
    *("cutout-demo", "jobs-cutout-demo", "fold-demo"),
    *("periodogram-demo", "jobs-periodogram-demo"),
]
# Terms that the list built into STILTS 3.4.7 does not have yet.
NEWER = ("thumbnail", "coderived", "documentation")

ODD = """
name = "odd"
title = "Objects with <odd> names & much that is known of them"
description = "One point each, and one without any"
creator = "nobody"
bibcode = "2010ApJ...708..717S"
source_url = "https://example.org/odd?a=1&b=2"
image_url = "https://example.org/images/{object_id}.fits"
[time]
timescale = "UTC"
refposition = "HELIOCENTER"
time_origin = 2450000.0
[passbands]
g_prime = { effective_wavelength = 4.8e-7 }
H_alpha = {}
[objects]
files = "objects.csv"
columns = { object_id = {}, ra = {}, dec = {} }
[lightcurves]
files = "points.csv"
columns = { object_id = {}, passband = {}, obs_time = {}, mag = {} }
"""
NAMES = ["V* AB/CD", "50%2F%", "Hä Cyg", "q?x=1&y#z", "'; --", "{object_id}", "a b+c"]
ALONE = "without points"


@pytest.fixture(scope="module")
def odd(cluster_url, template_db, serving, tmp_path_factory):
    """A server of a collection with unusual names; one object has no light curve."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / "odd.toml").write_text(ODD)
    objects = [f'"{name}",{i},{i}' for i, name in enumerate([*NAMES, ALONE])]
    points = [f'"{name}",g_prime,{5000 + i}.25,12.5' for i, name in enumerate(NAMES)]
    points.append(f'"{NAMES[0]}",H_alpha,6000.5,11')
    for name, head, rows in (
        ("objects", "object_id,ra,dec", objects),
        ("points", "object_id,passband,obs_time,mag", points),
    ):
        (folder / f"{name}.csv").write_text("\n".join([head, *rows]))
    files = [folder / "objects.csv", folder / "points.csv"]
    for database in copied_database(cluster_url, template_db):
        ingest(database, folder / "odd.toml", files)
        with serving(Config(), database.url) as url:
            yield url


def links(url, *ids, collection=None, **params):
    """The links of these identifiers, as pyvo has them."""
    path = f"{url}/datalink/" + (f"{collection}/links" if collection else "links")
    reply = requests.post(path, data={"ID": ids, **params}, timeout=30)
    assert reply.status_code == 200, reply.text
    return DatalinkResults(parse(io.BytesIO(reply.content)))


def tables(stream):
    """The tables of a VOTable that comes as a stream."""
    return list(parse(io.BytesIO(stream.read())).iter_tables())


def found(reply, path):
    return etree.fromstring(reply.content).xpath(path, namespaces=NS)


def status_of(reply):
    return found(reply, "//v:INFO[@name='QUERY_STATUS'][last()]/@value")[-1]


def rows_of(results, semantics):
    return list(results.bysemantics(semantics, include_narrower=False))


def by_id(results):
    """The semantics of the rows of each ID, in order."""
    seen = {}
    for row in results:
        seen.setdefault(row["ID"], []).append(row["semantics"])
    return seen


# --- the document ---------------------------------------------------------------------


def test_an_answer_says_what_it_is(server):
    reply = requests.get(f"{server}/datalink/links?ID=demo/demo-0007", timeout=30)

    assert reply.headers["Content-Type"] == LINKS
    assert found(reply, "//v:INFO[@name='standardID']/@value") == [
        "ivo://ivoa.net/std/DataLink#links-1.1"
    ]
    assert found(reply, "//v:RESOURCE[@type='results']//v:TABLEDATA")


@pytest.mark.parametrize(
    ("asked", "media_type"),
    [
        ("votable", LINKS),
        ("application/x-votable+xml", "application/x-votable+xml"),
        (LINKS, LINKS),
        ("APPLICATION/X-VOTABLE+XML; content=datalink", LINKS),
    ],
)
def test_the_standard_format_is_tabledata(server, asked, media_type):
    params = {"ID": "demo/demo-0007", "RESPONSEFORMAT": asked}
    reply = requests.get(f"{server}/datalink/links", params=params, timeout=30)

    assert reply.headers["Content-Type"] == media_type
    assert found(reply, "//v:TABLEDATA")


def test_other_formats_come_when_asked_for(server):
    params = {"ID": "demo/demo-0007", "RESPONSEFORMAT": "csv"}
    reply = requests.get(f"{server}/datalink/links", params=params, timeout=30)

    assert reply.headers["Content-Type"] == "text/csv;header=present"
    assert reply.text.startswith("ID,access_url,service_def,error_message,")


def test_every_column_of_the_standard_is_there(server):
    reply = requests.get(f"{server}/datalink/links", timeout=30)
    fields = found(reply, "//v:FIELD")

    assert [(f.get("name"), f.get("ucd")) for f in fields[:12]] == [
        ("ID", "meta.id;meta.main"),
        ("access_url", "meta.ref.url"),
        ("service_def", "meta.ref"),
        ("error_message", "meta.code.error"),
        ("description", "meta.note"),
        ("semantics", "meta.code"),
        ("content_type", "meta.code.mime"),
        ("content_length", "phys.size;meta.file"),
        ("content_qualifier", None),
        ("local_semantics", "meta.id.assoc"),
        ("link_auth", "meta.code"),
        ("link_authorized", "meta.code"),
    ]
    (length,) = found(reply, "//v:FIELD[@name='content_length']")
    assert (length.get("datatype"), length.get("unit")) == ("long", "byte")
    assert {f.get("datatype") for f in fields} == {"char", "long", "boolean"}


def test_no_identifier_gives_no_rows_and_what_may_be_asked(server):
    reply = requests.get(f"{server}/datalink/links", timeout=30)

    assert status_of(reply) == "OK"
    assert not found(reply, "//v:TR")
    (this,) = found(reply, "//v:RESOURCE[@type='meta']")
    assert this.get("utype") == "adhoc:this"
    assert this.xpath(".//v:PARAM/@name", namespaces=NS) == [
        "accessURL",
        "standardID",
        "contentType",
        "ID",
        "RESPONSEFORMAT",
    ]


@pytest.mark.parametrize("how", ["urlencoded", "multipart", "url"])
def test_identifiers_come_by_get_and_post(server, how):
    url, ids = f"{server}/datalink/links", ["demo/demo-0007", "demo/demo-0008/g"]
    if how == "multipart":
        reply = requests.post(url, files=[("ID", (None, i)) for i in ids], timeout=30)
    elif how == "urlencoded":
        reply = requests.post(url, data={"id": ids}, timeout=30)
    else:
        reply = requests.get(url, params={"ID": ids}, timeout=30)

    assert list(dict.fromkeys(found(reply, "//v:TR/v:TD[1]/text()"))) == ids


def test_rows_come_in_the_order_of_the_identifiers_each_once(server):
    asked = ["demo/demo-0009", "nonsense", "demo/demo-0007/g", "demo/demo-0001"]

    seen = by_id(links(server, *asked, asked[0]))

    assert list(seen) == asked


# --- what belongs to a light curve ----------------------------------------------------


def test_a_light_curve_is_there_in_each_format(server):
    rows = rows_of(links(server, "demo/demo-0007/g"), "#this")

    assert [row["local_semantics"] for row in rows] == FORMATS
    for row in rows:
        reply = requests.get(row.access_url, timeout=30)
        assert reply.status_code == 200
        assert reply.headers["Content-Type"] == row.content_type
        assert row["content_qualifier"] == "#light-curve"


def test_a_light_curve_in_one_passband_has_that_only(server):
    (votable, *_) = rows_of(links(server, "demo/demo-0007/g"), "#this")

    (table,) = parse(
        io.BytesIO(requests.get(votable.access_url, timeout=30).content)
    ).iter_tables()

    assert table.get_field_by_id_or_name("mag")
    assert [p.value for p in table.params if p.name == "passband"] == ["g"]


def test_each_passband_leads_to_all_of_them_and_back(server):
    both = links(server, "demo/demo-0007", "demo/demo-0007/g")
    coderived = {
        (row["ID"], row["local_semantics"]): row.access_url
        for row in rows_of(both, "#coderived")
    }

    assert coderived == {
        ("demo/demo-0007", "g"): f"{server}/lc/demo/demo-0007?format=votable&band=g",
        ("demo/demo-0007", "r"): f"{server}/lc/demo/demo-0007?format=votable&band=r",
        ("demo/demo-0007/g", "all-bands"): f"{server}/lc/demo/demo-0007?format=votable",
    }


def test_pictures_are_previews(server):
    results = links(server, "demo/demo-0007/g")
    plot = f"{server}/plot/demo/demo-0007"

    assert [row.access_url for row in rows_of(results, "#preview-plot")] == [
        f"{plot}?format=png&band=g",
        f"{plot}?format=svg&band=g",
    ]
    assert [row.access_url for row in rows_of(results, "#thumbnail")] == [
        f"{plot}?format=png&size=thumbnail&band=g"
    ]


def test_what_is_known_of_a_collection_is_linked(odd):
    results = links(odd, f"{DID}odd/{quote(NAMES[0], safe='')}")
    name = "V%2A%20AB%2FCD"

    assert [row.access_url for row in rows_of(results, "#documentation")] == [
        f"{odd}/objects/odd/{name}",
        "https://ui.adsabs.harvard.edu/abs/2010ApJ...708..717S/abstract",
        "https://example.org/odd?a=1&b=2",
    ]
    assert [row.access_url for row in rows_of(results, "#progenitor")] == [
        f"https://example.org/images/{name}.fits"
    ]


def test_services_are_described_in_the_document(server):
    results = links(server, "demo/demo-0007", "demo/demo-0008/r")

    names = [row["service_def"] for row in rows_of(results, "#proc")]
    described = {r.ID: r for r in results.iter_adhocservices()}

    assert names == 2 * SERVICES
    assert set(described) == set(names)
    assert results.get_first_proc().access_url == f"{server}/soda/sync"


def test_sizes_are_not_told_of_what_is_made_on_request(server):
    for row in links(server, "demo/demo-0007"):
        assert (
            row["content_length"] is None
            or row._results.resultstable.array.mask[row._index]["content_length"]
        )
        assert row["link_auth"] == "false"
        assert bool(row["link_authorized"])


# --- descriptors ----------------------------------------------------------------------


def inputs(results, name):
    """The inputs of a service, by name."""
    (group,) = results.get_adhocservice_by_id(name).groups
    return {param.name: param for param in group.entries}


def test_soda_has_the_three_factors_of_the_standard(server):
    told = inputs(links(server, "demo/demo-0007"), "cutout-demo")

    assert {
        name: (told[name].ucd, str(told[name].unit or ""), told[name].xtype)
        for name in ("ID", "TIME", "BAND", "POS", "CIRCLE", "POLYGON")
    } == {
        "ID": ("meta.ref.url;meta.curation", "", None),
        "TIME": ("time.interval;obs.exposure", "d", "interval"),
        "BAND": ("em.wl;stat.interval", "m", "interval"),
        "POS": ("pos.outline;obs", "", None),
        "CIRCLE": ("pos.outline;obs", "deg", "circle"),
        "POLYGON": ("pos.outline;obs", "deg", "polygon"),
    }
    assert told["ID"].ref == "obs_publisher_did"


def limits(reply, service, name):
    """The least and the most of an input."""
    inside = f"//v:RESOURCE[@ID='{service}']//v:PARAM[@name='{name}']/v:VALUES"
    return [float(each) for each in found(reply, f"{inside}/*/@value")]


def test_one_light_curve_has_ranges_of_its_own(server, demo_db):
    ((start, end),) = demo_db.fetch(
        "SELECT min(t_min), max(t_max) FROM demo.lightcurves"
        " WHERE object_id = 'demo-0007' AND passband = 'g'"
    )
    url = f"{server}/datalink/links"
    one = requests.get(url, params={"ID": "demo/demo-0007/g"}, timeout=30)
    many = requests.get(
        url, params={"ID": ["demo/demo-0007/g", "demo/demo-0008"]}, timeout=30
    )

    low, high = limits(one, "cutout-demo", "TIME")
    wide_low, wide_high = limits(many, "cutout-demo", "TIME")

    assert start - 0.02 <= low <= start - 0.01
    assert end + 0.01 <= high <= end + 0.02
    assert wide_low < low < high < wide_high
    assert limits(one, "cutout-demo", "BAND") == [4.0545e-7, 5.3175e-7]
    assert limits(many, "cutout-demo", "BAND") == [4.0545e-7, 6.741e-7]


def test_times_are_told_in_mjd_and_unknown_wavelengths_by_name(odd):
    params = {"ID": f"odd/{quote(NAMES[0], safe='')}"}
    reply = requests.get(f"{odd}/datalink/links", params=params, timeout=30)

    assert limits(reply, "cutout-odd", "TIME") == [54999.74, 56000.01]
    band = "//v:RESOURCE[@ID='cutout-odd']//v:PARAM[@name='BAND']"
    assert found(reply, f"{band}//v:OPTION/@value") == ["g_prime", "H_alpha"]


# --- identifiers ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"{DID}demo/demo-0007/g",
        "demo/demo-0007/g",
        "demo/demo%2d0007/%67",
        "IVO://X-Unregistered/~?demo/demo-0007/g",
    ],
)
def test_identifiers_may_be_written_in_several_ways(server, text):
    results = links(server, text)

    assert set(results["ID"]) == {text}
    assert set(results["obs_publisher_did"]) == {f"{DID}demo/demo-0007/g"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("demo/no such", "NotFoundFault: no object 'no such' in collection demo"),
        ("nowhere/x", "NotFoundFault: no collection 'nowhere' here; there are: demo"),
        ("demo/demo-0007/Q", "NotFoundFault: no light curve of 'demo-0007' in pass"),
        ("demo", "UsageFault: 'demo' is not the identifier of a light curve"),
        ("ivo://elsewhere/~?demo/demo-0007", "UsageFault: 'ivo://elsewhere"),
        ("demo/'; DROP SCHEMA demo; --", "NotFoundFault: no object"),
        ("demo/%00", "UsageFault: "),
        ("demo/%ff", "NotFoundFault: no object"),
        ("<a>&\x01", "UsageFault: "),
        ("x" * 5000, "UsageFault: an identifier of 5000 characters"),
        ("\U0001f31f/ž/é", "NotFoundFault: no collection"),
    ],
)
def test_a_bad_identifier_gives_a_row_that_says_why(server, text, message):
    results = links(server, text, "demo/demo-0008")
    bad = next(iter(results))

    assert bad["semantics"] == "#this"
    assert bad["error_message"].startswith(message)
    assert not bad["access_url"]
    assert not bad["service_def"]
    assert "#preview-plot" in by_id(results)["demo/demo-0008"]


def test_every_row_has_one_of_url_service_and_error(server):
    results = links(server, "demo/demo-0007", "nonsense", "demo/demo-0007/Q")

    for row in results:
        told = ("access_url", "service_def", "error_message")
        assert sum(bool(row[name]) for name in told) == 1


def test_an_object_without_light_curves_has_documentation_only(odd):
    results = links(odd, f"odd/{quote(ALONE)}")

    fault, *others = list(results)
    assert fault["error_message"] == f"NotFoundFault: no light curve of '{ALONE}'"
    assert {row["semantics"] for row in others} == {"#documentation", "#progenitor"}


@pytest.mark.parametrize("name", NAMES)
def test_any_name_can_be_followed_to_its_light_curve(odd, name):
    results = links(odd, name, collection="odd")

    assert set(results["ID"]) == {name}
    for row in rows_of(results, "#this")[:1]:
        (table, *_) = parse(
            io.BytesIO(requests.get(row.access_url, timeout=30).content)
        ).iter_tables()
        assert [p.value for p in table.params if p.name == "object_id"] == [name]
    assert unquote(results["obs_publisher_did"][0]) == f"{DID}odd/{name}"


def test_links_of_a_collection_take_its_identifiers_too(server):
    results = links(server, "demo-0007", f"{DID}demo/demo-0007/g", collection="demo")

    assert set(results["obs_publisher_did"]) == {
        f"{DID}demo/demo-0007",
        f"{DID}demo/demo-0007/g",
    }


def test_links_of_an_unknown_collection_are_an_error(server):
    reply = requests.get(f"{server}/datalink/nowhere/links?ID=x", timeout=30)

    assert reply.status_code == 404
    assert status_of(reply) == "ERROR"
    assert "no collection 'nowhere'" in reply.text


# --- limits ---------------------------------------------------------------------------


@pytest.mark.parametrize("ids", [0, 1, 2])
def test_maxrec_leaves_out_whole_identifiers(server, ids):
    asked = [f"demo/demo-000{i}" for i in range(1, 6)]
    whole = len(links(server, asked[0]))
    for maxrec in (ids * whole, (ids + 1) * whole - 1):
        params = {"ID": asked, "MAXREC": maxrec}
        reply = requests.post(f"{server}/datalink/links", data=params, timeout=30)

        assert status_of(reply) == "OVERFLOW"
        assert found(reply, "//v:TR/v:TD[1]/text()") == [
            name for name in asked[:ids] for _ in range(whole)
        ]


def test_maxrec_that_is_enough_is_no_overflow(server):
    params = {"ID": "demo/demo-0007", "MAXREC": len(links(server, "demo/demo-0007"))}

    assert status_of(requests.get(f"{server}/datalink/links", params=params)) == "OK"


def test_too_many_identifiers_are_answered_as_far_as_it_goes(server):
    asked = [f"nonsense-{i}" for i in range(1001)]
    reply = requests.post(f"{server}/datalink/links", data={"ID": asked}, timeout=30)

    assert status_of(reply) == "OVERFLOW"
    assert found(reply, "//v:TR/v:TD[1]/text()") == asked[:1000]


# --- clients and validators -----------------------------------------------------------


def test_answers_follow_the_schema(server, odd, validate):
    for url, ids in (
        (f"{server}/datalink/links", ["demo/demo-0007", "x"]),
        (f"{server}/datalink/links", []),
        (f"{odd}/datalink/odd/links", [*NAMES, ALONE]),
    ):
        reply = requests.get(url, params={"ID": ids}, timeout=30)
        assert validate(reply.content) == []


def test_stilts_finds_no_error(server, odd, stilts, tmp_path):
    for url, ids in (
        (f"{server}/datalink/links", ["demo/demo-0007", "demo/demo-0007/g", "x"]),
        (f"{odd}/datalink/odd/links", [*NAMES, ALONE]),
    ):
        path = tmp_path / "links.vot"
        path.write_bytes(requests.get(url, params={"ID": ids}, timeout=30).content)
        said = stilts("datalinklint", "maxrepeat=1000", str(path)).stdout
        errors = [line for line in said.splitlines() if line.startswith(("E-", "W-"))]
        known = [line for line in errors if any(f"'{term}'" in line for term in NEWER)]

        assert "Datalink table rows checked" in said
        assert errors == known
        assert stilts("votlint", str(path)).stdout == ""


def test_pyvo_reads_links_by_their_meaning(server):
    url = f"{server}/datalink/links?ID=demo/demo-0007"
    results = DatalinkResults.from_result_url(url)

    assert len(list(results.bysemantics("#preview"))) == 3
    assert results.getdataset().read().startswith(b"<?xml")


def test_pyvo_follows_dataset_names_of_tap_in_batches(server, small_server):
    for url in (server, small_server):
        service = pyvo.dal.TAPService(f"{url}/tap")
        rows = service.search(
            "SELECT TOP 7 object_id AS star, class FROM demo.objects ORDER BY star",
            maxrec=7,
        )
        batches = list(rows.iter_datalinks())

        assert sorted(each["ID"][0] for each in batches) == sorted(rows["star"])
        assert all(
            len(list(each.bysemantics("#this"))) == len(FORMATS) for each in batches
        )


def test_pyvo_calls_soda_from_links(server, demo_db):
    results = links(server, "demo/demo-0007/g", "demo/demo-0008")
    ((start, half),) = demo_db.fetch(
        "SELECT t_min, (t_min + t_max) / 2 FROM demo.lightcurves"
        " WHERE object_id = 'demo-0007' AND passband = 'g'"
    )

    first = results.get_first_proc()
    (table,) = tables(first.process(TIME=(start - 1, half), quantity="flux"))

    times = table.array["obs_time"]
    assert start == times.min()
    assert times.max() < half
    assert "flux" in table.array.dtype.names


def test_pyvo_folds_by_links(server):
    results = links(server, "demo/demo-0008/r")
    (fold,) = [row for row in results if row["service_def"] == "fold-demo"]

    (table,) = tables(fold.process(period=0.5, bin=0.1))

    assert 2 <= len(table.array) <= 5  # bins of a fifth of the period
    assert 0 <= table.array["phase"].min() < table.array["phase"].max() < 1


def test_pyvo_searches_periods_by_links(server, demo_db):
    ((name, period),) = demo_db.fetch(
        "SELECT object_id, period FROM demo.objects WHERE class = 'RRAB'"
        " ORDER BY object_id LIMIT 1"
    )
    results = links(server, f"demo/{name}")
    (search,) = [r for r in results if r["service_def"] == "periodogram-demo"]

    found_periods = tables(search.process(method="ls", pmin=0.3, pmax=1.2))[0].array

    assert min(abs(found_periods["period"] - period)) < 0.001


def test_a_light_curve_leads_back_to_its_links(server):
    url = f"{server}/lc/demo/demo-0007"
    for params, did in (
        ({}, f"{DID}demo/demo-0007"),
        ({"band": "g"}, f"{DID}demo/demo-0007/g"),
    ):
        reply = requests.get(url, params=params, timeout=30)
        assert found(
            reply, "//v:RESOURCE[@ID='links']//v:PARAM[@name='ID']/@value"
        ) == [did]


def test_pyvo_follows_obscore_to_its_links(server):
    service = pyvo.dal.TAPService(f"{server}/tap")
    rows = service.search(
        "SELECT TOP 5 obs_publisher_did AS did, target_name FROM ivoa.obscore"
        " WHERE target_name < 'demo-0003'"
    )

    followed = list(rows.iter_datalinks())

    assert sorted(each["ID"][0] for each in followed) == sorted(rows["did"])
    assert all(rows_of(each, "#this") for each in followed)


@pytest.mark.parametrize("service", ["scs", "ssa"])
def test_pyvo_follows_searches_by_position_to_links(server, demo_db, service):
    ((ra, dec),) = demo_db.fetch(
        "SELECT ra, dec FROM demo.objects WHERE object_id = 'demo-0007'"
    )
    if service == "scs":
        rows = pyvo.dal.SCSService(f"{server}/scs/demo").search((ra, dec), 0.01)
    else:
        rows = pyvo.dal.SSAService(f"{server}/ssa").search(pos=(ra, dec), diameter=0.01)

    followed = list(rows.iter_datalinks())

    assert len(followed) == len(rows) > 0
    assert all(rows_of(each, "#this") for each in followed)


def test_jobs_of_tap_lead_to_links_too(server):
    service = pyvo.dal.TAPService(f"{server}/tap")
    rows = service.run_async("SELECT TOP 2 object_id FROM demo.objects")

    assert len(list(rows.iter_datalinks())) == 2


def test_results_without_identifiers_lead_nowhere(server):
    service = pyvo.dal.TAPService(f"{server}/tap")
    rows = service.search(
        "SELECT TOP 2 UPPER(object_id) AS object_id FROM demo.objects"
    )

    assert not list(rows.iter_adhocservices())


@pytest.mark.parametrize(
    ("standard", "path", "parameters"),
    [
        ("DataLink#links-1.1", "/datalink/links", {"ID", "RESPONSEFORMAT"}),
        ("SODA#sync-1.0", "/soda/sync", {"ID", "TIME", "BAND", "POS", "CIRCLE"}),
        ("SODA#async-1.0", "/soda/async", {"ID", "TIME", "BAND", "POS", "CIRCLE"}),
    ],
)
def test_capabilities_are_told(server, validate, standard, path, parameters):
    reply = requests.get(f"{server}/capabilities", timeout=30)

    (told,) = found(reply, f"//capability[@standardID='ivo://ivoa.net/std/{standard}']")
    assert told.findtext("interface/accessURL") == server + path
    assert parameters <= {each.text for each in told.findall("interface/param/name")}
    assert validate(reply.content) == []
