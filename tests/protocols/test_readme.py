"""The README is true: its Python session prints what it shows."""

import doctest
import re
from pathlib import Path

import pytest
import requests

from vo_lcc.validation.checks import CHECKS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_session_prints_what_is_shown(server: str):
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    text = "".join(blocks).replace("http://127.0.0.1:8080", server)
    test = doctest.DocTestParser().get_doctest(text, {}, "README.md", "README.md", 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)

    runner.run(test, out=said.append)

    assert len(test.examples) == 31
    assert not said, "".join(said)


def test_a_light_curve_as_text_is_what_is_shown(server: str):
    asked, shown = re.search(
        r'curl "http://127\.0\.0\.1:8080(/lc/[^"]+=text)"\n(.*?)```', README, re.DOTALL
    ).groups()
    seen = requests.get(server + asked, timeout=30).text

    for piece in filter(None, shown.split("...\n")):
        _, found, seen = seen.partition(piece)
        assert found, f"not there, or not in this order: {piece}"
    assert not seen


def test_as_many_checks_pass_as_there_are():
    """One more: whether there is a server at all."""
    (shown,) = re.findall(r"^\$ vo-lcc validate .*\n\.\.\.\n(\d+) PASS$", README, re.M)

    assert int(shown) == len(CHECKS) + 1


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^):]+)\)", README))))
def test_a_link_to_a_file_leads_somewhere(link: str):
    assert (ROOT / link).exists()
