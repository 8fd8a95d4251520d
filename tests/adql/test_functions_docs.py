"""docs/functions.md tells of every function beyond ADQL, as the capabilities do."""

from pathlib import Path

from vo_lcc.adql.functions import FUNCTIONS
from vo_lcc.adql.functions.geometry import GEOMETRY
from vo_lcc.adql.functions.ivo import IVO
from vo_lcc.adql.functions.lightcurve import ARRAYS, NUMBERS

DOCUMENT = Path(__file__).parents[2] / "docs" / "functions.md"
GROUPS = {"numbers": NUMBERS, "arrays": ARRAYS, "catalogue": IVO, "mocs": GEOMETRY}


def table(names: list[str]) -> str:
    lines = ["| function | what it gives |", "|---|---|"]
    for name in names:
        function = FUNCTIONS[name]
        forms = "<br>".join(f"`{f.declared}`" for f in function.forms if f.declared)
        if forms:
            lines.append(
                f"| {forms} | {function.doc.rstrip('.').replace('|', chr(92) + '|')} |"
            )
    return "\n".join(lines)


def test_the_document_lists_every_function(request):
    text = DOCUMENT.read_text(encoding="utf-8")
    written = text
    for group, names in GROUPS.items():
        start, end = f"<!-- {group} -->\n", f"\n<!-- end of {group} -->"
        before, _, rest = written.partition(start)
        _, _, after = rest.partition(end)
        written = f"{before}{start}{table(sorted(names))}{end}{after}"

    if request.config.getoption("--update-golden"):
        DOCUMENT.write_text(written, encoding="utf-8")
        text = written
    assert text == written
    assert text.count("| `") >= 40
