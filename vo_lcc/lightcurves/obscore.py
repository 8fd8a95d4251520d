"""Light curves as ObsCore 1.1 has observations: `ivoa.obscore`, and `ivoa.obs_time`.

Both are views with a row for each light curve of every published collection. Who the
server is, in identifiers and addresses, is no matter of the data: the views read it
from settings, which a statement brings along (`settings_of`).
"""

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

from vo_lcc.lightcurves.columns import ORIGINS
from vo_lcc.lightcurves.identifiers import did_prefix
from vo_lcc.lightcurves.obscore_columns import (
    HIDDEN,
    OBS_TIME_COLUMNS,
    OBSCORE_COLUMNS,
)
from vo_lcc.lightcurves.obsplan import OBSPLAN
from vo_lcc.lightcurves.summaries import PATH
from vo_lcc.lightcurves.views import Release, number, of_passband, spectral_range, text
from vo_lcc.tables import Discs, ForeignKey, Path, Position, Schema, Table

CORE = "ivo://ivoa.net/std/ObsCore#core-1.1"
TIME = "ivo://ivoa.net/std/obscore#time-obs-1.0"
CALIBRATED = 2
HEAD_BYTES, VALUE_BYTES = 4000, 12  # of a light curve as VOTable, roughly
DAY = 86400.0

# Seconds from UTC to a scale, as they are since 2017: what a constant can do. Between
# 1990 and 2030 it is right to some seconds.
UTC_OFFSETS: Mapping[str, float] = {"TT": 69.184, "TDB": 69.184, "TAI": 37, "GPS": 18}

DID_PARTS = Path("obs_publisher_did", "?", ("collection", "object_id", "passband"))


def obs_schema(releases: Iterable[Release]) -> Schema:
    """The schema of the IVOA's tables, with what the catalog has to know of them."""
    apertures = [release.aperture or 0 for release in releases]
    obscore = Table(
        "ivoa",
        "obscore",
        OBSCORE_COLUMNS,
        "The light curves of all collections as observations (ObsCore 1.1): one row"
        " for each object and passband, so that every point is in one row only",
        "view",
        utype="ivo://ivoa.net/std/obscore#table-1.1",
        position=Position("s_ra", "s_dec", "hpx"),
        discs=(Discs("s_region", max(apertures, default=0) / 2),),
        paths=(DID_PARTS, Path("obs_id", "", ("collection", "object_id"))),
    )
    obs_time = Table(
        "ivoa",
        "obs_time",
        OBS_TIME_COLUMNS,
        "What the times of the rows of ivoa.obscore are: the extension of ObsCore for"
        " time series (a draft); join it by obs_publisher_did",
        "view",
        utype=TIME,
        keys=(
            ForeignKey(
                "ivoa.obscore",
                (("obs_publisher_did", "obs_publisher_did"),),
                "The light curve whose times these are",
            ),
        ),
        paths=(DID_PARTS,),
    )
    return Schema("ivoa", (obscore, obs_time, OBSPLAN), "Tables defined by the IVOA")


def settings_of(
    tables: Iterable[tuple[str, str]], base_url: str, authority: str | None
) -> tuple[tuple[str, str], ...]:
    """What a statement that reads these tables sets, so that they know the server.

    >>> settings_of([("demo", "objects")], "https://vo.example.org", None)
    ()
    >>> settings_of([("rr", "interface")], "https://vo.example.org", None)
    (('vo_lcc.base_url', 'https://vo.example.org'),)
    """
    schemas = {schema for schema, _ in tables}
    prefix = did_prefix(authority)
    links = f"{base_url}/datalink/links?ID={quote(prefix, safe='')}"
    needed = {
        "ivoa": (("vo_lcc.did_prefix", prefix), ("vo_lcc.links_prefix", links)),
        "rr": (("vo_lcc.base_url", base_url),),
    }
    return tuple(
        pair for schema in needed if schema in schemas for pair in needed[schema]
    )


def obscore_selects(release: Release) -> Iterator[str]:
    """The rows of `ivoa.obscore` of one release: one table and no condition."""
    values = obscore_values(release)
    names = [c.name for c in (*OBSCORE_COLUMNS, *HIDDEN)]
    listed = ",\n  ".join(f"{values[name]} AS {name}" for name in names)
    yield f"SELECT {listed}\nFROM {release.table('summaries')}"


def obscore_values(release: Release) -> Mapping[str, str]:
    """What each column of `ivoa.obscore` is, as SQL over the summaries."""
    shift = release.shift - UTC_OFFSETS.get(release.timescale, 0) / DAY
    ends = {band.passband: spectral_range(band) for band in release.passbands}
    powers = {
        band.passband: band.effective_wavelength / band.bandwidth
        if band.effective_wavelength and band.bandwidth
        else None
        for band in release.passbands
    }
    curve = curve_path(release)
    size = f"{HEAD_BYTES} + n_points::bigint * {VALUE_BYTES * release.n_columns}"
    unknown = ("s_resolution", "t_exptime", "t_resolution")
    uncounted = ("s_xel1", "s_xel2", "pol_xel")
    return {
        **dict.fromkeys(unknown, number(None)),
        **dict.fromkeys(uncounted, "NULL::bigint"),
        "dataproduct_type": text("timeseries"),
        "dataproduct_subtype": text("lightcurve"),
        "calib_level": str(CALIBRATED),
        "obs_collection": text(release.name),
        "obs_id": object_path(release),
        "obs_title": f"object_id || ' in ' || passband || {text(', ' + release.title)}",
        "obs_publisher_did": f"vo_lcc.did_prefix() || {curve}",
        "obs_creator_name": text(release.creator),
        "obs_release_date": f"{text(release.published)}::timestamp",
        "bib_reference": text(release.bibcode),
        "access_url": f"vo_lcc.links_prefix() || vo_lcc.in_query({curve})",
        "access_format": text("application/x-votable+xml;content=datalink"),
        "access_estsize": f"({size} + 999) / 1000",
        "target_name": "object_id",
        "target_class": "target_class",
        "s_ra": "ra",
        "s_dec": "dec",
        "s_fov": number(release.aperture),
        "s_region": f"ARRAY[ra, dec, {number((release.aperture or 0) / 2)}]",
        "t_min": f"t_min + {number(shift)}",
        "t_max": f"t_max + {number(shift)}",
        "t_xel": "n_points::bigint",
        "em_min": of_passband({band: low for band, (low, _) in ends.items()}),
        "em_max": of_passband({band: high for band, (_, high) in ends.items()}),
        "em_res_power": of_passband(powers),
        "em_xel": "1::bigint",
        "em_ucd": text("em.wl"),
        "o_ucd": text(observable(release)),
        "pol_states": text(None),
        "facility_name": text(release.facility),
        "instrument_name": text(release.instrument),
        "passband": "passband",
        "collection": text(release.name),
        "object_id": "object_id",
        "hpx": "hpx",
    }


def observable(release: Release) -> str:
    """The first word of the UCD of what was measured, that of the passband left out."""
    known = "phot.mag" if release.has_magnitudes else "phot.flux"
    return (release.brightness_ucd or known).partition(";")[0]


def obs_time_selects(release: Release) -> Iterator[str]:
    """The rows of `ivoa.obs_time` of one release.

    A `t_fold_period` of 0 means: not folded (the draft of the
    extension, "Time axis mode").
    """
    origin = release.time_origin
    form = ORIGINS.get(origin, f"JD - {origin:.10g}")
    yield f"""
SELECT vo_lcc.did_prefix() || {curve_path(release)} AS obs_publisher_did,
  {number(origin)} AS t_origin, {text(release.timescale)} AS t_scale,
  {text(release.refposition)} AS "t_refPosition", {text(None)} AS "t_refDirection",
  {text(form)} AS t_format, {number(None)} AS t_exp_min, {number(None)} AS t_exp_max,
  step_min * {number(DAY)} AS t_delta_min, step_max * {number(DAY)} AS t_delta_max,
  {number(0)} AS t_fold_period,
  {text(release.name)} AS collection, object_id, passband
FROM {release.table("summaries")}"""  # noqa: S608 (quoted)


def object_path(release: Release) -> str:
    """The path of the object, as SQL: `CurveId.path` without a passband."""
    return f"{text(quote(release.name) + '/')} || {PATH}"


def curve_path(release: Release) -> str:
    """The path of the light curve, as SQL: `CurveId.path`.

    A passband has letters, digits and _, so there is nothing to encode.
    """
    return f"{object_path(release)} || '/' || passband"
