"""Patterns for the names of files, and what a name tells.

`*` and `?` as in a shell, `{object_id}` and `{passband}` for a part that tells. A
pattern with slashes is for as many of the last parts of a path.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

PLACEHOLDER = re.compile(r"\{(object_id|passband)\}|\*|\?")
PACKED = (".gz", ".bz2", ".xz", ".zst")


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """A file pattern as a regular expression.

    >>> compile_pattern("{object_id}-{passband}.dat").match("RR-1-V.dat").groupdict()
    {'object_id': 'RR-1', 'passband': 'V'}
    """
    parts, at = [], 0
    seen: set[str] = set()
    for found in PLACEHOLDER.finditer(pattern):
        parts.append(re.escape(pattern[at : found.start()]))
        wild = {"*": "[^/]*", "?": "[^/]"}.get(found[0])
        name = found[1]
        again = f"(?P={name})" if name in seen else f"(?P<{name}>[^/]+)"
        seen.add(name)
        parts.append(wild or again)
        at = found.end()
    return re.compile("".join([*parts, re.escape(pattern[at:])]) + r"\Z", re.DOTALL)


def match_name(pattern: str, path: str) -> dict[str, str] | None:
    """What a name tells, or None; a suffix like .gz need not be in the pattern.

    >>> match_name("{object_id}.dat", "some/folder/17.dat.gz")
    {'object_id': '17'}
    >>> match_name("{passband}/{object_id}.dat", "some/V/17.dat")
    {'passband': 'V', 'object_id': '17'}
    """
    name = "/".join(path.rsplit("/", 1 + pattern.count("/"))[-1 - pattern.count("/") :])
    compiled = compile_pattern(pattern)
    found = compiled.match(name)
    if found is None and name.endswith(PACKED):
        found = compiled.match(name.rpartition(".")[0])
    return found.groupdict() if found else None


def match_any(patterns: Iterable[str], path: str) -> dict[str, str] | None:
    """What a name tells by the first of the patterns that it matches, or None."""
    for pattern in patterns:
        told = match_name(pattern, path)
        if told is not None:
            return told
    return None
