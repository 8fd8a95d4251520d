"""Where the pictures of light curves are, and what is said of them."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

WIDTH, HEIGHT = 620, 360
ON_PAGES = {"width": str(WIDTH), "height": str(HEIGHT)}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture on a page: its address below the root, and the same in words."""

    path: str
    alt: str


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small picture that leads to the page of its object."""

    object_id: str
    page: str
    picture: Picture


def picture_path(collection: str, object_id: str, **params: str) -> str:
    """The address of a picture.

    >>> picture_path("demo", "V* a/b", period="own")
    '/plot/demo/V%2A%20a%2Fb?format=svg&period=own'
    """
    asked = urlencode({"format": "svg", **params})
    return f"/plot/{object_path(collection, object_id)}?{asked}"


def page_path(collection: str, object_id: str) -> str:
    """The address of the page of an object.

    >>> page_path("demo", "demo-0007")
    '/objects/demo/demo-0007'
    """
    return f"/objects/{object_path(collection, object_id)}"


def object_path(collection: str, object_id: str) -> str:
    """Collection and object in an address."""
    return f"{quote(collection, safe='')}/{quote(object_id, safe='')}"


def against_time(collection: str, object_id: str) -> Picture:
    """The light curve against time."""
    return Picture(
        picture_path(collection, object_id, **ON_PAGES),
        f"The light curve of {object_id}.",
    )


def folded(collection: str, object_id: str, period: str, epoch: str = "") -> Picture:
    """The light curve folded with a period, in days or `own`."""
    params = {"period": period} | ({"epoch": epoch} if epoch else {})
    told = "its period" if period == "own" else f"a period of {period} days"
    return Picture(
        picture_path(collection, object_id, **params, **ON_PAGES),
        f"The light curve of {object_id}, folded with {told}, over two cycles.",
    )


def thumbnail(collection: str, object_id: str, has_period: bool) -> Thumbnail:
    """A small picture: folded where the period is known."""
    params = {"size": "thumbnail"} | ({"period": "own"} if has_period else {})
    alt = f"Light curve of {object_id}{', folded' if has_period else ''}."
    return Thumbnail(
        object_id,
        page_path(collection, object_id),
        Picture(picture_path(collection, object_id, **params), alt),
    )
