"""adql: what a query becomes."""

import argparse
import asyncio

from vo_lcc.adql import check_lines, compile_query
from vo_lcc.adql.explain import lay_out
from vo_lcc.cli.databases import opened_existing
from vo_lcc.cli.options import CONFIG, DATA, Arguments, Command, configured, option
from vo_lcc.config import Config
from vo_lcc.db.catalog import load_catalog
from vo_lcc.errors import UsageError
from vo_lcc.parts import make_context
from vo_lcc.tap.explain import explained
from vo_lcc.tap.params import TapParams


def run_adql(options: Arguments) -> int:
    """Show the SQL a query becomes; or say of many queries whether they parse."""
    if options.parse is not None:
        with options.parse as lines:
            for verdict in check_lines(lines):
                print(verdict, flush=True)
        return 0
    if options.query is None:
        raise UsageError("give a query, or --parse FILE")
    config = configured(options)
    with opened_existing(config) as database:
        if options.explain:
            text = asyncio.run(explain_once(config, database.url, options.query))
            print(text, end="")
        else:
            plan = compile_query(options.query, load_catalog(database))
            print(lay_out(plan.sql))
    return 0


async def explain_once(config: Config, url: str, query: str) -> str:
    """What a server with these settings would answer at `/tap/explain`."""
    context = make_context(config, url)
    try:
        return await explained(context, TapParams(query, None), "text/plain")
    finally:
        await context.close()


ADQL = Command(
    "adql",
    run_adql,
    "Show the SQL that a query becomes, or check many queries.",
    (
        option("query", nargs="?", metavar="QUERY", help="one query, in quotes"),
        option(
            "--parse",
            type=argparse.FileType("r", encoding="utf-8"),
            metavar="FILE",
            help="queries to check, - for standard input: a JSON string a line in,"
            " OK or ERR line:column message out",
        ),
        option(
            "--explain",
            action="store_true",
            help="show also how the query is understood, PostgreSQL's plan with the"
            " rows and cost it expects, and the columns of the result; nothing is run",
        ),
        CONFIG,
        DATA,
    ),
)
