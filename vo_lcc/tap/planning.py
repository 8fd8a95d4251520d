"""From what was asked to a plan, for requests and for jobs."""

from collections.abc import Sequence

from vo_lcc.adql import SelectPlan
from vo_lcc.dali.context import Context
from vo_lcc.dali.record import Record
from vo_lcc.dali.uploads import Uploaded, with_uploads
from vo_lcc.tap.params import TapParams
from vo_lcc.tap.query import plan, plan_key

PROTOCOL = "ivo://ivoa.net/std/TAP"
SHORT = 1000  # characters of a query that is compiled sooner than handed to a thread


async def planned(
    context: Context,
    asked: TapParams,
    record: Record,
    uploaded: Sequence[Uploaded] = (),
) -> SelectPlan:
    """The plan of a query: one that was kept, or a new one.

    A long text, one with a name to be looked up or with tables of its own is left to
    a thread.
    """
    catalog = await context.catalog()
    if uploaded:
        record.plan = "made"
        own = with_uploads(catalog, uploaded)
        return await context.compute(plan, asked, own, context.limits, context.resolver)
    key = plan_key(asked, catalog, context.limits)
    kept = context.plans.find(key)
    record.plan = "made" if kept is None else "kept"
    if kept is not None:
        return kept
    wanted = (asked, catalog, context.limits, context.resolver)
    if len(asked.query) <= SHORT and context.resolver is None:
        made = plan(*wanted)
    else:
        made = await context.compute(plan, *wanted)
    context.plans.keep(key, made)
    return made
