"""What TAP may be asked (TAP 1.1, section 2.7): the last place a raw string is seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from vo_lcc.dali.accept import preferred
from vo_lcc.dali.capability import Limits
from vo_lcc.dali.params import Params, shown
from vo_lcc.dali.upload_params import UploadParam, parse_uploads
from vo_lcc.errors import ParameterError
from vo_lcc.formats import Format, find_format

LANGUAGES = ("ADQL", "ADQL-2.0", "ADQL-2.1")


@dataclass(frozen=True, slots=True)
class TapParams:
    """One query as it was asked; `maxrec` is None when the client does not say."""

    query: str
    maxrec: int | None
    uploads: tuple[UploadParam, ...] = ()

    @classmethod
    def parse(cls, params: Params, limits: Limits) -> Self:
        """Read the parameters; raises ParameterError.

        What TAP does not know (PHASE, tapclient, jobname ...) is ignored.
        """
        _check_request(params)
        _check_language(params)
        return cls(
            query=params.required("QUERY"),
            maxrec=params.maxrec(limits) if params.one("MAXREC") else None,
            uploads=parse_uploads(params),
        )


def table_format(params: Params) -> Format:
    """The format of a result, VOTable unless asked otherwise; raises ParameterError."""
    return find_format(params.response_format() or "votable")


def explanation_format(params: Params, accept: str) -> str:
    """The media type of an explanation; raises ParameterError.

    RESPONSEFORMAT comes before the header Accept; JSON is what no wish gives.
    """
    asked = params.response_format()
    if asked is not None:
        found = EXPLANATIONS.get(asked.partition(";")[0].strip().lower())
        if found is None:
            problem = f"an explanation is not given as {shown(asked)}; use json or text"
            raise ParameterError("RESPONSEFORMAT", problem)
        return found
    return next(filter(None, map(EXPLANATIONS.get, preferred(accept))), JSON)


JSON = "application/json"
EXPLANATIONS: Mapping[str, str] = MappingProxyType(
    {"json": JSON, JSON: JSON, "text": "text/plain", "text/plain": "text/plain"}
)


def _check_request(params: Params) -> None:
    """REQUEST=doQuery is what TAP 1.0 clients send; there is nothing else."""
    request = params.one("REQUEST")
    if request is not None and request.lower() != "doquery":
        problem = f"{shown(request)} is unknown; leave it out or say doQuery"
        raise ParameterError("REQUEST", problem)


def _check_language(params: Params) -> None:
    language = params.one("LANG")
    if language is None or language.upper() not in LANGUAGES:
        wrong = "missing" if language is None else f"{shown(language)} is unknown"
        raise ParameterError("LANG", f"{wrong}; use one of {', '.join(LANGUAGES)}")
