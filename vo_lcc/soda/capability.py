"""How the extraction of light curves is advertised (SODA 1.0, section 2.5)."""

from vo_lcc.dali.capability import (
    Element,
    Site,
    capability,
    param_http,
    standard_params,
)

SYNC_ID = "ivo://ivoa.net/std/SODA#sync-1.0"
ASYNC_ID = "ivo://ivoa.net/std/SODA#async-1.0"

PARAMETERS = (
    ("ID", "optional", "Identifiers of light curves, as many as there are"),
    ("TIME", "optional", "Intervals of MJD (UTC): two numbers, -Inf and +Inf are open"),
    ("BAND", "optional", "Passbands: names, or intervals of wavelength in m"),
    ("POS", "optional", "Regions of the sky: CIRCLE, RANGE or POLYGON, in degrees"),
    ("CIRCLE", "optional", "Circles on the sky: ra, dec, radius in degrees"),
    ("POLYGON", "optional", "Polygons on the sky: ra and dec in degrees in turn"),
    ("RESPONSEFORMAT", "optional", "Format of the light curves; VOTable by default"),
)


def capabilities(site: Site) -> list[Element]:
    """SODA at once, and by jobs."""
    return [
        capability(
            standard_id,
            standard_params(
                param_http(
                    f"{site.base_url}/soda/{run}",
                    use="base",
                    query_types=query_types,
                    result_type=result_type,
                ),
                PARAMETERS,
            ),
        )
        for standard_id, run, query_types, result_type in RUNS
    ]


def examples(site: Site) -> list[Element]:
    """The examples of SODA (section 2.3)."""
    interface = param_http(f"{site.base_url}/soda/examples")
    return [capability("ivo://ivoa.net/std/DALI#examples", interface)]


RUNS = (
    # standard, path, methods, media type
    (SYNC_ID, "sync", ("GET", "POST"), "application/x-votable+xml"),
    (ASYNC_ID, "async", ("POST",), "text/xml"),
)
