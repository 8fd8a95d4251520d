"""harvest: the records of other publishing registries, by OAI-PMH."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from vo_lcc.cli.databases import opened_existing
from vo_lcc.cli.options import CONFIG, DATA, Arguments, Command, configured, option
from vo_lcc.config import Config
from vo_lcc.db import Database
from vo_lcc.errors import LockedError, UsageError
from vo_lcc.parts import harvest_settings
from vo_lcc.registry.harvest import (
    Harvester,
    HarvestLimits,
    Report,
    find_publishers,
    forget_unlisted,
)
from vo_lcc.registry.harvest.publishers import PublishingRegistry
from vo_lcc.registry.harvest.state import State, read_states

HEADINGS = ("PEER", "RECORDS", "COMPLETE", "ALL READ", "NEXT", "STATE")
COUNT = (
    "SELECT registry, count(*) FROM vo_lcc.records"
    " WHERE registry <> '' AND status = 'active' GROUP BY registry"
)


def run_harvest(options: Arguments) -> int:
    """Harvest peers, show how far they are, or find some."""
    if options.publishers is not None:
        found = asyncio.run(find_publishers(options.publishers, HarvestLimits()))
        print(as_settings(found))
        return 0
    config = configured(options)
    peers = wanted(config, options.urls)
    with opened_existing(config) as database:
        if options.list:
            counts = dict(database.fetch(COUNT))
            print(table_of(read_states(database), counts, config.registry.peers))
            return 0
        return asyncio.run(harvest(database, config, peers, options.full))


def wanted(config: Config, urls: Sequence[str]) -> Sequence[str]:
    """The peers to harvest; all that are configured where none is named."""
    peers = config.registry.peers
    strange = [url for url in urls if url not in peers]
    if strange:
        raise UsageError(
            f"{strange[0]} is none of the peers of [registry] in the settings; name it"
            " there, since the records of others are given up"
        )
    return urls or peers


async def harvest(
    database: Database, config: Config, peers: Sequence[str], full: bool
) -> int:
    """Harvest one after another, and tell of each; 1 if one failed."""
    harvester = Harvester(database, harvest_settings(config))
    failed = False
    try:
        for url, number in await forget_unlisted(harvester, config.registry.peers):
            print(f"{url}\n  is no peer any more: {number} records given up")
        if not peers:
            print("there are no peers: [registry] of the settings names none")
        for url in peers:
            try:
                report = await harvester.harvest(url, full=full)
            except LockedError as error:
                print(f"{url}\n  not now: {error}")
                failed = True
                continue
            if report is not None:
                print(told(report), flush=True)
                failed |= report.error is not None
    finally:
        harvester.close()
    return int(failed)


def told(report: Report) -> str:
    """What a harvest did, line by line.

    >>> print(told(Report("https://a.example/oai", "A", seconds=1.25)))
    https://a.example/oai (A)
      all of it, in 1.2 s: 0 records taken, 0 unchanged, 0 deleted, 0 vanished
    """
    counts = report.counts
    what = "all of it" if report.is_full else "what is new"
    if report.resumed:
        what += ", going on where the last harvest was cut short"
    lines = [
        f"{report.url} ({report.title})" if report.title else report.url,
        f"  {what}, in {report.seconds:.1f} s: {counts.taken} records taken,"
        f" {counts.unchanged} unchanged, {counts.deleted} deleted,"
        f" {counts.vanished} vanished",
    ]
    lines += [
        f"  authority {authority} is that of {whose}: its records are refused"
        for authority, whose in report.withheld
    ]
    for reason, refused in counts.refused.items():
        examples = f" ({', '.join(refused.examples)})" if refused.examples else ""
        lines.append(f"  {refused.number} refused: {reason}{examples}")
    if report.error is not None:
        lines.append(f"  FAILED: {report.error}")
    return "\n".join(lines)


def table_of(
    states: Iterable[State], counts: dict[str, int], peers: Sequence[str]
) -> str:
    """The state of each peer as a line of a table.

    >>> print(table_of([], {}, ["https://a.example/oai"]))
    PEER                   RECORDS  COMPLETE  ALL READ  NEXT  STATE
    https://a.example/oai  0        -         -         -     never harvested
    """
    known = {state.url: state for state in states}
    urls = [*peers, *(url for url in known if url not in peers)]
    rows: list[tuple[str, ...]] = [HEADINGS]
    for url in urls:
        state = known.get(url, State(url))
        times = map(moment, (state.complete_at, state.full_at, state.due))
        words = state_of(state, is_peer=url in peers)
        rows.append((url, str(counts.get(url, 0)), *times, words))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def state_of(state: State, *, is_peer: bool) -> str:
    """How it is with a peer, in a few words.

    >>> state_of(State("x", failures=1, error="it answers 503"), is_peer=True)
    'failed once: it answers 503'
    """
    if not is_peer:
        return "no peer any more"
    if state.error is not None:
        times = "once" if state.failures == 1 else f"{state.failures} times"
        return f"failed {times}: {state.error}"
    if state.token is not None:
        return f"in progress, or cut short, after {state.counts.read} records"
    return "never harvested" if state.complete_at is None else "complete"


def moment(time: datetime | None) -> str:
    """A time in UTC to the second, or a dash."""
    return "-" if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}"


def as_settings(found: Iterable[PublishingRegistry]) -> str:
    """Registries as the settings name peers.

    >>> print(as_settings([PublishingRegistry("ivo://a/r", "A", "https://a/oai")]))
    [registry]
    peers = [
        "https://a/oai",  # A (ivo://a/r)
    ]
    """
    lines = [
        f"    {json.dumps(each.url)},  # {each.title} ({each.identifier})"
        for each in found
    ]
    return "\n".join(["[registry]", "peers = [", *lines, "]"])


HARVEST = Command(
    "harvest",
    run_harvest,
    "Read the records of other registries, the peers of [registry].",
    (
        option("urls", nargs="*", metavar="URL", help="peers (default: all of them)"),
        option(
            "--full",
            action="store_true",
            help="read everything again, not only what is new",
        ),
        option(
            "--list", action="store_true", help="show how far each is; harvest nothing"
        ),
        option(
            "--publishers",
            metavar="URL",
            help="print the registries that the registry of registries at this OAI"
            " address knows, as settings, and do nothing else",
        ),
        CONFIG,
        DATA,
    ),
)
