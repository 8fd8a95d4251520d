"""How interfaces say which ways to log in they know (VOResource 1.2, section 3.2).

AuthVO recommends challenges instead, but clients of today read these: pyvo sends
credentials only where an interface has a method for them.
"""

from collections.abc import Iterable, Sequence
from copy import deepcopy

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
AVAILABILITY = "ivo://ivoa.net/std/VOSI#availability"
CAPABILITIES = "ivo://ivoa.net/std/VOSI#capabilities"
OTHER = "std:other"
"""The role of more interfaces of a standard; of several "std" taplint warns."""


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
    """The same elements, with an interface for each of these methods.

    None is anonymous access. An interface has one method at most (VOResource 1.2).
    Availability is open, and what everybody may read of capabilities has none
    (VOSI 1.1, section 3).
    """
    for each in capabilities:
        standard = each.get("standardID")
        open_to_all = standard == CAPABILITIES and None in methods
        if methods and standard != AVAILABILITY and not open_to_all:
            for interface in each.findall("interface"):
                _multiply(interface, methods)
    return capabilities


def _multiply(interface: Element, methods: Sequence[str | None]) -> None:
    """Put in the place of an interface one for each method.

    The first is what clients take who look for an interface of the standard.
    """
    place = sum(len(interface.findall(tag)) for tag in BEFORE)
    others = [deepcopy(interface) for _ in methods[1:]]
    for other in reversed(others):
        interface.addnext(other)
        if other.get("role") == "std":
            other.set("role", OTHER)
    for each, method in zip([interface, *others], methods, strict=True):
        if method is not None:
            each.insert(place, etree.Element("securityMethod", {"standardID": method}))
