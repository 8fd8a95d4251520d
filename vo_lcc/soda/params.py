"""What may be asked of SODA (SODA 1.0, section 3), and what else of light curves."""

from collections.abc import Sequence
from dataclasses import dataclass

from vo_lcc.curves.bands import Band, parse_band
from vo_lcc.curves.finding import Fault, Region
from vo_lcc.curves.layouts import LAYOUTS
from vo_lcc.curves.shape import parse_shape
from vo_lcc.curves.steps.params import parse_steps
from vo_lcc.curves.steps.step import Step
from vo_lcc.dali.params import Params, shown
from vo_lcc.dali.upload_params import UploadParam, parse_uploads
from vo_lcc.errors import ParameterError, UsageError
from vo_lcc.formats import Format
from vo_lcc.lightcurves.identifiers import CurveId, parse_curve_id
from vo_lcc.soda.regions import parse_regions

DEFAULT_FORMAT = "votable"
RADIUS = 2.0  # arcsec, around positions of an upload
LARGEST_RADIUS = 3600.0


@dataclass(frozen=True, slots=True)
class SodaParams:
    """One request, checked.

    `faults` are the identifiers that cannot be read. With `collections` the objects
    are of these only, and an identifier may be the bare name of one. `radius` is in
    degrees.
    """

    ids: tuple[CurveId, ...]
    faults: tuple[Fault, ...]
    collections: tuple[str, ...]
    regions: tuple[Region, ...]
    upload: UploadParam | None
    radius: float
    band: Band
    steps: tuple[Step, ...]
    format: Format
    layout: str

    @classmethod
    def parse(
        cls, params: Params, authority: str | None, known: Sequence[str]
    ) -> "SodaParams":
        """Read the parameters; raises ParameterError for the first bad one.

        `known` are the collections there are; where there is one only, the name of an
        object is enough.
        """
        collections = parse_collections(params, known)
        ids, faults = parse_ids(params.many("ID"), authority, collections)
        name = params.response_format() or DEFAULT_FORMAT
        fmt, layout = parse_shape(name, params.one("LAYOUT"), LAYOUTS)
        asked = cls(
            ids,
            faults,
            collections,
            parse_regions(params),
            parse_upload(params),
            parse_radius(params),
            parse_band(params),
            parse_steps(params, alone=len(ids) == 1),
            fmt,
            layout,
        )
        if not (asked.ids or asked.faults or asked.regions or asked.upload):
            raise ParameterError(
                "ID", "missing; say whose light curves: ID, POS, CIRCLE or UPLOAD"
            )
        if asked.upload and (asked.ids or asked.faults):
            raise ParameterError(
                "UPLOAD",
                "comes with ID; put the identifiers into the table, or send"
                " them in a request of their own",
            )
        return asked


def parse_collections(params: Params, known: Sequence[str]) -> tuple[str, ...]:
    """COLLECTION, repeated; raises ParameterError for one that there is not."""
    found = tuple(dict.fromkeys(params.many("COLLECTION")))
    for name in found:
        if name not in known:
            choice = ", ".join(known) or "none"
            raise ParameterError(
                "COLLECTION", f"no collection {shown(name)} here; there are: {choice}"
            )
    return found or (tuple(known) if len(known) == 1 else ())


def parse_ids(
    texts: list[str], authority: str | None, collections: tuple[str, ...]
) -> tuple[tuple[CurveId, ...], tuple[Fault, ...]]:
    """The identifiers that can be read, and the faults of others.

    >>> parse_ids(["demo-0007"], None, ("demo",))[0]
    (CurveId(collection='demo', object_id='demo-0007', passband=None),)
    """
    ids, faults = [], []
    for text in dict.fromkeys(texts):
        try:
            ids.append(parse_id(text, authority, collections))
        except UsageError as error:
            faults.append(Fault(text, error))
    return tuple(ids), tuple(faults)


def parse_id(text: str, authority: str | None, collections: tuple[str, ...]) -> CurveId:
    """One identifier; raises UsageError."""
    try:
        return parse_curve_id(text, authority)
    except UsageError:
        if len(collections) == 1 and "/" not in text and "\0" not in text:
            return CurveId(collections[0], text)
        raise


def parse_upload(params: Params) -> UploadParam | None:
    """The table of identifiers or positions that comes along, if there is one."""
    found = parse_uploads(params)
    if len(found) > 1:
        raise ParameterError("UPLOAD", f"{len(found)} tables; send one")
    return found[0] if found else None


def parse_radius(params: Params) -> float:
    """RADIUS (arcsec) around the positions of a table, in degrees."""
    radius = params.number("RADIUS")
    if radius is not None and not 0 <= radius <= LARGEST_RADIUS:
        raise ParameterError(
            "RADIUS", f"{radius:.15g} is not in 0 to {LARGEST_RADIUS:g} arcsec"
        )
    return (RADIUS if radius is None else radius) / 3600
