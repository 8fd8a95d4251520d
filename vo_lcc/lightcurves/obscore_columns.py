"""The columns of ObsCore 1.1 (appendix B), and of its extension for time series."""

from vo_lcc.tables import Column

OBS, TIME_EXTENSION = "obscore:", "obscore:Char.TimeAxis."


def _text(name: str, utype: str, ucd: str, description: str, **words: object) -> Column:
    return _column(name, "char", utype, ucd, description, arraysize="*", **words)


def _column(
    name: str, datatype: str, utype: str, ucd: str, description: str, **words: object
) -> Column:
    said = {"principal": True, "std": True, "indexed": name in INDEXED, **words}
    return Column(
        name,
        datatype,
        ucd=ucd,
        utype=OBS + utype,
        description=description,
        **said,  # type: ignore[arg-type]
    )


INDEXED = frozenset(
    "obs_id obs_publisher_did target_name s_ra s_dec s_region".split()  # noqa: SIM905
)
SPACE, TIME, SPECTRAL = (
    f"Char.{axis}Axis." for axis in ("Spatial", "Time", "Spectral")
)
CENTRE = SPACE + "Coverage.Location.Coord.Position2D.Value2."
SPAN, RANGE = TIME + "Coverage.Bounds.Limits.", SPECTRAL + "Coverage.Bounds.Limits."
OPTIONAL = {"principal": False}

OBSCORE_COLUMNS = (
    _text(
        "dataproduct_type",
        "ObsDataset.dataProductType",
        "meta.code.class",
        "What it is: always timeseries",
    ),
    _text(
        "dataproduct_subtype",
        "ObsDataset.dataProductSubtype",
        "meta.code.class",
        "What kind of it: always lightcurve",
        **OPTIONAL,
    ),
    _column(
        "calib_level",
        "int",
        "ObsDataset.calibLevel",
        "meta.code;obs.calib",
        "How far the data are processed: 2, calibrated",
    ),
    _text(
        "obs_collection", "DataID.collection", "meta.id", "The name of the collection"
    ),
    _text(
        "obs_id",
        "DataID.observationID",
        "meta.id",
        "The object: light curves of one object have the same",
    ),
    _text("obs_title", "DataID.title", "meta.title;obs", "A title", **OPTIONAL),
    _text(
        "obs_publisher_did",
        "Curation.publisherDID",
        "meta.ref.ivoid",
        "Identifier of the light curve (ID of DataLink and SODA)",
    ),
    _text(
        "obs_creator_name",
        "DataID.creator",
        "meta.id",
        "Who made the collection",
        **OPTIONAL,
    ),
    _text(
        "obs_release_date",
        "Curation.releaseDate",
        "time.release",
        "When the collection was published here, in this form (UTC)",
        xtype="timestamp",
        **OPTIONAL,
    ),
    _text(
        "bib_reference",
        "Curation.reference",
        "meta.bib.bibcode",
        "Bibcode to cite",
        **OPTIONAL,
    ),
    _text(
        "access_url",
        "Access.reference",
        "meta.ref.url",
        "Where the light curve, its picture and the services on it are linked",
    ),
    _text(
        "access_format",
        "Access.format",
        "meta.code.mime",
        "Media type of what access_url gives: links (DataLink)",
    ),
    _column(
        "access_estsize",
        "long",
        "Access.size",
        "phys.size;meta.file",
        "About the size of the light curve as a VOTable",
        unit="kbyte",
    ),
    _text("target_name", "Target.name", "meta.id;src", "Identifier of the object"),
    _text(
        "target_class",
        "Target.class",
        "src.class",
        "Class of the object, in the words of its collection",
        **OPTIONAL,
    ),
    _column(
        "s_ra",
        "double",
        CENTRE + "C1",
        "pos.eq.ra",
        "Right ascension of the object (ICRS)",
        unit="deg",
    ),
    _column(
        "s_dec",
        "double",
        CENTRE + "C2",
        "pos.eq.dec",
        "Declination of the object (ICRS)",
        unit="deg",
    ),
    _column(
        "s_fov",
        "double",
        SPACE + "Coverage.Bounds.Extent.diameter",
        "phys.angSize;instr.fov",
        "Diameter of the aperture that was measured; NULL where it is not known",
        unit="deg",
    ),
    _text(
        "s_region",
        SPACE + "Coverage.Support.Area",
        "pos.outline;obs.field",
        "The aperture; a circle of radius 0 where its size is not known",
        xtype="adql:REGION",
    ),
    _column(
        "s_resolution",
        "double",
        SPACE + "Resolution.Refval.value",
        "pos.angResolution",
        "Angular resolution of the images; not known",
        unit="arcsec",
    ),
    _column(
        "s_xel1",
        "long",
        SPACE + "numBins1",
        "meta.number",
        "Pixels along the first axis of the sky; a light curve has no such axis",
    ),
    _column(
        "s_xel2",
        "long",
        SPACE + "numBins2",
        "meta.number",
        "Pixels along the second axis of the sky; a light curve has no such axis",
    ),
    _column(
        "t_min",
        "double",
        SPAN + "StartTime",
        "time.start;obs.exposure",
        "Time of the first point (MJD). Brought to UTC by a constant where the time"
        " scale is known (TT, TDB: -69.184 s, TAI: -37 s, GPS: -18 s, as since 2017);"
        " not brought to the observer: see ivoa.obs_time",
        unit="d",
    ),
    _column(
        "t_max",
        "double",
        SPAN + "StopTime",
        "time.end;obs.exposure",
        "Time of the last point (MJD), brought to UTC like t_min",
        unit="d",
    ),
    _column(
        "t_exptime",
        "double",
        TIME + "Coverage.Support.Extent",
        "time.duration;obs.exposure",
        "Exposure time of all points together; not known",
        unit="s",
    ),
    _column(
        "t_resolution",
        "double",
        TIME + "Resolution.Refval.value",
        "time.resolution",
        "Resolution in time; not known: ivoa.obs_time has the steps between points",
        unit="s",
    ),
    _column("t_xel", "long", TIME + "numBins", "meta.number", "Number of points"),
    _column(
        "em_min",
        "double",
        RANGE + "LoLimit",
        "em.wl;stat.min",
        "Effective wavelength less half the bandwidth, or itself where no bandwidth"
        " is known",
        unit="m",
    ),
    _column(
        "em_max",
        "double",
        RANGE + "HiLimit",
        "em.wl;stat.max",
        "Effective wavelength and half the bandwidth, or itself where no bandwidth"
        " is known",
        unit="m",
    ),
    _column(
        "em_res_power",
        "double",
        SPECTRAL + "Resolution.ResolPower.refVal",
        "spect.resolution",
        "Effective wavelength over bandwidth",
    ),
    _column(
        "em_xel",
        "long",
        SPECTRAL + "numBins",
        "meta.number",
        "Number of passbands in the light curve: always 1",
    ),
    _text(
        "em_ucd",
        SPECTRAL + "ucd",
        "meta.ucd",
        "What em_min and em_max are: wavelengths",
        **OPTIONAL,
    ),
    _text("o_ucd", "Char.ObservableAxis.ucd", "meta.ucd", "What was measured"),
    _text(
        "pol_states",
        "Char.PolarizationAxis.stateList",
        "meta.code;phys.polarization",
        "Polarization states; none was measured",
    ),
    _column(
        "pol_xel",
        "long",
        "Char.PolarizationAxis.numBins",
        "meta.number",
        "Number of polarization states; none was measured",
    ),
    _text(
        "facility_name",
        "Provenance.ObsConfig.Facility.name",
        "meta.id;instr.tel",
        "Telescope or survey",
    ),
    _text(
        "instrument_name",
        "Provenance.ObsConfig.Instrument.name",
        "meta.id;instr",
        "Instrument",
    ),
    Column(
        "passband",
        "char",
        "*",
        ucd="instr.bandpass",
        description="Name of the passband, as in the collection",
        principal=True,
    ),
)
"""The mandatory columns of ObsCore, the optional ones that are known, the passband."""

HIDDEN = (
    Column("collection", "char", "*"),
    Column("object_id", "char", "*"),
    Column("hpx", "long"),
)
"""Columns of the view that queries do not see: by them rows are found."""

HIDDEN_OF_TIME = tuple(
    Column(name, "char", "*") for name in ("collection", "object_id", "passband")
)


def _time(name: str, datatype: str, description: str, **words: object) -> Column:
    return Column(
        name,
        datatype,
        description=description,
        std=True,
        principal=True,
        **words,  # type: ignore[arg-type]
    )


OBS_TIME_COLUMNS = (
    next(c for c in OBSCORE_COLUMNS if c.name == "obs_publisher_did"),
    _time(
        "t_origin",
        "double",
        "Julian date of the zero of the times in the light curve",
        unit="d",
        ucd="time.epoch",
    ),
    _time(
        "t_scale",
        "char",
        "Time scale (http://www.ivoa.net/rdf/timescale)",
        arraysize="*",
        ucd="time.scale",
    ),
    _time(
        "t_refPosition",
        "char",
        "The place that the times are for (http://www.ivoa.net/rdf/refposition)",
        arraysize="*",
        ucd="meta.code",
    ),
    _time(
        "t_refDirection",
        "char",
        "The direction for which they were brought there; no source has said it",
        arraysize="*",
        ucd="meta.code",
    ),
    _time(
        "t_format",
        "char",
        "How times are written: JD, MJD, or JD less t_origin",
        arraysize="*",
        ucd="meta.code",
    ),
    _time(
        "t_exp_min",
        "double",
        "Shortest exposure of a point; not known",
        unit="s",
        ucd="time.duration;obs.sequence;stat.min",
        utype=TIME_EXTENSION + "Sampling.Extent.LoLim",
    ),
    _time(
        "t_exp_max",
        "double",
        "Longest exposure of a point; not known",
        unit="s",
        ucd="time.duration;obs.sequence;stat.max",
        utype=TIME_EXTENSION + "Sampling.Extent.HiLim",
    ),
    _time(
        "t_delta_min",
        "double",
        "Shortest time from one point to the next; NULL for a single point",
        unit="s",
        ucd="time.interval;obs.sequence;stat.min",
        utype=TIME_EXTENSION + "Sampling.Period.LoLim",
    ),
    _time(
        "t_delta_max",
        "double",
        "Longest time from one point to the next; NULL for a single point",
        unit="s",
        ucd="time.interval;obs.sequence;stat.max",
        utype=TIME_EXTENSION + "Sampling.Period.HiLim",
    ),
    _time(
        "t_fold_period",
        "double",
        "Period with which times are folded; 0: light curves here are not folded",
        unit="d",
        ucd="time.period",
    ),
)
