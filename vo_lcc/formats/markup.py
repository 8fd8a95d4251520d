"""XML elements as text, with everything in them escaped."""

import re
from collections.abc import Iterable, Mapping

FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
"""Characters that XML 1.0 cannot hold in any form: they become `?`."""

ESCAPES: Mapping[str, str] = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "\r": "&#13;",
}
"""Characters that text content must not hold as they are; `&` comes first."""

QUOTED: Mapping[str, str] = {"\n": "&#10;", "\t": "&#9;", '"': "&quot;"}
"""Further characters that attribute values must not hold as they are."""

_FORBIDDEN = re.compile(FORBIDDEN)
_SUSPECT = re.compile(f"{FORBIDDEN}|[{''.join((*ESCAPES, *QUOTED))}]")


def content(value: str) -> str:
    """`value` as the content of an element.

    >>> content("a < b & \\x00")
    'a &lt; b &amp; ?'
    """
    if not _SUSPECT.search(value):
        return value
    return _replaced(_FORBIDDEN.sub("?", value), ESCAPES)


def attribute(value: str) -> str:
    """`value` as the value of an attribute, between double quotes."""
    if not _SUSPECT.search(value):
        return value
    return _replaced(content(value), QUOTED)


def element(tag: str, attributes: Mapping[str, str | None], inside: str = "") -> str:
    """An element; attributes that are None are left out, `inside` is markup.

    >>> element("INFO", {"name": "query", "value": 'a "b"', "ID": None})
    '<INFO name="query" value="a &quot;b&quot;"/>'
    """
    start = start_tag(tag, attributes)
    return f"{start}{inside}</{tag}>" if inside else f"{start[:-1]}/>"


def encoded(lines: Iterable[str]) -> bytes:
    """Lines as UTF-8; what has no such form becomes `?`.

    >>> encoded(["<p>", "ž"])
    b'<p>\\n\\xc5\\xbe\\n'
    """
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def start_tag(tag: str, attributes: Mapping[str, str | None]) -> str:
    """The start tag of an element; attributes that are None are left out."""
    written = (
        f' {name}="{attribute(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{''.join(written)}>"


def _replaced(value: str, escapes: Mapping[str, str]) -> str:
    for character, escape in escapes.items():
        value = value.replace(character, escape)
    return value
