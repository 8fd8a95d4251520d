"""The columns of an SSA answer: all that are mandatory or recommended (SSA 1.1, 4.2).

Clients find them by their `ssa:` utypes. The standard speaks of spectra; as is the
practice for time series, `Dataset.Type` is TimeSeries and the metadata keep the names
of the Spectrum data model. The data do not: so `Dataset.DataModel` names another model
(section 4.2.5.4), and the service complies as far as queries go.
"""

from collections.abc import Iterable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from vo_lcc.curves.steps.brightness import find_brightness
from vo_lcc.lightcurves.collection import Collection
from vo_lcc.ssa import rows
from vo_lcc.ssa.choice import flux_calibration, resolving_power, wavelengths
from vo_lcc.ssa.rows import (
    Fill,
    Service,
    of_bands,
    of_collection,
    of_passbands,
    same,
    taken,
)
from vo_lcc.tables import (
    ANY_COLLECTION,
    Batch,
    Column,
    PhotCal,
    SkyFrame,
    TimeFrame,
    arrow_schema,
)

MJD = 2400000.5
DATA_MODEL = "vo_lcc-LightCurve-1.0"
ICRS = SkyFrame("ICRS")
SPACE = "Char.SpatialAxis.Coverage"
TIME = "Char.TimeAxis.Coverage"
SPECTRUM = "Char.SpectralAxis.Coverage"


def output_rows(batch: Batch, service: Service) -> Batch:
    """A batch of `vo_lcc.ts_ssa` as rows of the answer."""
    schema = arrow_schema(column for column, _ in OUTPUT)
    batch = rows.in_each_form(batch, service)
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


def size(name: str, utype: str, ucd: str | None, about: str, fill: Fill) -> Output:
    """A column of sizes in kilobytes (4.2.4.3)."""
    return Column(name, "long", None, "kbyte", ucd, f"ssa:{utype}", None, about), fill


def real(
    name: str, unit: str | None, utype: str, ucd: str | None, about: str, fill: Fill
) -> Output:
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


TIME_UCDS = ("time.epoch", "time.start;obs.exposure", "time.end;obs.exposure")


def em_extent(batch: Batch, service: Service) -> rows.Values:
    """The width of what is covered (m); null where that of a passband is not known."""
    are_known = of_passbands(lambda bands: all(map(resolving_power, bands)))
    cover = pc.subtract(batch.column("em_max"), batch.column("em_min"))
    together = pc.if_else(are_known(batch, service), cover, None)
    single = of_passbands(em_resolution)(batch, service).cast(pa.float64())
    return pc.coalesce(single, together)


def em_resolution(bands: tuple[PhotCal, ...]) -> float | None:
    """The width of the one passband (m): a magnitude has no finer resolution."""
    return bands[0].bandwidth if len(bands) == 1 else None


def em_power(bands: tuple[PhotCal, ...]) -> float | None:
    """The resolving power of the one passband."""
    return resolving_power(bands[0]) if len(bands) == 1 else None


def calibration(collection: Collection, bands: tuple[PhotCal, ...]) -> str:
    """How well magnitudes or fluxes are calibrated: as the worst of the passbands."""
    found = {flux_calibration(collection, each) for each in bands}
    return "absolute" if found == {"absolute"} else "relative"


def em_calibration(bands: tuple[PhotCal, ...]) -> str | None:
    """Whether the wavelengths are known."""
    return "absolute" if all(map(wavelengths, bands)) else None


def brightness_ucd(collection: Collection) -> str | None:
    """The UCD of what was measured."""
    return find_brightness(collection.point_columns).value.ucd


# fmt: off
OUTPUT: tuple[Output, ...] = (
    word("access_url", "Access.Reference", "meta.ref.url;meta.dataset",
        "Where to download the light curve", rows.access_url),
    word("access_format", "Access.Format", "meta.code.mime",
        "Media type of the download", rows.of_form(lambda form: form.media_type)),
    size("access_size", "Access.Size", "phys.size;meta.file",
        "Approximate size of the download, which is made on request",
        rows.access_size),
    (Column("score", "float", None, None, None, "ssa:Query.Score", None,
        "How well the row matches: with POS, 1 in the centre and 0 at the edge"),
        rows.score),
    word("association_type", "Association.Type", None,
        "MultiFormat: the same light curve in several formats; else null",
        rows.where_associated("MultiFormat")),
    word("association_id", "Association.ID", None,
        "The same in all rows of one light curve",
        rows.association),
    word("association_key", "Association.Key", None,
        "What differs among them",
        rows.where_associated("@Access.Format")),
    (Column("datalink", "char", "*", None, "meta.ref.url", None, None,
        "What else there is of the light curve: other formats, plots, cut-outs"),
        rows.datalink),
    word("data_model", "Dataset.DataModel", None,
        "Data model of the light curve", same(DATA_MODEL)),
    word("dataset_type", "Dataset.Type", None,
        "Kind of data set", same("TimeSeries")),
    count("n_points", "Dataset.Length", "meta.number",
        "Number of points", taken("n_points")),
    word("deleted", "Dataset.Deleted", None,
        "When the light curve was deleted; null: it was not", rows.nothing),
    text("title", "DataID.Title", "meta.title;meta.dataset",
        "Title of the light curve", taken("title")),
    text("creator", "DataID.Creator", "meta.curation",
        "Who made the collection", of_collection(lambda c: c.creator)),
    text("collection", "DataID.Collection", "meta.id;meta.dataset",
        "Collection that the light curve belongs to", taken("collection")),
    word("creation_date", "DataID.Date", "time;meta.dataset",
        "When the light curve was made; null where not known", rows.nothing),
    word("version", "DataID.Version", "meta.version;meta.dataset",
        "Release of the collection", of_collection(lambda c: c.release)),
    text("instrument", "DataID.Instrument", "meta.id;instr",
        "Instrument of the observations", of_collection(lambda c: c.instrument)),
    text("passband", "DataID.Bandpass", "instr.bandpass",
        "Passband of the light curve; null: all passbands together",
        taken("passband")),
    word("data_source", "DataID.DataSource", None,
        "Where the data come from", same("survey")),
    word("creation_type", "DataID.CreationType", None,
        "How the download is made", same("archival")),
    text("publisher", "Curation.Publisher", "meta.curation",
        "Who publishes the light curve", rows.publisher),
    text("reference", "Curation.Reference", "meta.bib.bibcode",
        "Bibcode of the paper to cite", of_collection(lambda c: c.bibcode)),
    (Column("publisher_did", "char", "*", None, "meta.ref.ivoid;meta.curation",
        "ssa:Curation.PublisherDID", None,
        "Identifier of the light curve, given by the publisher",
        identifies=ANY_COLLECTION),
        rows.publisher_did),
    word("publication_date", "Curation.Date", "time;meta.curation",
        "When the collection was published here (UTC)",
        of_collection(lambda c: c.published.strftime("%Y-%m-%dT%H:%M:%SZ"))),
    word("rights", "Curation.Rights", None,
        "Restrictions on access", same("public")),
    text("object_id", "Target.Name", "meta.id;src",
        "Name of the object in its collection", taken("object_id")),
    text("target_class", "Target.Class", "src.class",
        "Class of the object; null where not known", taken("target_class")),
    pair("target_pos", "Target.Pos", "pos.eq;src",
        "Position of the object (RA, Dec)", rows.position),
    (Column("var_ampl", "float", None, None, "src.var.amplitude;arith.ratio",
        "ssa:Target.VarAmpl", None,
        "(max - min) / (max + min) of the flux, from the amplitude in magnitudes;"
        " null where there are only fluxes"),
        rows.variability),
    (Column("amplitude", "float", None, "mag", "src.var.amplitude", None, None,
        "Amplitude, peak to peak; that of all passbands together is the largest; null"
        " where there are only fluxes"),
        taken("amplitude")),
    word("space_frame", "CoordSys.SpaceFrame.Name", None,
        "Frame of the positions", same("ICRS")),
    word("time_frame", "CoordSys.TimeFrame.Name", "time.scale",
        "Time scale of the light curve",
        of_collection(lambda c: c.time_frame.timescale)),
    real("time_zero", "d", "CoordSys.TimeFrame.Zero", "arith.zp;time",
        "Zero of the times in this table (MJD)", same(0.0)),
    word("time_refposition", "CoordSys.TimeFrame.RefPos", "time.scale",
        "Place whose times these are",
        of_collection(lambda c: c.time_frame.refposition)),
    coordinate("ra", f"{SPACE}.Location.Value.C1", "pos.eq.ra;meta.main",
        "Right ascension", taken("ra")),
    coordinate("dec", f"{SPACE}.Location.Value.C2", "pos.eq.dec;meta.main",
        "Declination", taken("dec")),
    pair("location", f"{SPACE}.Location.Value", "pos.eq",
        "Position observed (RA, Dec)", rows.position),
    real("aperture", "deg", f"{SPACE}.Bounds.Extent", "phys.angSize;instr.fov",
        "Diameter of the aperture; null where not known",
        taken("aperture")),
    word("spatial_calibration", "Char.SpatialAxis.Calibration", "meta.code.qual",
        "How positions are calibrated", same("absolute")),
    real("spatial_error", "deg", "Char.SpatialAxis.Accuracy.StatError",
        "stat.error;pos.eq", "Error of the position; null where not known",
        rows.nothing),
    real("spatial_resolution", "deg", "Char.SpatialAxis.Resolution",
        "pos.angResolution", "Resolution on the sky; null where not known",
        rows.nothing),
    real("t_mid", "d", f"{TIME}.Location.Value", "time.epoch",
        "Middle of the time span (MJD)", rows.time_middle),
    real("t_extent", "s", f"{TIME}.Bounds.Extent", "time.duration",
        "Length of the time span", rows.time_extent),
    real("t_min", "d", f"{TIME}.Bounds.Start", "time.start;obs.exposure",
        "First point (MJD)", taken("t_min")),
    real("t_max", "d", f"{TIME}.Bounds.Stop", "time.end;obs.exposure",
        "Last point (MJD)", taken("t_max")),
    word("spectral_ucd", "Char.SpectralAxis.Ucd", "meta.ucd",
        "What the passband is given in", same("em.wl")),
    real("em_mid", "m", f"{SPECTRUM}.Location.Value", "em.wl;instr.bandpass",
        "Effective wavelength of the passband; null where not known",
        rows.em_middle),
    real("em_extent", "m", f"{SPECTRUM}.Bounds.Extent", "em.wl;instr.bandwidth",
        "Width of the passband; null where not known", em_extent),
    real("em_min", "m", f"{SPECTRUM}.Bounds.Start", "em.wl;stat.min",
        "Shortest wavelength; null where not known", taken("em_min")),
    real("em_max", "m", f"{SPECTRUM}.Bounds.Stop", "em.wl;stat.max",
        "Longest wavelength; null where not known", taken("em_max")),
    word("spectral_calibration", "Char.SpectralAxis.Calibration", "meta.code.qual",
        "How wavelengths are calibrated; null where they are not known",
        of_passbands(em_calibration)),
    real("em_resolution", "m", "Char.SpectralAxis.Resolution",
        "spect.resolution;em.wl", "Spectral resolution: the width of the passband",
        of_passbands(em_resolution)),
    real("em_res_power", None, "Char.SpectralAxis.ResPower", "spect.resolution",
        "Wavelength by width of the passband", of_passbands(em_power)),
    word("flux_ucd", "Char.FluxAxis.Ucd", "meta.ucd",
        "What was measured", of_collection(brightness_ucd)),
    word("flux_calibration", "Char.FluxAxis.Calibration", "meta.code.qual",
        "absolute where the flux of magnitude 0 is known, or the flux itself, else"
        " relative", of_bands(calibration)),
)
# fmt: on
