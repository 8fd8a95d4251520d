"""Names of objects on the sky looked up elsewhere, for servers configured so.

A resolver is a function from a name to a position (ra, dec) in degrees, ICRS, or None
for a name it does not know. Each is named in the configuration and loaded when it is,
since its library is slow to load and writes files of its own.
"""

import functools
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pkgutil import resolve_name
from types import MappingProxyType
from typing import Any, TypeAlias

from vo_lcc.errors import TransientError

Resolver: TypeAlias = Callable[[str], tuple[float, float] | None]

# The client of each resolver, and what it raises beside OSError.
CLIENTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"simbad": ("astroquery.simbad:Simbad", "pyvo.dal:DALAccessError")}
)
REMEMBERED = 10_000
MAX_NAME = 200


def make_resolver(name: str, timeout: float = 10) -> Resolver:
    """The resolver of this name, a key of `CLIENTS`; it remembers what it found.

    It raises TransientError when no answer comes within `timeout` seconds.
    """
    client_class, fault = map(resolve_name, CLIENTS[name])
    client = client_class()
    threads = ThreadPoolExecutor(2, f"{name} names")

    @functools.lru_cache(maxsize=REMEMBERED)
    def resolver(wanted: str) -> tuple[float, float] | None:
        try:
            return threads.submit(find, client, wanted).result(timeout)
        except (TimeoutError, OSError, fault) as error:
            raise unanswered(wanted) from error

    return resolver


def unanswered(name: str) -> TransientError:
    """What to say of a name that was asked for in vain."""
    return TransientError(
        f"the name '{name}' could not be looked up; write the position"
    )


def find(client: Any, name: str) -> tuple[float, float] | None:
    """The position of an object by an astroquery client's `query_object`."""
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        return None
    table = client.query_object(name)
    if table is None or len(table) == 0:
        return None
    ra, dec = (float(table[column][0]) for column in ("ra", "dec"))
    return (ra, dec) if math.isfinite(ra) and math.isfinite(dec) else None
