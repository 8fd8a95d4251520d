"""docs/validation.md tells what the code holds."""

import re
from pathlib import Path

import pytest

from vo_lcc.validation.checks import CHECKS
from vo_lcc.validation.stilts import Message, information, read_report
from vo_lcc.validation.unavoidable import (
    UNAVOIDABLE,
    as_markdown,
    is_explained,
    reason_for,
)

PAGE = Path(__file__).parents[2] / "docs" / "validation.md"


def block(name: str) -> str:
    found = re.search(
        rf"<!-- {name} -->\n(.*?)<!-- end -->", PAGE.read_text(), re.DOTALL
    )
    return found[1]


def test_the_page_lists_what_is_unavoidable(request):
    if request.config.getoption("--update-golden"):
        page = PAGE.read_text()
        old = block("unavoidable")
        new = f"\n{as_markdown()}\n"
        PAGE.write_text(
            page.replace(f"<!-- unavoidable -->\n{old}", f"<!-- unavoidable -->\n{new}")
        )
    assert block("unavoidable").strip() == as_markdown().strip()


def test_the_report_of_the_page_has_every_check_and_no_fault():
    report = block("report")
    told = {
        line.split()[1] for line in report.splitlines() if line.startswith("      PASS")
    }

    assert told == {"services", *(each.name for each in CHECKS)}
    assert "FAIL" not in report


@pytest.mark.parametrize("known", UNAVOIDABLE, ids=lambda each: each.text)
def test_what_is_unavoidable_is_so_in_some_versions_only(known):
    text = known.text.replace("(", "").partition("|")[0]
    said = text if "|" not in known.text else "Unknown predicate 'thumbnail' from core"
    said += (
        " DataLink vocabulary at row 1" if "predicate" in said else " for language ADQL"
    )
    message = Message(known.level, known.code, said)

    assert reason_for(known.task, message, known.seen) == known.reason
    assert reason_for(known.task, message, known.gone) is None
    assert reason_for("another", message, known.seen) is None


def test_what_is_cut_short_is_never_excused():
    (whole, more) = read_report(
        "W-CAP-CULF-1 Custom feature type"
        ' "ivo://org.gavo.dc/std/exts#extra-adql-keywords" for language ADQL\n'
        "W-CAP-CULF-x (3 more)"
    )

    assert reason_for("taplint", whole, "3.4.7")
    assert (more.times, reason_for("taplint", more, "3.4.7")) == (3, None)


def test_information_is_counted_by_code():
    counts = information(
        "I-QGE-QSUB-1 a\nI-QGE-QSUB-2 b\nE-QGE-NONE-1 c\nI-ZZZ-NEWX-1 d"
    )

    assert counts == {"QGE-QSUB": 2, "ZZZ-NEWX": 1}
    assert [is_explained(code) for code in counts] == [True, False]
