"""Validation of a running server, ours or another: `vo-lcc validate`.

A server is judged from outside, by what it answers: nothing here knows how vo_lcc
is made. What is asked is data (`probes`), what must hold is a list (`checks`), what
validators of others cannot but find is told with its reason (`unavoidable`).
"""

from vo_lcc.validation.asking import Asker, Manners
from vo_lcc.validation.findings import Finding, Result, Verdict
from vo_lcc.validation.report import render, to_json
from vo_lcc.validation.running import Wanted, chosen, validate

__all__ = [
    "Asker",
    "Finding",
    "Manners",
    "Result",
    "Verdict",
    "Wanted",
    "chosen",
    "render",
    "to_json",
    "validate",
]
