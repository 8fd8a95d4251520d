"""docs/derived.md lists every statistic, as the table of them has it."""

from pathlib import Path

from vo_lcc.lightcurves.derived import STATISTICS, Kind

DOCUMENT = Path(__file__).parents[3] / "docs" / "derived.md"
UNITS = {
    Kind.LEVEL: "of the brightness",
    Kind.DIFFERENCE: "of the brightness",
    Kind.RATE: "of the brightness, per day",
    Kind.TIME: "d",
    Kind.NUMBER: "",
    Kind.COUNT: "",
}


def table() -> str:
    lines = ["| column | unit | UCD | what it is | exactly |", "|---|---|---|---|---|"]
    for s in STATISTICS:
        words = s.description.format("`b`"), s.definition
        what, exactly = (text.replace("|", "\\|") for text in words)
        ucd = s.ucd.format("phot.mag")
        lines.append(
            f"| `b_{s.name}` | {UNITS[s.kind]} | `{ucd}` | {what} | {exactly} |"
        )
    return "\n".join(lines)


def test_the_document_lists_every_statistic(request):
    start, end = "<!-- statistics -->\n", "\n<!-- end of statistics -->"
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(end)
    written = f"{before}{start}{table()}{end}{after}"

    if request.config.getoption("--update-golden"):
        DOCUMENT.write_text(written, encoding="utf-8")
        text = written
    assert text == written
    assert text.count("| `b_") == len(STATISTICS)
