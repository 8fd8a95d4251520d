"""What validators find that no server can avoid, with the reason; as data.

Everything else that is an error, a warning or a failure counts.
"""

import re
from dataclasses import dataclass

from vo_lcc.validation.stilts import Message

DATALINK_NEW = "thumbnail|coderived|documentation|package|counterpart|detached-header"


@dataclass(frozen=True, slots=True)
class Unavoidable:
    """A message of a STILTS task; `gone` is the first version known without it."""

    task: str
    level: str
    code: str
    text: str  # a regular expression
    seen: str
    gone: str
    reason: str

    def is_seen(self, task: str, message: Message, version: str) -> bool:
        """Is it this that a version of STILTS says?"""
        return (
            (task, message.level, message.code) == (self.task, self.level, self.code)
            and number(version) < number(self.gone)
            and re.match(self.text, message.text) is not None
        )


UNAVOIDABLE: tuple[Unavoidable, ...] = (
    Unavoidable(
        "taplint", "W", "CAP-CULF",
        'Custom feature type "ivo://ivoa.net/std/tapregext#features-',
        "3.4.7", "3.5.4",
        "ADQL 2.1 (section 4.1) demands these identifiers in lower case; this version"
        " compares them letter by letter with those of TAPRegExt 1.0.",
    ),
    Unavoidable(
        "taplint", "W", "CAP-CULF",
        'Custom feature type "ivo://org.gavo.dc/std/exts#extra-adql-keywords"',
        "3.4.7", "3.5.4",
        "Where a service understands more than ADQL has, it says so under this"
        " identifier, which other servers use too; only later versions know it.",
    ),
    Unavoidable(
        "taplint", "W", "LOC-PGEO",
        "No required ADQL geometry functions declared",
        "3.4.7", "3.5.4",
        "The same identifiers, looked for letter by letter.",
    ),
    Unavoidable(
        "datalinklint", "E", "SMCO",
        f"Unknown predicate '({DATALINK_NEW})' from core DataLink vocabulary",
        "3.4.7", "3.5.4",
        "The vocabulary http://www.ivoa.net/rdf/datalink/core has this term; the copy"
        " built into this version is older.",
    ),
)  # fmt: skip

# What is mere information: why each of these codes stands in a report.
INFORMATION: tuple[tuple[str, str], ...] = (
    ("TMV-VURL|CPV-VURL|AVV-VURL", "tells which document is validated"),
    ("TME-CURL|TME-TURL|EXA-EURL", "tells which document is read"),
    ("TMS-TAPV", "tells by which version of TAP the service is judged"),
    ("CAP-SVRI", "tells the Server header that the service sends"),
    (
        "CAP-CULF",
        "what a service understands beyond ADQL is told under an identifier that the"
        " validator takes for one of the service's own",
    ),
    ("QGE-SCHM|QPO-SCHM|QAS-SCHM|MDQ-SCHM", "tells where the metadata come from"),
    ("...-QSUB|...-QGET|...-QPST|...-QJOB", "tells a query that is submitted"),
    ("...-DUFF", "tells a query that must fail"),
    ("UWS-CJOB|UWS-POPA|UWS-VUWS", "tells of a job that is made, changed and read"),
    ("UWS-JOFI", "the job was done before its phases could be watched: it is fast"),
    ("OBS-DMID|LOC-DMID", "tells which data model a table is judged by"),
    (
        "UPL-YAR1",
        "is about the table that taplint itself uploads: a single character, without"
        " arraysize, comes back as it went in",
    ),
    (
        "EXA-EXVT",
        "DALI 1.1 asks for this vocabulary; TOPCAT 4.3 and 4.4 wanted an older name",
    ),
    (
        "...-YXNI",
        "the column has an xtype that is older than those of DALI, such as"
        " adql:REGION, because its data model has it so",
    ),
    ("EXA-EXMP", "tells which example is examined"),
)


def number(version: str) -> tuple[int, ...]:
    """A version that can be compared.

    >>> number("3.4.7") < number("3.10")
    True
    """
    return tuple(int(each) for each in version.split("."))


def reason_for(task: str, message: Message, version: str) -> str | None:
    """Why a message is unavoidable in a version of STILTS; None where it is not."""
    found = (each for each in UNAVOIDABLE if each.is_seen(task, message, version))
    return next((each.reason for each in found), None)


def is_explained(code: str) -> bool:
    """Is a code of mere information known?

    >>> is_explained("MDQ-QSUB"), is_explained("XXX-NONE")
    (True, False)
    """
    return any(re.fullmatch(codes, code) for codes, _ in INFORMATION)


def as_markdown() -> str:
    """What is unavoidable by version of STILTS, and what is mere information."""
    lines = [
        "| STILTS | task | code | text | reason |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {each.seen}, not in {each.gone} | {each.task} | {each.level}-{each.code}"
        f" | {shown(each.text)} | {each.reason} |"
        for each in UNAVOIDABLE
    ]
    lines += ["", "| code | what it tells |", "|---|---|"]
    lines += [
        f"| {', '.join(f'I-{code}' for code in codes.split('|'))} | {reason} |"
        for codes, reason in INFORMATION
    ]
    return "\n".join(lines) + "\n"


def shown(text: str) -> str:
    """A regular expression in a table of Markdown."""
    return f"`{text}`".replace("|", "\\|")
