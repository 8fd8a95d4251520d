"""What a collection covers, in words and as MOCs: of space, and of space and time.

Standard: MOC 2.0, sections 4.3 (FITS, ASCII) and 4.3.3 (JSON).
"""

import io
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from aiohttp import web
from mocpy import MOC, STMOC

from vo_lcc.dali.context import context_of
from vo_lcc.dali.params import read_params, shown
from vo_lcc.errors import NotFoundError, ParameterError
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.portal.finding import find_collection

Moc = Any  # MOC or STMOC, which have no types

KINDS: Mapping[str, tuple[Moc, Callable[[Collection], str]]] = MappingProxyType(
    {
        "space": (MOC, lambda collection: collection.coverage),
        "spacetime": (STMOC, lambda collection: collection.st_coverage),
    }
)


def as_ascii(moc: Moc) -> bytes:
    """The ASCII form."""
    return f"{moc.to_string(format='ascii')}\n".encode()


def as_json(moc: Moc) -> bytes:
    """The JSON form."""
    return str(moc.to_string(format="json")).encode()


def as_fits(moc: Moc) -> bytes:
    """The FITS form."""
    buffer = io.BytesIO()
    moc.serialize(format="fits").writeto(buffer)
    return buffer.getvalue()


FORMATS: Mapping[str, tuple[Callable[[Moc], bytes], str, str]] = MappingProxyType(
    {
        "fits": (as_fits, "application/fits", "fits"),
        "json": (as_json, "application/json", "json"),
        "ascii": (as_ascii, "text/plain", "txt"),
    }
)


async def coverage(request: web.Request) -> web.Response:
    """The coverage of a collection: `moc` is space or spacetime, `format` fits ..."""
    collection = await find_collection(request)
    params = await read_params(request)
    kind = _one_of("MOC", params.one("MOC") or "space", KINDS)
    form = _one_of("FORMAT", params.one("FORMAT") or "fits", FORMATS)
    made, text_of = KINDS[kind]
    write, media_type, extension = FORMATS[form]
    text = text_of(collection)
    if not text:
        raise NotFoundError(f"{collection.name} has no coverage of {kind}")
    body = await context_of(request).compute(lambda: write(made.from_string(text)))
    name = f"{collection.name}_{kind}.{extension}"
    return web.Response(
        body=body,
        content_type=media_type,
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


def _one_of(name: str, value: str, known: Mapping[str, object]) -> str:
    if value.lower() not in known:
        raise ParameterError(name, f"{shown(value)} is not {' or '.join(known)}")
    return value.lower()


def cell_size(text: str) -> str:
    """How large the cells of a spatial MOC are, in words.

    >>> cell_size("10/5"), cell_size("6/5")
    ("cells of 3.4'", "cells of 55'")
    """
    if not text:
        return ""
    arcmin = 58.6323 * 60 / 2 ** MOC.from_string(text).max_order
    return f"cells of {arcmin:.2g}'"


def brightness_range(collection: Collection) -> str:
    """The medians of objects in each passband.

    In its unit, as `mag`; "" where there are none.
    """
    columns = {c.name: c for c in collection.point_columns}
    bright = columns.get("mag") or columns.get("flux")
    unit = f" {bright.unit}" if bright and bright.unit else ""
    return "; ".join(
        f"{each.passband} {each.low:.5g} to {each.high:.5g}{unit}"
        for each in collection.ranges
        if each.low is not None and each.high is not None
    )
