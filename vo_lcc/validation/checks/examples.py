"""Examples of TAP (DALI 1.1, section 2.3): well marked, and they run."""

from collections.abc import Iterator

from vo_lcc.validation.asking import Reply
from vo_lcc.validation.checks.check import Check
from vo_lcc.validation.documents import (
    Element,
    parse_xml,
    query_status,
    read_votable,
)
from vo_lcc.validation.findings import Finding, UnfitError, fail, legible, not_run
from vo_lcc.validation.probes import ADQL
from vo_lcc.validation.subject import Subject

GROUP = "TAP"
VOCABULARY = "http://www.ivoa.net/rdf/examples#"
MOST = 10  # examples that are run


def marked(subject: Subject) -> Iterator[Finding]:
    """The vocabulary, and each example with what it must have."""
    yield from there(subject)
    for reply in documents(subject):
        root = parse_xml(reply)
        if not root.xpath("//*[@vocab=$uri]", uri=VOCABULARY):
            yield fail(f"{legible(reply.url)}: no vocab={VOCABULARY!r}")
        for example in root.xpath("//*[@typeof='example']"):
            told = legible(example.get("id", ""))
            if not told or example.get("resource") != f"#{example.get('id')}":
                yield fail(f"example {told!r}: resource is not '#' and its id")
            if len(example.xpath(".//*[@property='name']")) != 1:
                yield fail(f"example {told!r}: not exactly one name")
            if len(example.xpath(".//*[@property='query']")) != 1:
                yield fail(f"example {told!r}: not exactly one query")


def run_examples(subject: Subject) -> Iterator[Finding]:
    """Each query is answered; only the first rows are asked for."""
    yield from there(subject)
    for reply in documents(subject):
        for example in queries(parse_xml(reply))[:MOST]:
            yield from run_query(subject, "".join(example.itertext()))


def run_query(subject: Subject, query: str) -> Iterator[Finding]:
    """One query."""
    tap = subject.services.of("tap")[0]
    params = (ADQL, ("QUERY", query), ("MAXREC", "5"))
    try:
        root = read_votable(subject.asker.get(f"{tap.url.rstrip('/')}/sync", params))
    except UnfitError as error:
        yield fail(f"{legible(query, 80)!r}: {error}")
        return
    status, text = query_status(root)
    if status not in ("OK", "OVERFLOW"):
        yield fail(f"{legible(query, 80)!r}: {legible(text)}", "give examples that run")


def queries(root: Element) -> list[Element]:
    """The elements that hold queries."""
    return list(root.xpath("//*[@property='query']"))


def documents(subject: Subject) -> Iterator[Reply]:
    """The pages of examples that belong to TAP."""
    taps = [each.url.rstrip("/") for each in subject.services.of("tap")]
    for tap in taps[:1]:
        reply = subject.asker.get(f"{tap}/examples")
        if reply.status == 200:
            yield reply


def there(subject: Subject) -> Iterator[Finding]:
    """Examples are wished for, not demanded."""
    if not list(documents(subject)):
        yield not_run("the service has no examples")


CHECKS = (
    Check("tap.examples", GROUP, "there are examples", there, "tap"),
    Check(
        "tap.examples-marked", GROUP, "examples are marked as DALI asks", marked, "tap"
    ),
    Check("tap.examples-run", GROUP, "examples run", run_examples, "tap"),
)
