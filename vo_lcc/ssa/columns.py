"""The columns of an SSA answer (SSA 1.1, section 4.2.5).

Clients find them by their `ssa:` utypes. The standard speaks of spectra; as is the
practice for time series, `Dataset.Type` is TimeSeries and the metadata keep the
names of the Spectrum data model.
"""

from collections.abc import Iterable
from dataclasses import replace

import pyarrow as pa

from vo_lcc.lightcurves.collection import Collection
from vo_lcc.ssa import rows
from vo_lcc.ssa.rows import Fill, Service, of_collection, same, taken
from vo_lcc.tables import Batch, Column, SkyFrame, TimeFrame, arrow_schema

MJD = 2400000.5
ICRS = SkyFrame("ICRS")
SPACE = "Char.SpatialAxis.Coverage"
TIME = "Char.TimeAxis.Coverage"
SPECTRUM = "Char.SpectralAxis.Coverage"


def output_rows(batch: Batch, service: Service) -> Batch:
    """A batch of `vo_lcc.ts_ssa` as rows of the answer."""
    schema = arrow_schema(column for column, _ in OUTPUT)
    filled = [fill(batch, service) for _, fill in OUTPUT]
    arrays = [_cast(a, t) for a, t in zip(filled, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _cast(values: rows.Values, wanted: pa.DataType) -> pa.Array:
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return array if array.type == wanted else array.cast(wanted)


def output_columns(collections: Iterable[Collection]) -> tuple[Column, ...]:
    """The columns of the answer; times carry the frame that all `collections` share."""
    frames = {replace(c.time_frame, time_origin=MJD) for c in collections}
    frame = frames.pop() if len(frames) == 1 else TimeFrame()
    return tuple(
        replace(column, annotation=frame) if column.ucd in TIME_UCDS else column
        for column, _ in OUTPUT
    )


Output = tuple[Column, Fill]
"""A column, and what fills it."""


def text(name: str, utype: str, ucd: str | None, about: str, fill: Fill) -> Output:
    """A column of text that may go beyond ASCII."""
    column = Column(name, "unicodeChar", "*", None, ucd, f"ssa:{utype}", None, about)
    return column, fill


def word(name: str, utype: str, ucd: str | None, about: str, fill: Fill) -> Output:
    """A column of text that is always ASCII: an address, a term, a date."""
    column, fill = text(name, utype, ucd, about, fill)
    return replace(column, datatype="char"), fill


def size(name: str, utype: str, ucd: str, about: str, fill: Fill) -> Output:
    """A column of sizes in bytes."""
    return Column(name, "long", None, "byte", ucd, f"ssa:{utype}", None, about), fill


def real(name: str, unit: str, utype: str, ucd: str, about: str, fill: Fill) -> Output:
    """A column of doubles."""
    return Column(name, "double", None, unit, ucd, f"ssa:{utype}", None, about), fill


def count(name: str, utype: str, ucd: str, about: str, fill: Fill) -> Output:
    """A column of integers."""
    return Column(name, "long", None, None, ucd, f"ssa:{utype}", None, about), fill


def pair(name: str, utype: str, ucd: str, about: str, fill: Fill) -> Output:
    """A column of sky positions (deg, ICRS)."""
    column = Column(name, "double", "2", "deg", ucd, f"ssa:{utype}", None, about, ICRS)
    return column, fill


def coordinate(name: str, utype: str, ucd: str, about: str, fill: Fill) -> Output:
    """A column that is one coordinate of a sky position (deg, ICRS)."""
    column = Column(name, "double", None, "deg", ucd, f"ssa:{utype}", None, about, ICRS)
    return column, fill


TIME_UCDS = ("time.epoch", "time.start", "time.end")

# fmt: off
OUTPUT: tuple[Output, ...] = (
    word("access_url", "Access.Reference", "meta.ref.url;meta.dataset",
        "Where to download the light curve", rows.access_url),
    word("access_format", "Access.Format", "meta.code.mime",
        "Media type of the download", rows.access_format),
    size("access_size", "Access.Size", "phys.size;meta.file",
        "Approximate size of the download; null: made on request",
        rows.nothing),
    text("title", "DataID.Title", "meta.title;meta.dataset",
        "Title of the light curve", taken("title")),
    text("collection", "DataID.Collection", "meta.id;meta.dataset",
        "Collection that the light curve belongs to", taken("collection")),
    text("creator", "DataID.Creator", "meta.curation",
        "Who made the collection", of_collection(lambda c: c.creator)),
    word("creation_date", "DataID.Date", "time;meta.dataset",
        "When the light curve was made; null where not known", rows.nothing),
    text("instrument", "DataID.Instrument", "meta.id;instr",
        "Instrument of the observations", of_collection(lambda c: c.instrument)),
    text("passband", "DataID.Bandpass", "instr.bandpass",
        "Passband of the light curve", taken("passband")),
    word("data_model", "Dataset.DataModel", None,
        "Data model of these metadata", same("Spectrum-1.0")),
    word("dataset_type", "Dataset.Type", None,
        "Kind of data set", same("TimeSeries")),
    count("n_points", "Dataset.Length", "meta.number",
        "Number of points", taken("n_points")),
    text("publisher", "Curation.Publisher", "meta.curation",
        "Who publishes the light curve", rows.publisher),
    word("publisher_did", "Curation.PublisherDID", "meta.ref.ivoid;meta.curation",
        "Identifier of the light curve, given by the publisher", rows.publisher_did),
    word("publication_date", "Curation.Date", "time;meta.curation",
        "When the collection was published here (UTC)",
        of_collection(lambda c: c.published.strftime("%Y-%m-%dT%H:%M:%SZ"))),
    text("reference", "Curation.Reference", "meta.bib.bibcode",
        "Bibcode of the paper to cite", of_collection(lambda c: c.bibcode)),
    word("rights", "Curation.Rights", None,
        "Restrictions on access", same("public")),
    text("object_id", "Target.Name", "meta.id;src",
        "Name of the object in its collection", taken("object_id")),
    text("target_class", "Target.Class", "src.class",
        "Class of the object; null where not known", taken("target_class")),
    pair("target_pos", "Target.Pos", "pos.eq;src",
        "Position of the object (RA, Dec)", rows.position),
    real("amplitude", "mag", "Target.VarAmpl", "src.var.amplitude",
        "Amplitude of the variation in this passband", taken("amplitude")),
    word("space_frame", "CoordSys.SpaceFrame.Name", None,
        "Frame of the positions", same("ICRS")),
    word("time_frame", "CoordSys.TimeFrame.Name", "time.scale",
        "Time scale of the light curve",
        of_collection(lambda c: c.time_frame.timescale)),
    coordinate("ra", f"{SPACE}.Location.Value.C1", "pos.eq.ra;meta.main",
        "Right ascension", taken("ra")),
    coordinate("dec", f"{SPACE}.Location.Value.C2", "pos.eq.dec;meta.main",
        "Declination", taken("dec")),
    pair("location", f"{SPACE}.Location.Value", "pos.eq",
        "Position observed (RA, Dec)", rows.position),
    real("aperture", "deg", f"{SPACE}.Bounds.Extent", "phys.angSize;instr.fov",
        "Diameter of the aperture; null where not known", rows.nothing),
    real("t_mid", "d", f"{TIME}.Location.Value", "time.epoch",
        "Middle of the time span (MJD)", rows.time_middle),
    real("t_extent", "s", f"{TIME}.Bounds.Extent", "time.duration",
        "Length of the time span", rows.time_extent),
    real("t_min", "d", f"{TIME}.Bounds.Start", "time.start",
        "First point (MJD)", taken("t_min")),
    real("t_max", "d", f"{TIME}.Bounds.Stop", "time.end",
        "Last point (MJD)", taken("t_max")),
    real("em_mid", "m", f"{SPECTRUM}.Location.Value", "em.wl;instr.bandpass",
        "Effective wavelength of the passband; null where not known",
        taken("wavelength")),
    real("em_extent", "m", f"{SPECTRUM}.Bounds.Extent", "em.wl;instr.bandwidth",
        "Width of the passband; null where not known", rows.nothing),
)
# fmt: on
