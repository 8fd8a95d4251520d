"""Whether the answer to a probe has the form it must have."""

from collections.abc import Callable, Iterator

from vo_lcc.validation.asking import Reply
from vo_lcc.validation.checks.check import Check, Run
from vo_lcc.validation.documents import (
    child_text,
    cone_error,
    excerpt,
    field_names,
    local,
    named,
    parse_xml,
    query_status,
    read_votable,
    row_count,
)
from vo_lcc.validation.findings import (
    Finding,
    UnfitError,
    fail,
    legible,
    note,
    warn,
)
from vo_lcc.validation.probes import PROBES, Probe
from vo_lcc.validation.subject import Subject

Judge = Callable[[Reply], Iterator[Finding]]

GROUPS = {
    "capabilities": "Self-description (VOSI)",
    "availability": "Self-description (VOSI)",
    "tables": "Self-description (VOSI)",
    "tap": "TAP",
    "scs": "Cone search",
    "ssa": "Simple spectral access (SSA)",
    "datalink": "DataLink and SODA",
    "soda": "DataLink and SODA",
}
VOTABLE_TYPES = ("application/x-votable+xml", "text/xml", "application/xml")
CONE_UCDS = (
    ("ID_MAIN", "meta.id;meta.main"),
    ("POS_EQ_RA_MAIN", "pos.eq.ra;meta.main"),
    ("POS_EQ_DEC_MAIN", "pos.eq.dec;meta.main"),
)
SSA_UTYPES = ("Access.Reference", "Access.Format", "Dataset.DataModel")
LINK_FIELDS = (
    "ID", "access_url", "service_def", "error_message", "description", "semantics",
    "content_type", "content_length",
)  # fmt: skip


def answered(reply: Reply) -> Iterator[Finding]:
    """Status 200, and a type of XML."""
    if reply.status != 200:
        yield fail(f"{reply.about}{excerpt(reply)}", "answer with status 200")
    yield from typed(reply)


def typed(reply: Reply) -> Iterator[Finding]:
    """A type of VOTable or XML."""
    if reply.media_type not in VOTABLE_TYPES:
        yield fail(reply.about, f"send Content-Type {' or '.join(VOTABLE_TYPES[:2])}")


def vosi(root_name: str) -> Judge:
    """A document of VOSI with a root element of this name."""

    def judge(reply: Reply) -> Iterator[Finding]:
        yield from answered(reply)
        seen = local(parse_xml(reply))
        if seen != root_name:
            yield fail(f"{reply.about}: <{legible(seen)}>", f"send <{root_name}>")

    return judge


def availability(reply: Reply) -> Iterator[Finding]:
    """An availability document that says that the service is there."""
    yield from vosi("availability")(reply)
    told = child_text(parse_xml(reply), "available")
    if told not in ("true", "1"):
        yield warn(f"{legible(reply.url)}: available is {legible(told)!r}")


def votable(*statuses: str) -> Judge:
    """A VOTable with one of these QUERY_STATUS (DALI 1.1, section 4.4)."""

    def judge(reply: Reply) -> Iterator[Finding]:
        yield from answered(reply)
        root = read_votable(reply)
        status, text = query_status(root)
        if status not in statuses:
            yield fail(
                f"{legible(reply.url)}: QUERY_STATUS is {legible(status)!r}"
                f" {legible(text)}".rstrip(),
                f'write <INFO name="QUERY_STATUS" value="{statuses[0]}"/> into the'
                ' RESOURCE of type="results"',
            )
        yield from version_known(root, reply)

    return judge


def version_known(root: object, reply: Reply) -> Iterator[Finding]:
    """VOTable 1.5 is not read by STILTS up to 3.4.7, which is wide-spread."""
    told = root.get("version", "")  # type: ignore[attr-defined]
    if told and told > "1.4":
        yield warn(
            f"{legible(reply.url)}: VOTable {legible(told)} unasked, which STILTS and"
            " TOPCAT of 2022 call an error",
            "declare 1.4 unless a client asks for more",
        )


def overflow(reply: Reply) -> Iterator[Finding]:
    """One row, and OVERFLOW."""
    yield from votable("OVERFLOW")(reply)
    rows = row_count(read_votable(reply))
    if rows is not None and rows != 1:
        yield fail(f"{legible(reply.url)}: {rows} rows, asked for 1")


def metadata(*statuses: str) -> Judge:
    """Columns, and no row."""

    def judge(reply: Reply) -> Iterator[Finding]:
        yield from (votable(*statuses) if statuses else answered)(reply)
        root = read_votable(reply)
        if not field_names(root):
            yield fail(f"{legible(reply.url)}: no FIELD", "describe the columns")
        if row_count(root):
            yield fail(f"{legible(reply.url)}: {row_count(root)} rows, asked for none")

    return judge


def error(reply: Reply) -> Iterator[Finding]:
    """A VOTable with QUERY_STATUS=ERROR and a message (DALI 1.1, section 4.4)."""
    yield from typed(reply)
    status, text = query_status(read_votable(reply))
    if status != "ERROR":
        yield fail(
            f"{legible(reply.url)}: QUERY_STATUS is {legible(status)!r}",
            "refuse what cannot be done, with QUERY_STATUS=ERROR",
        )
    elif not text:
        yield fail(f"{legible(reply.url)}: an ERROR without a message", "say why")
    if reply.status >= 500:
        yield warn(reply.about, "the client's mistakes have a status from 400 to 499")


def cone_fault(reply: Reply) -> Iterator[Finding]:
    """A VOTable with an INFO or PARAM named Error (SCS 1.03, section 2.3)."""
    yield from typed(reply)
    root = read_votable(reply)
    if cone_error(root) is None:
        status, _ = query_status(root)
        found = fail if status != "ERROR" else warn
        yield found(
            f"{legible(reply.url)}: no INFO or PARAM named Error",
            'write <INFO name="Error" value="why"/>',
        )


def cone(reply: Reply) -> Iterator[Finding]:
    """A table with the three columns that every cone search has."""
    yield from answered(reply)
    root = read_votable(reply)
    if cone_error(root) is not None:
        yield fail(f"{legible(reply.url)}: {legible(cone_error(root) or 'an error')}")
        return
    told = [each.get("ucd", "") for each in named(root, "FIELD")]
    for names in CONE_UCDS:
        if sum(ucd in names for ucd in told) != 1:
            yield fail(
                f"{legible(reply.url)}: not exactly one FIELD has ucd {names[0]}",
                "mark it so (SCS 1.03, section 2.2)",
            )


def cone_metadata(reply: Reply) -> Iterator[Finding]:
    """The columns of a cone search, without rows."""
    yield from cone(reply)
    yield from metadata()(reply)


def ssa_metadata(reply: Reply) -> Iterator[Finding]:
    """PARAMs INPUT: for what may be asked and OUTPUT: or FIELDs for what comes."""
    yield from votable("OK")(reply)
    root = read_votable(reply)
    names = [str(each.get("name", "")) for each in named(root, "PARAM")]
    for each in ("POS", "SIZE", "BAND", "TIME", "FORMAT"):
        if f"INPUT:{each}" not in names:
            yield fail(
                f"{legible(reply.url)}: no PARAM INPUT:{each}",
                "tell of the parameter (SSAP 1.1, section 8.1)",
            )
    yield from utypes(reply)


def ssa(reply: Reply) -> Iterator[Finding]:
    """A VOTable with the columns that every SSA service has."""
    yield from votable("OK", "OVERFLOW")(reply)
    yield from utypes(reply)


def utypes(reply: Reply) -> Iterator[Finding]:
    """The mandatory columns of SSA, found by utype."""
    root = read_votable(reply)
    found = [
        str(each.get("utype", "")).lower()
        for each in root.iter()
        if local(each) in ("FIELD", "PARAM")
    ]
    for each in SSA_UTYPES:
        if not any(utype.endswith(each.lower()) for utype in found):
            yield fail(f"{legible(reply.url)}: nothing has utype ssa:{each}")


def links(reply: Reply) -> Iterator[Finding]:
    """The columns of links (DataLink 1.1, section 3)."""
    yield from metadata("OK")(reply)
    yield from link_fields(reply)


def links_fault(reply: Reply) -> Iterator[Finding]:
    """A row whose error_message begins with the word for the fault."""
    yield from votable("OK")(reply)
    yield from link_fields(reply)
    if "Fault" not in reply.text:
        yield fail(
            f"{legible(reply.url)}: no row with a fault",
            "answer with a row whose error_message begins NotFoundFault",
        )


def link_fields(reply: Reply) -> Iterator[Finding]:
    """All columns that links must have."""
    missing = [
        each for each in LINK_FIELDS if each not in field_names(read_votable(reply))
    ]
    if missing:
        yield fail(f"{legible(reply.url)}: no FIELD {', '.join(missing)}")


def text_error(reply: Reply) -> Iterator[Finding]:
    """A status of an error and words in plain text (SODA 1.0, section 5)."""
    if reply.status < 400:
        yield fail(reply.about, "refuse what cannot be done, with a status of 4xx")
    if reply.media_type not in ("text/plain", *VOTABLE_TYPES):
        yield fail(reply.about, "say what is wrong as text/plain")
    if not reply.text.strip():
        yield fail(f"{reply.about}: no message", "say why")


FORMS: dict[str, Judge] = {
    "capabilities": vosi("capabilities"),
    "availability": availability,
    "tableset": vosi("tableset"),
    "votable": votable("OK", "OVERFLOW"),
    "overflow": overflow,
    "metadata": metadata("OK", "OVERFLOW"),
    "error": error,
    "cone": cone,
    "cone metadata": cone_metadata,
    "cone error": cone_fault,
    "ssa": ssa,
    "ssa metadata": ssa_metadata,
    "links": links,
    "links fault": links_fault,
    "text error": text_error,
}


def judged(probe: Probe) -> Run:
    """The check that a probe is answered as it must be by each service."""

    def run(subject: Subject) -> Iterator[Finding]:
        judge = FORMS[probe.form]
        for _, reply in subject.asked(probe):
            try:
                yield from judge(reply)
            except UnfitError as unfit:
                yield fail(str(unfit), f"send {probe.form}")
        known = len(subject.services.of(probe.kind))
        asked = len(subject.some(probe.kind))
        if asked < known:
            yield note(f"asked were {asked} of {known} services of this kind")

    return run


CHECKS = tuple(
    Check(each.name, GROUPS[each.kind], each.title, judged(each), each.kind)
    for each in PROBES
)
