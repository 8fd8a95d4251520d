"""What may be asked of `/plot`: form, size, folding, and what is done to the points."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vo_lcc.curves.bands import parse_band
from vo_lcc.curves.steps.frames import IsoTimes
from vo_lcc.curves.steps.params import parse_steps
from vo_lcc.curves.steps.step import Step, all_columns
from vo_lcc.dali.accept import preferred
from vo_lcc.dali.params import Params, parse_count, shown
from vo_lcc.drawing.canvas import Canvas
from vo_lcc.drawing.png import PngCanvas
from vo_lcc.drawing.svg import SvgCanvas
from vo_lcc.errors import ParameterError
from vo_lcc.lightcurves.collection import Collection


@dataclass(frozen=True, slots=True)
class Form:
    """A form of pictures, and what draws it."""

    name: str
    media_type: str
    open: Callable[[tuple[float, float], float], Canvas]


@dataclass(frozen=True, slots=True)
class Size:
    """A kind of picture: its usual width and height, the least and the most (pixels).

    A picture of more than the usual size is magnified, its text and marks too.
    """

    usual: tuple[int, int]
    least: tuple[int, int]
    most: tuple[int, int]


PNG = Form("png", "image/png", PngCanvas)
SVG = Form("svg", "image/svg+xml", SvgCanvas)
FORMS: Mapping[str, Form] = MappingProxyType(
    {word: form for form in (PNG, SVG) for word in (form.name, form.media_type)}
)
FULL, THUMBNAIL = "full", "thumbnail"
SIZES: Mapping[str, Size] = MappingProxyType(
    {
        FULL: Size((800, 420), (320, 200), (3200, 2400)),
        THUMBNAIL: Size((200, 120), (40, 30), (1000, 800)),
    }
)


@dataclass(frozen=True, slots=True)
class PlotParams:
    """One request, checked; equal ones make the same picture.

    `width` and `height` are in pixels; `passbands` () means all.
    """

    form: Form
    size: str
    width: int
    height: int
    passbands: tuple[str, ...]
    steps: tuple[Step, ...] = ()

    @classmethod
    def parse(cls, params: Params, accept: str, collection: Collection) -> "PlotParams":
        """Read the parameters; raises ParameterError for the first bad one.

        `accept` is the Accept header.
        """
        size = choose_size(params)
        passbands = choose_passbands(params, collection)
        return cls(
            form=choose_form(params, accept),
            size=size,
            width=side(params, "WIDTH", size, 0),
            height=side(params, "HEIGHT", size, 1),
            passbands=passbands,
            steps=choose_steps(params, collection, passbands),
        )

    @property
    def canvas(self) -> Canvas:
        """What to draw on."""
        usual = SIZES[self.size].usual
        grown = min(self.width / usual[0], self.height / usual[1])
        magnified = max(1.0, grown)
        return self.form.open(
            (self.width / magnified, self.height / magnified), magnified
        )


def choose_form(params: Params, accept: str) -> Form:
    """FORMAT (or RESPONSEFORMAT), else what Accept asks for, else PNG."""
    asked = params.response_format()
    if asked is None:
        wanted = (FORMS.get(each.lower()) for each in preferred(accept))
        return next((form for form in wanted if form is not None), PNG)
    form = FORMS.get(asked.strip().lower())
    if form is None:
        raise ParameterError("FORMAT", f"{shown(asked)} is not one of png, svg")
    return form


def choose_size(params: Params) -> str:
    """SIZE: full, or thumbnail."""
    asked = params.one("SIZE") or FULL
    size = asked.strip().lower()
    if size not in SIZES:
        raise ParameterError("SIZE", f"{shown(asked)} is not one of {', '.join(SIZES)}")
    return size


def side(params: Params, name: str, size: str, which: int) -> int:
    """WIDTH or HEIGHT in pixels."""
    limits = SIZES[size]
    asked = params.one(name)
    if asked is None:
        return limits.usual[which]
    pixels = parse_count(name, asked)
    least, most = limits.least[which], limits.most[which]
    if not least <= pixels <= most:
        smaller = "; smaller ones have SIZE=thumbnail" if size == FULL else ""
        raise ParameterError(
            name, f"{shown(asked)} is not between {least} and {most} pixels{smaller}"
        )
    return pixels


def choose_passbands(params: Params, collection: Collection) -> tuple[str, ...]:
    """BAND: the passbands of the collection that are meant, () for all."""
    band = parse_band(params)
    band.check([collection])
    if not band:
        return ()
    found = band.passbands(collection)
    if not found:
        known = ", ".join(each.passband for each in collection.passbands)
        raise ParameterError("BAND", f"no passband lies there; there are {known}")
    return found


def choose_steps(
    params: Params, collection: Collection, passbands: tuple[str, ...]
) -> tuple[Step, ...]:
    """What is done to the points before they are drawn, as in `/lc`.

    Raises ParameterError for what cannot be done to those of this collection.
    """
    steps = parse_steps(params, alone=True)
    if any(isinstance(step, IsoTimes) for step in steps):
        raise ParameterError("TIMEFORMAT", "an axis has numbers; ask for mjd or jd")
    all_columns(steps, collection.point_columns, collection, passbands)
    return steps
