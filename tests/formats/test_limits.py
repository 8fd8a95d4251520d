"""docs/formats.md says what limits.py says."""

from pathlib import Path

from tests.formats.limits import LIMITS
from vo_lcc.formats.curves import CURVE_FORMATS

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def test_the_page_lists_every_limit():
    rows = [
        f"| {', '.join(f'`{name}`' for name in limit.formats)}"
        f" | {limit.what} | {limit.becomes} |"
        for limit in LIMITS
    ]

    assert "\n".join(rows) in PAGE.read_text()


def test_the_page_lists_every_format_with_its_media_type():
    page = PAGE.read_text()

    for known in CURVE_FORMATS:
        assert f"| `{known.name}` | `{known.media_type}`" in page
