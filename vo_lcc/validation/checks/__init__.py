"""All checks, in the order in which they are run: what is seen first is judged last."""

from vo_lcc.validation.checks import (
    answers,
    examples,
    harvest,
    http,
    jobs,
    linked,
    tables,
    told,
    tools,
)
from vo_lcc.validation.checks.check import Check

CHECKS: tuple[Check, ...] = (
    *told.CHECKS,
    *answers.CHECKS,
    *tables.CHECKS,
    *http.CHECKS,
    *examples.CHECKS,
    *jobs.CHECKS,
    *linked.CHECKS,
    *harvest.CHECKS,
    *tools.CHECKS,
)

__all__ = ["CHECKS", "Check"]
