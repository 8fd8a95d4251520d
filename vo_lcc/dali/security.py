"""How interfaces say which ways to log in they know (VOResource 1.1, section 3.2).

AuthVO recommends challenges instead, but clients of today read these: pyvo sends
credentials only where an interface has a method for them.
"""

from collections.abc import Iterable, Sequence

from lxml import etree

from vo_lcc.dali.capability import Element

SSO = "ivo://ivoa.net/sso#"
# by the scheme of a challenge (SSO 2.0, section 3)
METHODS = {
    "basic": f"{SSO}BasicAA",
    "ivoa_cookie": f"{SSO}cookie",
    "ivoa_x509": f"{SSO}tls-with-certificate",
    "bearer": f"{SSO}OAuth",
}
BEFORE = ("accessURL", "mirrorURL")
OPEN = "/availability"


def security_methods(
    challenges: Iterable[str], *, closed: bool
) -> tuple[str | None, ...]:
    """The identifiers of the ways to log in; None stands for not doing so.

    >>> security_methods(['Basic realm="stars"'], closed=False)
    (None, 'ivo://ivoa.net/sso#BasicAA')
    >>> security_methods([], closed=False)
    ()
    """
    schemes = [challenge.split()[0].lower() for challenge in challenges]
    known = dict.fromkeys(METHODS[each] for each in schemes if each in METHODS)
    return tuple(known) if closed or not known else (None, *known)


def secured(
    capabilities: list[Element], methods: Sequence[str | None]
) -> list[Element]:
    """The same elements, whose interfaces tell of these methods; availability is open.

    The first of several methods that is None is anonymous access.
    """
    for interface in (each for c in capabilities for each in c.iter("interface")):
        if (interface.findtext("accessURL") or "").endswith(OPEN):
            continue
        place = sum(len(interface.findall(tag)) for tag in BEFORE)
        for method in reversed(methods):
            element = etree.Element("securityMethod")
            if method is not None:
                element.set("standardID", method)
            interface.insert(place, element)
    return capabilities
