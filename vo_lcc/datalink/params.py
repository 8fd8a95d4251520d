"""What may be asked of the links (DataLink 1.1, section 2.1)."""

from dataclasses import dataclass, replace

from vo_lcc.dali.capability import Limits
from vo_lcc.dali.descriptors import LINKS_TYPE
from vo_lcc.dali.params import Params
from vo_lcc.errors import UsageError
from vo_lcc.formats import Format, find_format
from vo_lcc.formats.media import VOTABLE, parse_media_type
from vo_lcc.lightcurves.identifiers import CurveId, did_prefix, parse_curve_id

LONGEST_ID = 1000  # characters
SHORT_NAME = "votable"
TABLEDATA = "votable/td"

Identified = CurveId | UsageError
"""What an identifier means, or why it means nothing."""


@dataclass(frozen=True, slots=True)
class LinksParams:
    """One request: the identifiers as they were sent, each once, and the form.

    Rows beyond `maxrec` are left out, by whole identifiers.
    """

    ids: tuple[str, ...]
    format: Format
    maxrec: int

    @classmethod
    def parse(cls, params: Params, limits: Limits) -> "LinksParams":
        """Read the parameters; raises ParameterError."""
        given = params.one("MAXREC") is not None
        most = params.maxrec(limits) if given else limits.hard_maxrec
        return cls(
            ids=tuple(dict.fromkeys(params.many("ID"))),
            format=choose_format(params.response_format()),
            maxrec=most,
        )


def choose_format(asked: str | None) -> Format:
    """The format: VOTable in TABLEDATA, unless another serialisation is asked for.

    >>> choose_format(None).media_type
    'application/x-votable+xml;content=datalink'
    >>> choose_format("application/x-votable+xml").media_type
    'application/x-votable+xml'
    >>> choose_format("csv").name
    'csv'

    Raises ParameterError.
    """
    if asked is None:
        return replace(find_format(TABLEDATA), media_type=LINKS_TYPE)
    wanted = parse_media_type(asked)
    plain = wanted.without("content")
    if plain.base != VOTABLE or plain.parameters:
        return find_format(asked)
    is_own = asked.strip().lower() == SHORT_NAME or wanted != plain
    media_type = LINKS_TYPE if is_own else VOTABLE
    return replace(find_format(TABLEDATA), media_type=media_type)


def parse_id(text: str, authority: str | None, collection: str | None) -> Identified:
    """What an identifier means; with `collection` it may be the name of an object.

    >>> parse_id("demo/demo-0007/g", None, None)
    CurveId(collection='demo', object_id='demo-0007', passband='g')
    >>> parse_id("V* a/b", None, "demo")
    CurveId(collection='demo', object_id='V* a/b', passband=None)
    """
    if len(text) > LONGEST_ID:
        return UsageError(f"an identifier of {len(text)} characters is none of here")
    prefix = did_prefix(authority).lower()
    if collection is not None and not text.lower().startswith(prefix):
        return CurveId(collection, text)
    try:
        found = parse_curve_id(text, authority)
    except UsageError as error:
        return error
    if collection not in (None, found.collection):
        return UsageError(
            f"{text!r} is of collection {found.collection}; these are the links of"
            f" {collection}, /datalink/links has those of all"
        )
    return found
