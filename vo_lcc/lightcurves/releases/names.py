"""What releases are called: labels for people, schemas in the database."""

import re
from collections.abc import Iterable
from typing import Literal

Kind = Literal["full", "append", "description"]
LABEL = re.compile(r"[1-9][0-9]*(\.[1-9][0-9]*)?\Z")


def storage_schema(name: str, release: int) -> str:
    """The schema that holds what came with a release; users do not see it.

    >>> storage_schema("demo", 3)
    'demo_r3'
    """
    return f"{name}_r{release}"


def own_schema(name: str, label: str) -> str:
    """The schema under which a release can be queried as long as it is published.

    >>> own_schema("demo", "1.2")
    'demo_dr1_2'
    """
    return f"{name}_dr{label.replace('.', '_')}"


def next_label(kind: Kind, used: Iterable[str], latest: str | None) -> str:
    """The label of the next release; `used` are all there ever were.

    With files of its own it is the next whole number, else the next part of `latest`.

    >>> next_label("full", ["1", "1.1"], "1.1"), next_label("append", ["1", "2"], "2")
    ('2', '2.1')
    """
    pairs = [parts(label) for label in used]
    if kind == "full" or latest is None:
        return str(max((major for major, _ in pairs), default=0) + 1)
    major, _ = parts(latest)
    return f"{major}.{max(minor for m, minor in pairs if m == major) + 1}"


def parts(label: str) -> tuple[int, int]:
    """A label as numbers, by which releases of a collection are in order.

    >>> parts("2"), parts("2.10")
    ((2, 0), (2, 10))
    """
    major, _, minor = label.partition(".")
    return int(major), int(minor or 0)
