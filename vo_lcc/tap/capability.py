"""How TAP is advertised (TAPRegExt 1.0; see `drafts` for 1.1).

Nothing is advertised that is not there: an optional feature of ADQL is listed
when its example compiles.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from pydantic import AnyUrl
from vo_models.tapregext.models import (
    DataLimit,
    DataLimits,
    DataModelType,
    Language,
    LanguageFeature,
    LanguageFeatureList,
    OutputFormat,
    TableAccess,
    TimeLimits,
    UploadMethod,
    Version,
)
from vo_models.vodataservice import ParamHTTP
from vo_models.voresource.models import AccessURL

from vo_lcc.adql import compile_query
from vo_lcc.adql.functions import FUNCTIONS
from vo_lcc.dali.capability import Element, Limits, Site, capability, param_http
from vo_lcc.db.regtap_schema import DATA_MODEL as REGTAP_MODEL
from vo_lcc.errors import QueryError
from vo_lcc.formats import FORMATS, Format
from vo_lcc.lightcurves.obscore import CORE, TIME
from vo_lcc.tables import Catalog, Column, Schema, Table
from vo_lcc.tap.drafts import add_drafts

TAPREGEXT = "ivo://ivoa.net/std/TAPRegExt"
# ADQL 2.1, section 4.1: in lower case, though their comparison ignores it.
FEATURES = "ivo://ivoa.net/std/tapregext#features-"
# Words that no standard has; DaCHS lists them here, and pyvo looks for MOC.
EXTENSIONS = "ivo://org.gavo.dc/std/exts#extra-adql-keywords"

# The optional features of ADQL 2.1 (section 4): an example of each over table s.t,
# whose columns are a, b (numbers), p (a point), x (text).
EXAMPLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "adqlgeo": {
            "AREA": "SELECT AREA(CIRCLE(a, b, 1)) FROM s.t",
            "BOX": "SELECT BOX(a, b, 1, 1) FROM s.t",
            "CENTROID": "SELECT CENTROID(CIRCLE(a, b, 1)) FROM s.t",
            "CIRCLE": "SELECT CIRCLE(a, b, 1) FROM s.t",
            "CONTAINS": "SELECT a FROM s.t WHERE 1=CONTAINS(p, CIRCLE(1, 2, 3))",
            "COORD1": "SELECT COORD1(p) FROM s.t",
            "COORD2": "SELECT COORD2(p) FROM s.t",
            "COORDSYS": "SELECT COORDSYS(p) FROM s.t",
            "DISTANCE": "SELECT DISTANCE(p, POINT(1, 2)) FROM s.t",
            "INTERSECTS": "SELECT a FROM s.t WHERE 1=INTERSECTS(p, CIRCLE(1, 2, 3))",
            "POINT": "SELECT POINT(a, b) FROM s.t",
            "POLYGON": "SELECT POLYGON(1, 2, 3, 4, 5, 6) FROM s.t",
            "REGION": "SELECT REGION('CIRCLE 1 2 3') FROM s.t",
        },
        "adql-string": {
            "LOWER": "SELECT LOWER(x) FROM s.t",
            "UPPER": "SELECT UPPER(x) FROM s.t",
            "ILIKE": "SELECT x FROM s.t WHERE x ILIKE 'a%'",
        },
        "adql-sets": {
            "UNION": "SELECT a FROM s.t UNION SELECT b FROM s.t",
            "EXCEPT": "SELECT a FROM s.t EXCEPT SELECT b FROM s.t",
            "INTERSECT": "SELECT a FROM s.t INTERSECT SELECT b FROM s.t",
        },
        "adql-common-table": {
            "WITH": "WITH w AS (SELECT a FROM s.t) SELECT a FROM w",
        },
        "adql-type": {"CAST": "SELECT CAST(a AS INTEGER) FROM s.t"},
        "adql-conditional": {"COALESCE": "SELECT COALESCE(a, b) FROM s.t"},
        "adql-unit": {"IN_UNIT": "SELECT IN_UNIT(a, 'rad') FROM s.t"},
        "adql-offset": {"OFFSET": "SELECT a FROM s.t ORDER BY a OFFSET 1"},
    }
)
# What goes beyond ADQL 2.1: what each is, and an example.
BEYOND: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "MOC": (
            "A MOC of an ASCII MOC ('4/13 17-18 8/3002'), of a geometry, or of an order"
            " and a geometry, for CONTAINS, INTERSECTS and AREA.",
            "SELECT MOC(6, CIRCLE(a, b, 1)) FROM s.t",
        ),
        "CASE": (
            "CASE WHEN condition THEN value ... ELSE value END, as in SQL.",
            "SELECT CASE WHEN a < 1 THEN 'x' ELSE 'y' END FROM s.t",
        ),
        "NULLIF": (
            "NULL where two values are equal, else the first.",
            "SELECT NULLIF(a, 0) FROM s.t",
        ),
        "CROSS JOIN": (
            "Every row of one table beside every row of another.",
            "SELECT u.a FROM s.t AS u CROSS JOIN s.t AS v",
        ),
        "OVER": (
            "Window functions: function(...) OVER (PARTITION BY ... ORDER BY ...), for"
            " aggregates and ROW_NUMBER, RANK, DENSE_RANK, PERCENT_RANK, CUME_DIST,"
            " NTILE, LAG, LEAD, FIRST_VALUE, LAST_VALUE, NTH_VALUE.",
            "SELECT RANK() OVER (PARTITION BY x ORDER BY a) FROM s.t",
        ),
        "%": ("The remainder of a division.", "SELECT CAST(a AS INTEGER) % 2 FROM s.t"),
        "& | ^ ~": (
            "And, or, exclusive or, not of the bits of whole numbers.",
            "SELECT 6 & 3 | 1 ^ ~8 FROM s.t",
        ),
        "0x": ("Hexadecimal numbers of up to 63 bits.", "SELECT 0xFF FROM s.t"),
    }
)
EXAMPLE_COLUMNS = (
    Column("a", "double", unit="deg"),
    Column("b", "double", unit="deg"),
    Column("p", "double", "2", xtype="point"),
    Column("x", "char", "*"),
)
EXAMPLE_CATALOG = Catalog((Schema("s", (Table("s", "t", EXAMPLE_COLUMNS),)),))

DATA_MODELS = (("ObsCore 1.1", CORE), ("ObsCore extension for time series", TIME))
REGISTRY = ("Registry 1.2", REGTAP_MODEL)

FORMAT_IDS = MappingProxyType(
    {
        "votable/td": f"{TAPREGEXT}#output-votable-td",
        "votable/b": f"{TAPREGEXT}#output-votable-binary",
        "votable/b2": f"{TAPREGEXT}#output-votable-binary2",
    }
)


def capabilities(site: Site) -> list[Element]:
    """The one capability of TAP, and its examples."""
    interface = ParamHTTP(
        role="std",
        version="1.1",
        access_url=[AccessURL(use="base", value=AnyUrl(f"{site.base_url}/tap"))],
    )
    access = TableAccess(
        interface=[interface],
        data_model=[
            DataModelType(value=name, ivo_id=ivoid) for name, ivoid in data_models(site)
        ],
        language=[adql(site.finds_names)],
        output_format=[output_format(each) for each in FORMATS],
        upload_method=[
            UploadMethod(ivo_id=f"{TAPREGEXT}#upload-{way}")
            for way in upload_ways(site.limits)
        ],
        retention_period=TimeLimits(
            default=site.limits.retention, hard=site.limits.hard_retention
        ),
        execution_duration=TimeLimits(
            default=site.limits.execution_duration,
            hard=site.limits.hard_execution_duration,
        ),
        output_limit=row_limits(site.limits),
        upload_limit=byte_limits(site.limits),
    )
    examples = param_http(f"{site.base_url}/tap/examples")
    element = access.to_xml_tree(skip_empty=True)
    return [
        add_drafts(element, site) if site.drafts else element,
        capability("ivo://ivoa.net/std/DALI#examples", examples),
    ]


def data_models(site: Site) -> tuple[tuple[str, str], ...]:
    """The data models that tables follow.

    That of the Registry is said only of all its resources (RegTAP 1.2, section 7).
    """
    return (*DATA_MODELS, REGISTRY) if site.publisher.full_registry else DATA_MODELS


@cache
def adql(finds_names: bool = False) -> Language:
    """ADQL 2.0 and 2.1, with the optional features that are there.

    `ivo_simbadpoint` is one of them where the server `finds_names`.
    """
    lists = [
        LanguageFeatureList(
            type=FEATURES + name,
            feature=[LanguageFeature(form=f) for f, q in forms.items() if compiles(q)],
        )
        for name, forms in EXAMPLES.items()
    ]
    lists += [user_defined_functions(finds_names), extensions()]
    return Language(
        name="ADQL",
        version=[
            Version(value=version, ivo_id=f"ivo://ivoa.net/std/ADQL#v{version}")
            for version in ("2.0", "2.1")
        ],
        description="Astronomical Data Query Language",
        language_features=[each for each in lists if each.feature],
    )


def user_defined_functions(finds_names: bool) -> LanguageFeatureList:
    """Each form of each function beyond ADQL, with what it does."""
    return LanguageFeatureList(
        type=FEATURES + "udf",
        feature=[
            LanguageFeature(form=form.declared, description=function.doc)
            for name, function in FUNCTIONS.items()
            for form in function.forms
            if form.declared and (finds_names or name != "IVO_SIMBADPOINT")
        ],
    )


def extensions() -> LanguageFeatureList:
    """What is understood beyond ADQL 2.1."""
    return LanguageFeatureList(
        type=EXTENSIONS,
        feature=[
            LanguageFeature(form=form, description=description)
            for form, (description, query) in BEYOND.items()
            if compiles(query)
        ],
    )


def compiles(query: str) -> bool:
    """Whether this server can run `query`."""
    try:
        compile_query(query, EXAMPLE_CATALOG)
    except QueryError:
        return False
    return True


def output_format(known: Format) -> OutputFormat:
    """A format with the names by which it can be asked for."""
    names = (known.name, *known.aliases)
    return OutputFormat(
        mime=known.media_type,
        alias=[name for name in names if name != known.media_type],
        ivo_id=FORMAT_IDS.get(known.name),
    )


def upload_ways(limits: Limits) -> tuple[str, ...]:
    """How tables can be uploaded (TAPRegExt 1.0, section 2.5).

    >>> upload_ways(Limits())
    ('inline', 'http', 'https')
    """
    return ("inline", "http", "https") if limits.fetching.enabled else ("inline",)


def byte_limits(limits: Limits) -> DataLimits:
    """The limits on what is uploaded, in bytes; a client can ask for no more."""
    size = DataLimit(value=limits.upload_size, unit="byte")
    return DataLimits(default=size, hard=size)


def row_limits(limits: Limits) -> DataLimits:
    """The limits on rows; both are given, as clients fail where one is missing."""
    return DataLimits(
        default=DataLimit(value=limits.default_maxrec, unit="row"),
        hard=DataLimit(value=limits.hard_maxrec, unit="row"),
    )
