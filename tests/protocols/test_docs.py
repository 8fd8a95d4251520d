"""docs/protocols.md is true: its examples answer what it shows."""

import re
from pathlib import Path

import pytest
import requests

PAGE = Path(__file__).parents[2] / "docs" / "protocols.md"
EXAMPLE = re.compile(
    r'```console\n\$ curl "http://127\.0\.0\.1:8080(?P<path>[^"]+)"\n'
    r"(?P<status>\d+) (?P<media_type>[^\n]+)\n(?P<shown>.*?)```",
    re.DOTALL,
)
EXAMPLES = [match.groupdict() for match in EXAMPLE.finditer(PAGE.read_text("utf-8"))]
ESTIMATES = re.compile(r'(\(cost=|"rows": |"cost": )[^,)]+')
LEFT_OUT = re.compile(r"^\.\.\.\n", re.MULTILINE)


def as_shown(text: str, server: str) -> str:
    """`text` as the page shows it: from the server of `make demo`."""
    text = text.replace(server, "http://127.0.0.1:8080").replace("\r\n", "\n")
    return without_estimates(text)


def without_estimates(text: str) -> str:
    """`text` without the numbers that differ from one PostgreSQL to another."""
    return ESTIMATES.sub(r"\1#", text)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["path"])
def test_an_example_answers_what_is_shown(server, example):
    reply = requests.get(server + example["path"], timeout=30)

    assert reply.status_code == int(example["status"])
    assert reply.headers["Content-Type"] == example["media_type"]
    seen = as_shown(reply.text, server)
    for piece in filter(None, LEFT_OUT.split(without_estimates(example["shown"]))):
        _, found, seen = seen.partition(piece.rstrip("\n"))
        assert found, f"not there, or not in this order: {piece}"


def test_an_answer_shown_whole_is_whole(server):
    whole = [e for e in EXAMPLES if not LEFT_OUT.search(e["shown"])]
    assert whole
    for example in whole:
        reply = requests.get(server + example["path"], timeout=30)
        assert as_shown(reply.text, server) == example["shown"]


@pytest.mark.parametrize(
    "service",
    [
        "/tap/sync",
        "/tap/explain",
        "/tap/tables",
        "/scs",
        "/ssa",
        "/lc",
        "/plot",
        "/datalink",
    ],
)
def test_every_service_has_an_example_that_works(service):
    good = [e["path"] for e in EXAMPLES if e["status"] == "200"]

    assert any(path.startswith(service) for path in good)


def test_every_block_is_an_example():
    assert len(EXAMPLES) == PAGE.read_text("utf-8").count("```console")
