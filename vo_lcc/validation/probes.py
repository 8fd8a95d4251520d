"""Requests with what must come back: the cases, as data.

Each is asked of every service of its kind. The queries are of tables that every TAP
service has; what has no meaning anywhere stands for what must be refused.
"""

from dataclasses import dataclass

from vo_lcc.validation.asking import Pairs

TABLES = "SELECT TOP 1 table_name FROM TAP_SCHEMA.tables"
COLUMNS = "SELECT table_name, column_name FROM TAP_SCHEMA.columns"
NOWHERE = "ivo://example.org/none?such"
ADQL = ("LANG", "ADQL")


@dataclass(frozen=True, slots=True)
class Probe:
    """One request: to an access URL of `kind` with `path` and `params` added.

    `form` is the name of what must come back, one of `checks.answers.FORMS`.
    """

    name: str
    kind: str
    title: str
    form: str
    path: str = ""
    params: Pairs = ()
    method: str = "GET"


PROBES: tuple[Probe, ...] = (
    # VOSI 1.1
    Probe("vosi.capabilities", "capabilities", "capabilities", "capabilities"),
    Probe("vosi.availability", "availability", "availability", "availability"),
    Probe("vosi.tables", "tables", "tables", "tableset"),
    Probe(
        "vosi.tables-min", "tables", "tables without columns", "tableset",
        params=(("detail", "min"),),
    ),
    # TAP 1.1
    Probe(
        "tap.sync", "tap", "a query by GET", "votable", "/sync",
        (ADQL, ("QUERY", TABLES)),
    ),
    Probe(
        "tap.post", "tap", "a query by POST", "votable", "/sync",
        (ADQL, ("QUERY", TABLES)), "POST",
    ),
    Probe(
        "tap.names", "tap", "names of parameters in any case, unknown ones ignored",
        "votable", "/sync",
        (("lang", "ADQL"), ("Query", TABLES), ("vo-lcc", "validate")),
    ),
    Probe(
        "tap.maxrec", "tap", "MAXREC=1 cuts a longer result, and says so",
        "overflow", "/sync", (ADQL, ("QUERY", COLUMNS), ("MAXREC", "1")),
    ),
    Probe(
        "tap.maxrec-0", "tap", "MAXREC=0 gives the columns alone", "metadata",
        "/sync", (ADQL, ("QUERY", COLUMNS), ("MAXREC", "0")),
    ),
    Probe(
        "tap.no-query", "tap", "no QUERY: an error document", "error", "/sync", (ADQL,),
    ),
    Probe(
        "tap.bad-query", "tap", "ADQL that cannot be read: an error document",
        "error", "/sync", (ADQL, ("QUERY", "SELECT FROM WHERE")),
    ),
    Probe(
        "tap.bad-table", "tap", "no such table: an error document", "error", "/sync",
        (ADQL, ("QUERY", "SELECT * FROM no_schema.no_table")),
    ),
    Probe(
        "tap.bad-lang", "tap", "no such language: an error document", "error", "/sync",
        (("LANG", "NONE-1.0"), ("QUERY", TABLES)),
    ),
    Probe(
        "tap.bad-format", "tap", "no such format: an error document", "error", "/sync",
        (ADQL, ("QUERY", TABLES), ("RESPONSEFORMAT", "application/x-none")),
    ),
    Probe(
        "tap.bad-maxrec", "tap", "MAXREC that is no number: an error document",
        "error", "/sync", (ADQL, ("QUERY", TABLES), ("MAXREC", "many")),
    ),
    # Simple Cone Search 1.03
    Probe(
        "scs.metadata", "scs", "SR=0 gives the columns alone", "cone metadata",
        params=(("RA", "0"), ("DEC", "0"), ("SR", "0")),
    ),
    Probe("scs.query", "scs", "the query that the service gives as a test", "cone"),
    Probe(
        "scs.no-ra", "scs", "no RA: an error document", "cone error",
        params=(("DEC", "0"), ("SR", "0.1")),
    ),
    Probe(
        "scs.bad-dec", "scs", "DEC that is no number: an error document", "cone error",
        params=(("RA", "0"), ("DEC", "north"), ("SR", "0.1")),
    ),
    # SSAP 1.1
    Probe(
        "ssa.metadata", "ssa", "FORMAT=METADATA tells of parameters and columns",
        "ssa metadata", params=(("REQUEST", "queryData"), ("FORMAT", "METADATA")),
    ),
    Probe(
        "ssa.query", "ssa", "the query that the service gives as a test", "ssa",
        params=(("REQUEST", "queryData"), ("MAXREC", "5")),
    ),
    Probe(
        "ssa.bad-pos", "ssa", "POS that is no position: an error document", "error",
        params=(("REQUEST", "queryData"), ("POS", "north"), ("SIZE", "0.1")),
    ),
    # DataLink 1.1
    Probe("datalink.none", "datalink", "no ID gives the columns alone", "links"),
    Probe(
        "datalink.unknown", "datalink", "an unknown ID has a row that says so",
        "links fault", params=(("ID", NOWHERE),),
    ),
    # SODA 1.0
    Probe("soda.no-id", "soda", "no ID: an error in words", "text error"),
    Probe(
        "soda.unknown", "soda", "an unknown ID: an error in words", "text error",
        params=(("ID", NOWHERE),),
    ),
)  # fmt: skip

# Verbs of OAI-PMH 2.0 with the elements or errors that answer them.
OAI: tuple[tuple[str, Pairs, str], ...] = (
    ("Identify", (("verb", "Identify"),), "Identify"),
    ("formats", (("verb", "ListMetadataFormats"),), "ListMetadataFormats"),
    ("sets", (("verb", "ListSets"),), "ListSets"),
    (
        "identifiers",
        (
            ("verb", "ListIdentifiers"),
            ("metadataPrefix", "ivo_vor"),
            ("set", "ivo_managed"),
        ),
        "ListIdentifiers",
    ),
    (
        "records",
        (
            ("verb", "ListRecords"),
            ("metadataPrefix", "ivo_vor"),
            ("set", "ivo_managed"),
        ),
        "ListRecords",
    ),
    (
        "oai_dc",
        (("verb", "ListRecords"), ("metadataPrefix", "oai_dc")),
        "ListRecords",
    ),
    ("no-verb", (), "badVerb"),
    ("bad-verb", (("verb", "Harvest"),), "badVerb"),
    ("no-prefix", (("verb", "ListRecords"),), "badArgument"),
    (
        "bad-argument",
        (("verb", "Identify"), ("metadataPrefix", "ivo_vor")),
        "badArgument",
    ),
    (
        "bad-prefix",
        (("verb", "ListRecords"), ("metadataPrefix", "none")),
        "cannotDisseminateFormat",
    ),
    (
        "unknown",
        (
            ("verb", "GetRecord"),
            ("metadataPrefix", "ivo_vor"),
            ("identifier", "ivo://example.org/none"),
        ),
        "idDoesNotExist",
    ),
    (
        "bad-token",
        (("verb", "ListRecords"), ("resumptionToken", "none")),
        "badResumptionToken",
    ),
    (
        "bad-date",
        (
            ("verb", "ListRecords"),
            ("metadataPrefix", "ivo_vor"),
            ("from", "yesterday"),
        ),
        "badArgument",
    ),
    (
        "mixed-dates",
        (
            ("verb", "ListRecords"),
            ("metadataPrefix", "ivo_vor"),
            ("from", "2000-01-01"),
            ("until", "2001-01-01T00:00:00Z"),
        ),
        "badArgument",
    ),
)
