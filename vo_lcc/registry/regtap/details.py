"""The XPaths of rr.res_detail (RegTAP 1.2, appendix A), and their values."""

from collections.abc import Iterator

from vo_lcc.dali.capability import Element
from vo_lcc.registry.regtap.reading import children, local_name, own_text, tidy

CAPABILITY = """
complianceLevel creationType dataModel dataModel/@ivo-id dataSource defaultMaxRecords
executionDuration/default executionDuration/hard imageServiceType
interface/securityMethod/@standardID interface/testQueryString language/name
language/version/@ivo-id maxAperture maxFileSize maxImageExtent/lat maxImageExtent/long
maxImageSize maxImageSize/lat maxImageSize/long maxQueryRegionSize/lat
maxQueryRegionSize/long maxRecords maxSR maxSearchRadius
outputFormat/@ivo-id outputFormat/alias outputFormat/mime outputLimit/default
outputLimit/default/@unit outputLimit/hard outputLimit/hard/@unit
retentionPeriod/default retentionPeriod/hard supportedFrame testQuery/catalog
testQuery/dec testQuery/extras testQuery/pos/lat testQuery/pos/long
testQuery/pos/refframe testQuery/queryDataCmd testQuery/ra testQuery/size
testQuery/size/lat testQuery/size/long testQuery/sr testQuery/verb
uploadLimit/default uploadLimit/default/@unit uploadLimit/hard uploadLimit/hard/@unit
uploadMethod/@ivo-id verbosity
"""
RESOURCE = """
accessURL coverage/footprint coverage/footprint/@ivo-id deprecated endorsedVersion
facility facility/@ivo-id format
format/@isMIMEType full instrument instrument/@ivo-id managedAuthority managingOrg
managingOrg/@ivo-id productTypeServed rights rights/@rightsURI schema/@namespace
"""
PATHS = frozenset(
    [f"/capability/{path}" for path in CAPABILITY.split()]
    + [f"/{path}" for path in RESOURCE.split()]
)
"""All of the appendix, those that need not be there too, and some of later drafts."""

ATTRIBUTES = {
    start: [path for path in PATHS if path.rpartition("/@")[0] == start]
    for start in {path.rpartition("/@")[0] for path in PATHS if "/@" in path}
}
LEADING = {
    path[:end] for path in PATHS for end, letter in enumerate(path) if letter == "/"
} - {""}


def details(resource: Element) -> Iterator[tuple[int | None, str, str]]:
    """The number of the capability (None: of the resource), XPath and value of each."""
    number = 0
    for child in children(resource):
        name = local_name(child)
        if name == "capability":
            number += 1
        yield from (
            (number if name == "capability" else None, path, value)
            for path, value in found_in(child, f"/{name}")
        )


def found_in(element: Element, path: str) -> Iterator[tuple[str, str]]:
    """XPaths and values at an element and below it; none goes deeper than the list."""
    if path in PATHS and (text := own_text(element)):
        yield path, text
    for attribute in ATTRIBUTES.get(path, ()):
        if value := tidy(element.get(attribute.rpartition("@")[2])):
            yield attribute, value
    if path in LEADING:
        for child in children(element):
            yield from found_in(child, f"{path}/{local_name(child)}")
