"""docs/adql.md is true: each of its examples prints what it shows."""

import re
from pathlib import Path

import pytest
import requests

from vo_lcc.cli import main

DOCUMENT = Path(__file__).parents[2] / "docs" / "adql.md"
EXAMPLE = re.compile(r"```sql\n-- ([^\n]*)\n(.*?)```\n```text\n(.*?)```", re.DOTALL)
COMMAND = re.compile(
    r'```console\n\$ vo-lcc adql --explain "([^"]+)"\n(.*?)```', re.DOTALL
)
LEFT_OUT = re.compile(r"^\.\.\.\n", re.MULTILINE)
ESTIMATES = re.compile(r"(\(cost=|expects )[^)\n]+")
EXAMPLES = EXAMPLE.findall(DOCUMENT.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("query", "shown"), [e[1:] for e in EXAMPLES], ids=[e[0] for e in EXAMPLES]
)
def test_an_example_prints_what_is_shown(server, query, shown):
    asked = {"LANG": "ADQL", "QUERY": query, "RESPONSEFORMAT": "csv"}

    reply = requests.post(f"{server}/tap/sync", data=asked, timeout=60)

    assert reply.status_code == 200, reply.text
    assert reply.text.splitlines() == shown.splitlines()


def test_every_example_is_tried():
    text = DOCUMENT.read_text(encoding="utf-8")

    assert len(EXAMPLES) == text.count("```sql") >= 10


def test_the_command_prints_what_is_shown(demo_db, monkeypatch, capsys):
    monkeypatch.setenv("VO_LCC_DATABASE_URL", demo_db.url)
    commands = COMMAND.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert commands

    for query, shown in commands:
        assert main(["adql", "--explain", query]) == 0
        seen = ESTIMATES.sub(r"\1#", capsys.readouterr().out)
        for piece in LEFT_OUT.split(ESTIMATES.sub(r"\1#", shown)):
            _, found, seen = seen.partition(piece)
            assert found, f"not there, or not in this order: {piece}"
