"""The formats in which records are sent, by metadataPrefix."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vo_lcc.dali.capability import XSI
from vo_lcc.registry.oai.dublin_core import OAI_DC, OAI_DC_SCHEMA, dublin_core
from vo_lcc.registry.oai.problems import OAIError
from vo_lcc.voresource.names import REGISTRY_INTERFACE

RESOURCE = re.compile(r"(?:<\?xml[^>]*\?>)?\s*(<[\w.-]+:Resource\b)([^>]*>)")
SCHEMA_LOCATION = (
    f' xmlns:xsi="{XSI}" xsi:schemaLocation="{REGISTRY_INTERFACE} {REGISTRY_INTERFACE}"'
)


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its schema and namespace, and a record as it is stored in it."""

    prefix: str
    schema: str
    namespace: str
    write: Callable[[str], str]


def embedded(record: str) -> str:
    """A record as it stands inside a document of OAI-PMH.

    There names without a prefix are of OAI-PMH; those of VOResource are of no
    namespace, and the element has to say so. It names its schema too (OAI-PMH 2.0,
    section 2.5).

    >>> embedded('<ri:Resource xmlns:ri="ri" xsi:schemaLocation="ri ri"/>')
    '<ri:Resource xmlns="" xmlns:ri="ri" xsi:schemaLocation="ri ri"/>'
    """
    found = RESOURCE.match(record)
    if found is None:
        raise ValueError("the record is not an element with a prefix, like ri:Resource")
    name, rest = found.groups()
    said = "" if "schemaLocation=" in rest else SCHEMA_LOCATION
    if "xmlns:xsi=" in rest:
        said = said.replace(f' xmlns:xsi="{XSI}"', "")
    return f'{name} xmlns=""{said}{rest}{record[found.end() :]}'


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        each.prefix: each
        for each in (
            Format("ivo_vor", REGISTRY_INTERFACE, REGISTRY_INTERFACE, embedded),
            Format("oai_dc", OAI_DC_SCHEMA, OAI_DC, dublin_core),
        )
    }
)


def get_format(prefix: str) -> Format:
    """The format of this prefix; raises OAIError (cannotDisseminateFormat)."""
    if prefix not in FORMATS:
        problem = f"metadataPrefix: {prefix!r:.60} is none of {', '.join(FORMATS)}"
        raise OAIError("cannotDisseminateFormat", problem)
    return FORMATS[prefix]
