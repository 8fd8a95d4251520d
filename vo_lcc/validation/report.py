"""The report: for people by groups, for programs as JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from textwrap import wrap

from vo_lcc.validation.findings import ORDER, Finding, Result, Verdict

WIDTH = 88
MOST_SHOWN = 12  # findings of one check
WORST_FIRST = tuple(reversed(ORDER))


def render(url: str, results: Iterable[Result]) -> str:
    """The report as text.

    >>> result = Result("http.head", "HTTP", "HEAD is answered as GET")
    >>> print(render("http://x.org", [result]), end="")
    Validation of http://x.org
    <BLANKLINE>
    HTTP
      PASS     http.head            HEAD is answered as GET
    <BLANKLINE>
    1 PASS
    """
    found = list(results)
    lines = [f"Validation of {url}"]
    in_groups = sorted(found, key=lambda each: first_of(found, each.group))
    for group, members in groupby(in_groups, key=lambda each: each.group):
        lines += ["", group]
        for _, alike in groupby(members, key=not_run_for):
            lines += shown_together(list(alike))
    return "\n".join([*lines, "", summary(found)]) + "\n"


def first_of(results: Sequence[Result], group: str) -> int:
    """Where a group begins."""
    return next(at for at, each in enumerate(results) if each.group == group)


def not_run_for(result: Result) -> object:
    """Why a check was not run, where this is all: what others may have in common."""
    if result.verdict is Verdict.NOT_RUN and len(result.findings) == 1:
        return result.findings[0]
    return result.name


def shown_together(results: Sequence[Result]) -> list[str]:
    """One check, or all that were not run for the same reason."""
    first, *others = results
    if not others:
        return shown(first)
    names = ", ".join(each.name for each in results)
    finding = first.findings[0]
    lines = [f"  {first.verdict:8} {len(results)} checks: {finding.what}"]
    lines += paragraph(Finding(first.verdict, names), first.verdict)
    return lines + ([f"{' ' * 11}-> {finding.remedy}"] if finding.remedy else [])


def shown(result: Result) -> list[str]:
    """The lines of one check."""
    lines = [f"  {result.verdict:8} {result.name:20} {result.title}"]
    by_remedy: dict[str, None] = {}
    ordered = sorted(result.findings, key=lambda f: WORST_FIRST.index(f.verdict))
    for each in ordered[:MOST_SHOWN]:
        lines += paragraph(each, result.verdict)
        if each.remedy:
            by_remedy[each.remedy] = None
    more = len(ordered) - MOST_SHOWN
    if more > 0:
        lines.append(f"           and {more} more (see --json)")
    for remedy in by_remedy:
        lines += wrap(f"-> {remedy}", WIDTH, initial_indent=" " * 11,
                      subsequent_indent=" " * 14)  # fmt: skip
    return lines


def paragraph(finding: Finding, verdict: Verdict) -> list[str]:
    """One finding; its own verdict where that is not the one of the check."""
    own = "" if finding.verdict in (verdict, Verdict.PASS) else f"{finding.verdict}: "
    return wrap(
        f"{own}{finding.what}", WIDTH, initial_indent=" " * 11,
        subsequent_indent=" " * 13, break_on_hyphens=False,
    )  # fmt: skip


def summary(results: Sequence[Result]) -> str:
    """How many checks ended in which way."""
    counts = Counter(each.verdict for each in results)
    return ", ".join(f"{counts[each]} {each}" for each in ORDER if counts[each])


def to_json(url: str, results: Iterable[Result]) -> str:
    """The report as JSON; all findings, and the seconds that each check took."""
    found = list(results)
    counts = Counter(each.verdict for each in found)
    return json.dumps(
        {
            "url": url,
            "totals": {str(each): counts[each] for each in ORDER},
            "checks": [
                {
                    "name": each.name,
                    "group": each.group,
                    "title": each.title,
                    "verdict": str(each.verdict),
                    "seconds": round(each.seconds, 3),
                    "findings": [
                        {"verdict": str(f.verdict), "what": f.what, "remedy": f.remedy}
                        for f in each.findings
                    ],
                }
                for each in found
            ],
        },
        indent=1,
    )
