"""Links of real datasets, found as a client finds them: by service descriptors."""

from collections.abc import Iterator

from vo_lcc.validation.asking import Reply, joined, with_params
from vo_lcc.validation.checks.answers import link_fields, votable
from vo_lcc.validation.checks.check import Check
from vo_lcc.validation.documents import Element, local, named, read_votable, text_of
from vo_lcc.validation.findings import Finding, UnfitError, fail, legible, not_run
from vo_lcc.validation.subject import Subject

GROUP = "DataLink and SODA"
DATALINK = "ivo://ivoa.net/std/datalink"
SOURCES = ("ssa.query", "scs.query", "tap.sync")


def followed(subject: Subject) -> Iterator[Finding]:
    """The links of the first dataset that a search gives, and what #this leads to."""
    found = next(link_requests(subject), None)
    if found is None:
        yield not_run("no search of this server gives rows with a DataLink descriptor")
        return
    reply = subject.asker.get(found)
    subject.kept["datalink.links"] = reply
    yield from votable("OK")(reply)
    yield from link_fields(reply)
    root = read_votable(reply)
    rows = [row_of(root, each) for each in named(root, "TR")]
    if not rows:
        yield fail(f"{legible(found)}: no links", "give at least #this")
    for row in rows:
        told = [row.get(key) for key in ("access_url", "service_def", "error_message")]
        if sum(1 for each in told if each) != 1:
            yield fail(
                f"{legible(found)}: a row of {legible(row.get('semantics', ''))}"
                " has not exactly one of access_url, service_def, error_message"
            )
    yield from this(subject, rows)


def this(subject: Subject, rows: list[dict[str, str]]) -> Iterator[Finding]:
    """The dataset itself comes with the type that the link tells."""
    for row in rows:
        if row.get("semantics") == "#this" and row.get("access_url"):
            reply = subject.asker.get(row["access_url"])
            wanted = row.get("content_type", "").partition(";")[0].strip().lower()
            if reply.status != 200 or wanted not in ("", reply.media_type):
                yield fail(
                    f"{reply.about}; the link tells {legible(wanted)!r}",
                    "serve what the links tell",
                )
            if "votable" in wanted:
                subject.kept["datalink.this"] = reply
            return


def link_requests(subject: Subject) -> Iterator[str]:
    """URLs of links, each made of a descriptor and the first row of its table."""
    for name, reply in list(subject.documents()):
        if name in SOURCES:
            try:
                yield from described(reply, read_votable(reply))
            except UnfitError:  # told by the check of this probe
                continue


def described(reply: Reply, root: Element) -> Iterator[str]:
    """The requests that the DataLink descriptors of a document lead to."""
    for resource in named(root, "RESOURCE"):
        told = {
            str(each.get("name", "")).lower(): str(each.get("value", ""))
            for each in resource
            if local(each) == "PARAM"
        }
        if told.get("standardid", "").lower().startswith(DATALINK):
            for param in named(resource, "PARAM"):
                value = first_value(root, param.get("ref", ""))
                if value:
                    url = joined(reply.url, told.get("accessurl", ""))
                    yield with_params(url, [(str(param.get("name", "ID")), value)])


def first_value(root: Element, ref: str) -> str:
    """The value of a column, named by its ID, in the first row; "" without one."""
    for table in named(root, "TABLE"):
        names = [each.get("ID", "") for each in named(table, "FIELD")]
        if ref and ref in names:
            for row in named(table, "TR"):
                cells = [text_of(each) for each in row if local(each) == "TD"]
                return cells[names.index(ref)] if len(cells) == len(names) else ""
    return ""


def row_of(root: Element, row: Element) -> dict[str, str]:
    """A row of links by the names of its columns."""
    names = [str(each.get("name", "")) for each in named(root, "FIELD")]
    return dict(zip(names, (text_of(each) for each in row), strict=False))


CHECKS = (
    Check(
        "datalink.followed",
        GROUP,
        "links of a real dataset",
        followed,
        "datalink",
        True,
    ),
)
