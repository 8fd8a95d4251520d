"""UPLOAD: which tables come with a query, and from where (TAP 1.1, section 2.7.6)."""

import re
from collections import Counter
from dataclasses import dataclass

from vo_lcc.dali.params import Params, shown
from vo_lcc.errors import ParameterError
from vo_lcc.tables import RESERVED_WORDS

UPLOAD = re.compile(r"\s*([^\s,]+)\s*,\s*(\S+)\s*\Z")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}\Z")
# The `;` before another upload: one inside a URL is followed by no name and comma.
NEXT = re.compile(r";(?=\s*(?:[A-Za-z][A-Za-z0-9_]*\s*,|\Z))")
SCHEMAS = ("TAP_SCHEMA", "TAP_UPLOAD")
INLINE = "param:"
WEB = ("http://", "https://")
MOST = 16  # tables of one query


@dataclass(frozen=True, slots=True)
class UploadParam:
    """One table that is to come: its name in the query, and its URI."""

    name: str
    uri: str

    @property
    def part(self) -> str | None:
        """The name of the part of the request that holds it; None: it is elsewhere.

        >>> UploadParam("t", "param:table1").part
        'table1'
        """
        is_inline = self.uri.lower().startswith(INLINE)
        return self.uri[len(INLINE) :] if is_inline else None


def parse_uploads(params: Params) -> tuple[UploadParam, ...]:
    """All uploads that are asked for; raises ParameterError.

    The parameter may be repeated, and (as in TAP 1.0) hold several with `;` between.
    """
    texts = [text for value in params.many("UPLOAD") for text in NEXT.split(value)]
    found = tuple(parse_upload(text) for text in texts if text.strip())
    if len(found) > MOST:
        raise ParameterError("UPLOAD", f"{len(found)} tables; at most {MOST} may come")
    for name, count in Counter(each.name.lower() for each in found).items():
        if count > 1:
            raise ParameterError("UPLOAD", f"{count} tables are called {name}")
    return found


def parse_upload(text: str) -> UploadParam:
    """One `name,uri`; raises ParameterError.

    >>> parse_upload("t,param:table1")
    UploadParam(name='t', uri='param:table1')
    """
    match = UPLOAD.match(text)
    if match is None or not match[2].lower().startswith((INLINE, *WEB)):
        problem = f"{shown(text)} is not name,param:part or name,http://..."
        raise ParameterError("UPLOAD", problem)
    name, uri = match[1], match[2]
    if not NAME.match(name):
        problem = (
            f"{shown(name)} is no name for a table; use letters, digits and _,"
            " a letter first, 63 at most"
        )
        raise ParameterError("UPLOAD", problem)
    if name.upper() in SCHEMAS:
        problem = f"{name} is the name of a schema; give the table another name"
        raise ParameterError("UPLOAD", problem)
    if name.upper() in RESERVED_WORDS:
        problem = f"{name} is a word of ADQL; give the table another name"
        raise ParameterError("UPLOAD", problem)
    return UploadParam(name, uri)
