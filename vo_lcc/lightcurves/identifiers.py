"""Identifiers of light curves: publisher's dataset identifiers (IVOA Identifiers 2.0).

``ivo://authority/~?collection/object/passband`` is one light curve, without the
passband all of an object together. Each part is percent-encoded, so that a slash in
the name of an object is no separator.
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote

from vo_lcc.errors import UsageError

UNREGISTERED = "x-unregistered"
"""The authority of a server whose configuration names none."""

DATASETS = "~"
"""The resource whose data sets they are: the registry has a record of it."""

SHOWN = 100


@dataclass(frozen=True, slots=True)
class CurveId:
    """Which light curve; `passband` None means: all passbands of the object.

    >>> CurveId("stripe82", "4099", "g").path
    'stripe82/4099/g'
    >>> CurveId("asas3", "V* a/b").path
    'asas3/V%2A%20a%2Fb'
    """

    collection: str
    object_id: str
    passband: str | None = None

    @property
    def path(self) -> str:
        """What follows the authority; as `vo_lcc.quote_path` writes it in SQL."""
        parts = (self.collection, self.object_id, self.passband)
        return "/".join(quote(part, safe="") for part in parts if part is not None)

    def did(self, authority: str | None) -> str:
        """The publisher's dataset identifier under this authority.

        >>> CurveId("demo", "demo-0007", "g").did(None)
        'ivo://x-unregistered/~?demo/demo-0007/g'
        """
        return did_prefix(authority) + self.path


def did_prefix(authority: str | None) -> str:
    """How the identifiers of all light curves of a server begin.

    >>> did_prefix("example.org")
    'ivo://example.org/~?'
    """
    return f"ivo://{authority or UNREGISTERED}/{DATASETS}?"


def parse_curve_id(text: str, authority: str | None) -> CurveId:
    """The light curve that is meant by an identifier, or by its part after the ``?``.

    >>> parse_curve_id("ivo://x-unregistered/~?demo/demo-0007/g", None)
    CurveId(collection='demo', object_id='demo-0007', passband='g')
    >>> parse_curve_id("demo/demo-0007", None).passband is None
    True

    Raises UsageError for any other text, and for the identifiers of other authorities.
    """
    prefix = did_prefix(authority)
    path = text
    if "://" in text:
        if not text.lower().startswith(prefix.lower()):
            raise UsageError(
                f"{text[:SHOWN]!r} is not one of this server, whose identifiers begin"
                f" with {prefix}"
            )
        path = text[len(prefix) :]
    parts = [unquote(part, errors="replace") for part in path.split("/")]
    if len(parts) not in (2, 3) or not all(parts) or "\0" in text or "%00" in text:
        raise UsageError(
            f"{text[:SHOWN]!r} is not the identifier of a light curve; write it like"
            f" collection/object or {prefix}collection/object/passband"
        )
    return CurveId(*parts)
