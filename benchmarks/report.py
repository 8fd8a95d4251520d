"""What was measured, in its place between the hand-written parts of RESULTS.md."""

from collections.abc import Sequence
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
START, END = "<!-- measured -->", "<!-- end -->"


def write_results(lines: Sequence[str], path: Path = RESULTS) -> None:
    """Put `lines` between the marks, whatever stood there."""
    text = path.read_text(encoding="utf-8")
    path.write_text(replaced(text, "\n".join(lines)), encoding="utf-8")


def replaced(text: str, measured: str) -> str:
    """`text` with `measured` between the marks.

    Raises ValueError when the marks are not there, each once and in order.

    >>> replaced("a <!-- measured --> old <!-- end --> b", "new")
    'a <!-- measured -->\\nnew\\n<!-- end --> b'
    """
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not (start and end) or START in rest or END in after:
        raise ValueError(f"there must be one {START} and after it one {END}")
    return f"{before}{START}\n{measured}\n{END}{after}"
