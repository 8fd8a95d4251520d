"""Validators of others: the schemas of a folder, and STILTS."""

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vo_lcc.validation.asking import Reply, is_here
from vo_lcc.validation.checks.check import Check
from vo_lcc.validation.documents import Element, local, parse_xml
from vo_lcc.validation.findings import (
    Finding,
    UnfitError,
    fail,
    legible,
    not_run,
    note,
    warn,
)
from vo_lcc.validation.stilts import (
    Message,
    Stilts,
    file_for,
    information,
    read_report,
    read_votlint,
    totals,
)
from vo_lcc.validation.subject import Subject
from vo_lcc.validation.unavoidable import is_explained, reason_for

SCHEMAS = "XML schemas"
STILTS = "STILTS"
NO_SCHEMAS = "give a folder of the IVOA's schemas as --schemas DIR"
NO_STILTS = "install STILTS (Debian: stilts), or give it as --stilts PROGRAM"
LINTS = 2  # runs of votlint at a time
LEVELS = {"E": fail, "F": fail, "W": warn}
NAMES = {"E": "error", "W": "warning", "F": "failure"}
STRANGERS_TABLES = "20"  # of a server elsewhere taplint asks no more


def valid(subject: Subject) -> Iterator[Finding]:
    """Every XML document that was seen, errors included."""
    if subject.schemas is None:
        yield not_run("no schemas", NO_SCHEMAS)
        return
    unknown: dict[str, int] = defaultdict(int)
    checked = 0
    for (name, url), reply in subject.xml_documents().items():
        try:
            root = parse_xml(reply)
        except UnfitError as error:
            yield fail(f"{name}: {error}", "send well-formed XML")
            continue
        if not subject.schemas.knows(root):
            unknown[legible(str(root.tag), 120)] += 1
            continue
        checked += 1
        for problem in subject.schemas.problems(root):
            yield fail(f"{name} ({legible(url)}): {problem}", "follow the schema")
    yield note(
        f"{checked} documents; {len(subject.schemas.names)} namespaces are known"
    )
    for tag, times in unknown.items():
        yield not_run(f"{times} documents <{tag}>: no schema of that namespace")


def tap_linted(subject: Subject) -> Iterator[Finding]:
    """Stilts taplint: all stages, unless some are chosen."""
    if subject.stilts is None:
        yield not_run("no STILTS", NO_STILTS)
        return
    words = ["maxrepeat=1000", "truncate=400"]
    if subject.stages:
        words.append(f"stages={subject.stages}")
    for service in subject.services.of("tap")[:1]:
        gentle = [] if is_here(service.url) else [f"maxtable={STRANGERS_TABLES}"]
        said = subject.stilts.run("taplint", *words, *gentle, f"tapurl={service.url}")
        yield from reported("taplint", said, subject.stilts)
        for code, times in information(said).items():
            if not is_explained(code):
                yield note(
                    f"{times} x I-{code}, which is not in the list of what is known"
                )


def links_linted(subject: Subject) -> Iterator[Finding]:
    """Stilts datalinklint on all links that were seen."""
    if subject.stilts is None:
        yield not_run("no STILTS", NO_STILTS)
        return
    found = {
        name: reply
        for name, reply in subject.documents()
        if name.startswith("datalink.") and name != "datalink.this"
    }
    said = linted("datalinklint", found, subject.stilts, "maxrepeat=1000")
    for name, report in said.items():
        yield from reported("datalinklint", report, subject.stilts, f"{name}: ")


def reported(
    task: str, said: str, stilts: Stilts, where: str = ""
) -> Iterator[Finding]:
    """What a report tells: faults, those that are unavoidable apart, and the totals."""
    excused: dict[str, int] = defaultdict(int)
    for message in read_report(said):
        reason = reason_for(task, message, stilts.version)
        if reason is None:
            yield finding(task, message, where)
        else:
            told = f"{message.level}-{message.code}: {reason}"
            excused[told] += message.times
    for told, times in excused.items():
        yield note(f"{where}unavoidable in STILTS {stilts.version}: {times} x {told}")
    ended = totals(said)
    if ended:
        yield note(f"{where}STILTS {stilts.version}: {ended}")
    else:
        yield fail(f"{where}{task} did not end well: {legible(said[-2000:])}")


def finding(task: str, message: Message, where: str = "") -> Finding:
    """A message of a lint."""
    more = f" ({message.times} more)" if message.times > 1 else ""
    what = f"{where}{message.level}-{message.code} {message.text}{more}"
    remedy = f"an {NAMES[message.level]} of {task}: see its documentation"
    return LEVELS[message.level](
        what.strip(), remedy.replace("an w", "a w").replace("an f", "a f")
    )


def tables_linted(subject: Subject) -> Iterator[Finding]:
    """Stilts votlint on every kind of VOTable that was seen, errors included."""
    stilts = subject.stilts
    if stilts is None:
        yield not_run("no STILTS", NO_STILTS)
        return
    tables = dict(votables(subject.xml_documents().items()))
    if not tables:
        yield not_run("no VOTable was seen")
    for name, said in linted("votlint", tables, stilts).items():
        for message in read_votlint(said):
            yield finding("votlint", message, f"{name}: ")
    yield note(f"{len(tables)} VOTables: {', '.join(tables)}")


def linted(
    task: str, documents: Mapping[str, Reply], stilts: Stilts, *words: str
) -> dict[str, str]:
    """What a task of STILTS says of each document."""

    def lint(path: Path) -> str:
        try:
            return stilts.run(task, *words, str(path))
        except UnfitError as error:
            return f"Error: {error}"

    with (
        tempfile.TemporaryDirectory(prefix="vo-lcc-validate-") as folder,
        ThreadPoolExecutor(LINTS) as threads,
    ):
        paths = [
            file_for(Path(folder), f"{at}.vot", reply.body)
            for at, reply in enumerate(documents.values())
        ]
        return dict(zip(documents, threads.map(lint, paths), strict=True))


def votables(
    documents: Iterable[tuple[tuple[str, str], Reply]],
) -> Iterator[tuple[str, Reply]]:
    """VOTables, and what should be some: one of those that are made alike."""
    seen = set()
    for (name, _), reply in documents:
        try:
            root = parse_xml(reply)
            shape = shape_of(root) if local(root) == "VOTABLE" else None
        except UnfitError:
            shape = name if "votable" in reply.media_type else None
        if shape is not None and shape not in seen:
            seen.add(shape)
            yield name, reply


def shape_of(root: Element) -> object:
    """All of a VOTable but its rows, and what its INFOs say: most errors are alike."""
    return tuple(
        (
            each.tag,
            *(
                pair
                for pair in each.items()
                if local(each) != "INFO" or pair[0] != "value"
            ),
        )
        for each in root.iter()
        if local(each) not in ("", "TD", "TR")
    )


CHECKS = (
    Check("schemas", SCHEMAS, "every XML document is valid", valid),
    Check("stilts.taplint", STILTS, "taplint", tap_linted, "tap"),
    Check("stilts.votlint", STILTS, "votlint on VOTables", tables_linted),
    Check(
        "stilts.datalinklint", STILTS, "datalinklint on links", links_linted, "datalink"
    ),
)
