"""docs/cookbook.md is true: its sessions and commands print what they show."""

import doctest
import re
import subprocess
from pathlib import Path

import pytest
import pyvo
from astropy.table import Table

from vo_lcc.lightcurves.collection import load_collections, load_published
from vo_lcc.tap.examples import examples
from vo_lcc.tap.examples_general import general_examples

PAGE = Path(__file__).parents[2] / "docs" / "cookbook.md"
TEXT = PAGE.read_text("utf-8")
MARKER = re.search(r"<!-- generated: .* -->\n", TEXT)[0]
URL = "http://127.0.0.1:8080"
COMMANDS = re.findall(r"```console\n\$ (.*?)\n(.*?)```", TEXT, re.DOTALL)
ROW_NUMBER = re.search(r"```sql\n([^`]*ROW_NUMBER[^`]*)```", TEXT)


@pytest.fixture
def folder(tmp_path):
    """A folder with the files that the page shows."""
    for name, content in re.findall(
        r"<!-- file: (\S+) -->\n```text\n(.*?)```", TEXT, re.DOTALL
    ):
        (tmp_path / name).write_text(content)
    return tmp_path


def test_the_python_sessions_print_what_is_shown(server):
    sessions = "".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
    parser = doctest.DocTestParser()
    test = parser.get_doctest(sessions.replace(URL, server), {}, "cookbook", None, 0)
    said: list[str] = []

    doctest.DocTestRunner().run(test, out=said.append)

    assert len(test.examples) == 27
    assert not said, "".join(said)


@pytest.mark.parametrize(("command", "shown"), COMMANDS)
def test_a_command_prints_what_is_shown(server, folder, command, shown, stilts):
    done = subprocess.run(
        ["bash", "-c", command.replace(URL, server)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
    )

    assert done.stdout.splitlines() == shown.splitlines(), done.stderr


def test_the_queries_are_those_of_the_examples(demo_db, request):
    """With --update-golden they are written."""
    catalog, collections = load_published(demo_db)
    sections = (
        ("All collections together", general_examples(catalog, collections.values())),
        ("The collection demo", examples(collections["demo"])),
    )
    written = "".join(
        f"\n### {heading}\n\n" + "\n".join(map(section, each))
        for heading, each in sections
    )
    before, marker, seen = TEXT.partition(MARKER)

    if request.config.getoption("--update-golden"):
        PAGE.write_text(before + marker + written, "utf-8")
    assert seen == written


def section(example):
    """An example as Markdown."""
    sent = ", ".join(f"`{column.name}`" for column in example.uploads)
    told = f" Columns sent along: {sent}." if sent else ""
    return (
        f"#### {example.name}\n\n{example.description}{told}\n\n"
        f"```sql\n{example.query}\n```\n"
    )


def test_the_nearest_by_row_number_are_those_of_the_example(server, demo_db):
    tap = pyvo.dal.TAPService(f"{server}/tap")
    mine = Table(
        {"name": ["a", "b", "c"], "ra": [180, 10.0, 9.9038], "dec": [0, 0, 20.4693]}
    )
    known = {each.id: each for each in examples(load_collections(demo_db)["demo"])}

    seen = [
        tap.run_sync(query, uploads={"t1": mine}).to_table()
        for query in (ROW_NUMBER[1], known["demo-nearest"].query)
    ]

    one, other = ([tuple(row)[:2] for row in table] for table in seen)
    assert sorted(one) == sorted(other) != []


def test_every_block_is_tried():
    kinds = re.findall(r"^```(\w+)$", TEXT, re.MULTILINE)

    assert kinds.count("console") == len(COMMANDS) == 3
    assert set(kinds) == {"python", "console", "sql", "text"}
