"""Validators are silent on our servers: `vo-lcc validate`, and those of clients."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import COLLECTIONS, copied_database, required_tool
from vo_lcc.config import Config
from vo_lcc.lightcurves.ingest import ingest
from vo_lcc.validation import Verdict, Wanted, render, validate

FORMATS = "asassn_wasp_neowise_formats"
REAL = (
    ("stripe82", "stripe82_rrlyrae"),
    ("neowise", FORMATS),
    ("superwasp", FORMATS),
)
# What depends on what is published; the rest is the same for the demo.
OF_COLLECTIONS = (
    "told",
    "vosi",
    "tap.examples*",
    "scs",
    "ssa",
    "datalink",
    "oai",
    "schemas",
    "stilts.taplint",
)


@pytest.fixture(scope="module")
def real_server(cluster_url, template_db, shared, serving) -> Iterator[str]:
    """A server of some real collections."""
    for database in copied_database(cluster_url, template_db):
        for name, folder in REAL:
            ingest(database, COLLECTIONS / f"{name}.toml", [shared / "data" / folder])
        with serving(Config(), database.url) as url:
            yield url


def faults(url: str, shared: Path, *only: str) -> str:
    """The report of all that is not well; "" when all is."""
    stilts = required_tool("stilts")
    wanted = Wanted(shared / "validators" / "xsd" / "rec", stilts, only=only)
    found = list(validate(url, wanted))
    assert len(found) > 30
    loud = [each for each in found if each.verdict is not Verdict.PASS]
    return render(url, loud) if loud else ""


@pytest.mark.validator
def test_nothing_is_wrong_with_the_demo(server, shared):
    assert faults(server, shared) == ""


@pytest.mark.validator
def test_nothing_is_wrong_with_real_collections(real_server, shared):
    assert faults(real_server, shared, *OF_COLLECTIONS) == ""


def configured(server: str, shared: Path, folder: Path) -> Path:
    """What the scripts of shared/ are told of a server, in a file."""
    example = (shared / "validators" / "clients" / "config.example.json").read_text()
    written = folder / "config.json"
    written.write_text(example.replace("http://127.0.0.1:8080", server))
    return written


def run(script: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, script, *words],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_rules_of_tap_and_dali_hold_over_raw_http(server, shared, tmp_path):
    script = shared / "validators" / "clients" / "http_dali.py"

    done = run(script, configured(server, shared, tmp_path))

    assert done.returncode == 0, done.stdout
    assert int(re.search(r"== http_dali: PASS (\d+)", done.stdout)[1]) > 50


def test_no_hostile_request_does_harm(server, shared, tmp_path):
    """Parameters, uploads and raw HTTP; `test_security` has the queries among them."""
    folder = shared / "validators" / "security"
    lines = (folder / "bad_input.jsonl").read_text().splitlines()
    wanted = [
        line
        for line, case in ((line, json.loads(line)) for line in lines)
        if case["transport"] != "adql" and case.get("hold_s", 0) < 5
    ]
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("\n".join(wanted) + "\n")
    config = configured(server, shared, tmp_path)

    done = run(folder / "run_security.py", config, "--corpus", corpus)

    assert f"TOTAL {{'PASS': {len(wanted)}, 'WARN': 0, 'FAIL': 0}}" in done.stdout
    assert done.returncode == 0, done.stdout
    assert len(wanted) > 100
