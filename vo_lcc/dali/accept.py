"""The Accept header: what a client would rather have (RFC 9110, section 12.5.1)."""

import re

QUALITY = re.compile(r";\s*q\s*=\s*([^;]*)$", re.IGNORECASE)


def preferred(accept: str) -> list[str]:
    """The media types of an Accept header, the most wanted first.

    >>> preferred("text/html, text/csv;q=0.5, application/fits;q=0.9, */*;q=0.1")
    ['text/html', 'application/fits', 'text/csv']
    """
    weighed = []
    for item in accept.split(","):
        found = QUALITY.search(item)
        weight = number_or_zero(found[1]) if found else 1.0
        name = QUALITY.sub("", item).strip()
        if name and "*" not in name and weight > 0:
            weighed.append((-weight, name))
    return [name for _, name in sorted(weighed, key=lambda pair: pair[0])]


def number_or_zero(text: str) -> float:
    """A quality value; 0 when it cannot be read."""
    try:
        return float(text)
    except ValueError:
        return 0.0
