"""Time frame, photometric system and provenance go with the data in every format."""

import gzip
import html
import io
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from astropy.io import fits

from vo_lcc.formats import FORMATS
from vo_lcc.formats.curves import CURVE_FORMATS

POINTS = "SELECT TOP 3 passband, obs_time, mag FROM demo.photometry"
OBJECTS = "SELECT TOP 3 object_id, ra, dec, g_median, r_median FROM demo.objects"
NAMES_ONLY = ("csv", "tsv", "text/csv;header=absent")
TELLING = [known.name for known in FORMATS if known.name not in NAMES_ONLY]
CURVES = [f.name for f in CURVE_FORMATS if f.name != "text/csv;header=absent"]

BANDS = ("SLOAN/SDSS.g", "SLOAN/SDSS.r", "3631.0", "AB", "4.686e-07", "6.166e-07")
ORIGIN = ("Synthetic variable stars over the whole sky", "CC0 1.0", "server_software")
TIME = ("TDB", "BARYCENTER")
SKY = ("ICRS",)

SAID = {POINTS: (*BANDS, *ORIGIN, *TIME), OBJECTS: (*BANDS, *ORIGIN, *SKY)}
"""What a result must say, by the query."""


def told(name: str, written: bytes) -> str:
    """All that a document says beside its rows, and those where they are text."""
    if name == "lcc.gz":
        written = gzip.decompress(written)
    if name == "parquet":
        metadata = pq.read_schema(io.BytesIO(written)).metadata
        written = b"\n".join(metadata.values())
    if name == "arrow":
        metadata = pa.ipc.open_stream(written).schema.metadata
        written = b"\n".join(metadata.values())
    if name == "fits":
        with fits.open(io.BytesIO(written)) as hdus:
            cards = [card for hdu in hdus for card in hdu.header.cards]
        lines = [c.value for c in cards if c.keyword in ("COMMENT", "HISTORY")]
        return "\n".join([*(str(card.value) for card in cards), "".join(lines)])
    return html.unescape(written.decode())


@pytest.mark.parametrize("query", SAID, ids=["points", "objects"])
@pytest.mark.parametrize("name", TELLING)
def test_results_of_tap_say(server, name, query):
    asked = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": name}
    reply = requests.get(f"{server}/tap/sync", params=asked, timeout=30)

    said = told(name, reply.content)

    assert [fact for fact in SAID[query] if fact not in said] == []


@pytest.mark.parametrize("name", CURVES)
def test_light_curves_say(server, name):
    url = f"{server}/lc/demo/demo-0007"
    reply = requests.get(url, params={"format": name}, timeout=30)

    said = told(name, reply.content)

    facts = (*BANDS, *ORIGIN, *TIME, *SKY, "demo-0007", "timeseries")
    assert [fact for fact in facts if fact not in said] == []


def test_results_of_jobs_say_it_too(server):
    asked = {"LANG": "ADQL", "QUERY": POINTS, "PHASE": "RUN", "FORMAT": "votable/td"}
    job = requests.post(f"{server}/tap/async", data=asked, timeout=30).url
    end = time.monotonic() + 30
    while requests.get(f"{job}/phase", timeout=30).text in ("QUEUED", "EXECUTING"):
        assert time.monotonic() < end
        time.sleep(0.05)

    said = requests.get(f"{job}/results/result", timeout=30).text

    assert [fact for fact in SAID[POINTS] if fact not in said] == []


def test_a_result_without_photometry_has_no_calibrations(server):
    query = "SELECT TOP 3 object_id, ra FROM demo.objects"
    asked = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": "votable/td"}

    said = requests.get(f"{server}/tap/sync", params=asked, timeout=30).text

    assert "photDM" not in said
