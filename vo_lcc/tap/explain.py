"""What a query would do, for people and editors: `/tap/explain`, `vo-lcc adql`."""

import json
from collections.abc import Sequence
from typing import Any

from vo_lcc.adql.explain import Explanation, lay_out
from vo_lcc.dali.context import Context
from vo_lcc.dali.upload_tables import temp_table
from vo_lcc.dali.uploads import Uploaded, with_uploads
from vo_lcc.db import Estimate, Statement
from vo_lcc.tables import Column
from vo_lcc.tap.params import JSON, TapParams
from vo_lcc.tap.query import explanation

COLUMN = ("name", "datatype", "arraysize", "unit", "ucd", "xtype", "description")
SHOWN = COLUMN[:-1]


async def explained(
    context: Context,
    asked: TapParams,
    media_type: str,
    uploaded: Sequence[Uploaded] = (),
) -> str:
    """The explanation of a query, which is planned and not run.

    Raises QueryError, and what `Streams.explain` raises.
    """
    catalog = with_uploads(await context.catalog(), uploaded)
    found = await context.compute(
        explanation, asked, catalog, context.limits, context.resolver
    )
    tables = tuple(map(temp_table, uploaded))
    estimate = await context.streams.explain(Statement(found.plan.sql, tables=tables))
    write = as_json if media_type == JSON else as_text
    return await context.compute(write, found, estimate)


def as_json(found: Explanation, estimate: Estimate) -> str:
    """An explanation as a JSON object; null is what a column does not have."""
    told = {
        "adql": lay_out(found.adql),
        "sql": lay_out(found.plan.sql),
        "maxrec": found.plan.maxrec,
        "columns": [described(column) for column in found.plan.columns],
        "rows": estimate.rows,
        "cost": estimate.cost,
        "access": [{"table": t, "index": index} for t, index in estimate.access()],
        "plan": estimate.plan,
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def as_text(found: Explanation, estimate: Estimate) -> str:
    """An explanation to read on a screen."""
    parts = {
        "The query as it is understood": lay_out(found.adql),
        "In SQL": lay_out(found.plan.sql),
        f"PostgreSQL expects {estimate.rows} rows, at a cost of {estimate.cost:g}": (
            "\n".join(estimate.plan)
        ),
        "How each table is read": "\n".join(
            f"{table}: {f'by the index {index}' if index else 'every row'}"
            for table, index in estimate.access()
        ),
        f"The columns of at most {found.plan.maxrec} rows": columns_table(
            found.plan.columns
        ),
    }
    return "\n".join(f"-- {title}\n{text}\n" for title, text in parts.items())


def described(column: Column) -> dict[str, Any]:
    """A column in VOTable's words."""
    return {word: getattr(column, word) for word in COLUMN}


def columns_table(columns: Sequence[Column]) -> str:
    """One line for each column, under a line of titles.

    >>> print(columns_table([Column("ra", "double", unit="deg")]))
    name  datatype  arraysize  unit  ucd  xtype
    ra    double    -          deg   -    -
    """
    rows = [SHOWN, *([getattr(c, word) or "-" for word in SHOWN] for c in columns)]
    widths = [max(map(len, values)) for values in zip(*rows, strict=True)]
    lines = [
        "  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return "\n".join(map(str.rstrip, lines))
