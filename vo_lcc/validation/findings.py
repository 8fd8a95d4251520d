"""What a check finds: verdicts, each with what is wrong and how to put it right."""

import re
from dataclasses import dataclass
from enum import StrEnum

from vo_lcc.errors import VOError

LONGEST = 300  # characters of what a server says that are shown
UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+"
)


class Verdict(StrEnum):
    """How a check ends, from good to bad."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a word to pass
    NOT_RUN = "NOT RUN"
    WARN = "WARN"
    FAIL = "FAIL"


ORDER = tuple(Verdict)


class UnfitError(VOError):
    """What the server sends, or fails to send, leaves nothing to be checked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen: `what` it is, and what to do about it."""

    verdict: Verdict
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A check that was run, or why it was not."""

    name: str
    group: str
    title: str
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """The worst of what was found; PASS when there is nothing."""
        return max(
            (f.verdict for f in self.findings), key=ORDER.index, default=ORDER[0]
        )


def fail(what: str, remedy: str = "") -> Finding:
    """Something that a standard forbids."""
    return Finding(Verdict.FAIL, what, remedy)


def warn(what: str, remedy: str = "") -> Finding:
    """Something that a standard advises against, or that clients stumble over."""
    return Finding(Verdict.WARN, what, remedy)


def note(what: str) -> Finding:
    """Something to know that is no fault."""
    return Finding(Verdict.PASS, what)


def not_run(why: str, remedy: str = "") -> Finding:
    """What could not be checked here."""
    return Finding(Verdict.NOT_RUN, why, remedy)


def legible(text: str, longest: int = LONGEST) -> str:
    r"""Text of a stranger as one line that does nothing to a terminal.

    >>> legible("no\x1b[31m such\n  table")
    'no [31m such table'
    >>> legible("abcdef", 4)
    'abcd…'
    """
    line = " ".join(UNSEEN.sub(" ", text[: 4 * longest]).split())
    return line if len(line) <= longest else f"{line[:longest]}…"
