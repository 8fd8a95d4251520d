"""Queries of all that is published, and of the Registry: no collection's own.

They read tables of the standards, so that they work elsewhere too.
"""

from collections.abc import Iterable, Iterator, Mapping

from vo_lcc.lightcurves.collection import Collection
from vo_lcc.tables import Catalog
from vo_lcc.tap.examples import PLACEHOLDER, Example, Template, position
from vo_lcc.times import MJD_ORIGIN

TEMPLATES: tuple[tuple[Template, tuple[str, ...]], ...] = (
    (
        Template(
            "around",
            "Light curves around a position, of all collections",
            "Whatever lies within a degree; access_url leads to the data.",
            """\
SELECT obs_collection, target_name, passband, t_min, t_max, t_xel, access_url
FROM ivoa.obscore
WHERE CONTAINS(POINT('ICRS', s_ra, s_dec), CIRCLE('ICRS', {ra}, {dec}, 1)) = 1
ORDER BY obs_collection, target_name, passband""",
        ),
        ("ivoa.obscore",),
    ),
    (
        Template(
            "during",
            "Long light curves that cover a moment, of all collections",
            "A hundred light curves of 20 points or more that were under way on a day"
            " (MJD).",
            """\
SELECT TOP 100 obs_collection, target_name, passband, t_xel, t_max - t_min AS days
FROM ivoa.obscore
WHERE dataproduct_type = 'timeseries' AND t_xel >= 20
  AND t_min <= {mjd} AND t_max >= {mjd}""",
        ),
        ("ivoa.obscore",),
    ),
    (
        Template(
            "frames",
            "In which time scale light curves are",
            "The time scale and place of the times of light curves within a degree, and"
            " the shortest time between two points (s).",
            """\
SELECT obs_collection, target_name, passband, t_scale, t_refPosition, t_delta_min
FROM ivoa.obscore JOIN ivoa.obs_time USING (obs_publisher_did)
WHERE CONTAINS(POINT('ICRS', s_ra, s_dec), CIRCLE('ICRS', {ra}, {dec}, 1)) = 1
ORDER BY obs_collection, target_name, passband""",
        ),
        ("ivoa.obscore", "ivoa.obs_time"),
    ),
    (
        Template(
            "columns",
            "Which tables have periods",
            "Columns by their UCD, which says what a column is however it is called.",
            """\
SELECT table_name, column_name, unit, description
FROM tap_schema.columns WHERE ucd LIKE 'time.period%'
ORDER BY table_name, column_name""",
        ),
        ("tap_schema.columns",),
    ),
    (
        Template(
            "here",
            "Which collections have light curves here and then",
            "What the Registry knows of resources: those whose coverage has a position,"
            " and an interval of time with a day (MJD) in it.",
            """\
SELECT ivoid, short_name, res_title, time_start, time_end
FROM rr.resource NATURAL JOIN rr.stc_spatial NATURAL JOIN rr.stc_temporal
WHERE CONTAINS(POINT('ICRS', {ra}, {dec}), coverage) = 1
  AND time_start <= {mjd} AND time_end >= {mjd}
ORDER BY ivoid""",
        ),
        ("rr.resource", "rr.stc_spatial", "rr.stc_temporal"),
    ),
    (
        Template(
            "services",
            "Which services give light curves",
            "Services of the Simple Spectral Access protocol that the Registry knows,"
            " and their addresses.",
            """\
SELECT ivoid, res_title, access_url
FROM rr.resource NATURAL JOIN rr.capability NATURAL JOIN rr.interface
WHERE standard_id LIKE 'ivo://ivoa.net/std/ssa%' AND intf_role = 'std'
ORDER BY ivoid""",
        ),
        ("rr.resource", "rr.capability", "rr.interface"),
    ),
)


def general_examples(
    catalog: Catalog, collections: Iterable[Collection]
) -> tuple[Example, ...]:
    """The examples over all collections, with a place and a time that some have."""
    return tuple(_made(catalog, _words(collections)))


def _made(catalog: Catalog, words: Mapping[str, str]) -> Iterator[Example]:
    for template, tables in TEMPLATES:
        there = all(catalog.find_table(name) for name in tables)
        if there and set(PLACEHOLDER.findall(template.query)) <= set(words):
            yield template.example("all", words, tables)


def _words(collections: Iterable[Collection]) -> dict[str, str]:
    """A position and a time with light curves: those of the first that has both."""
    for collection in collections:
        place, start, end = position(collection), collection.t_min, collection.t_max
        if place is not None and start is not None and end is not None:
            middle = (start + end) / 2 + collection.time_frame.time_origin - MJD_ORIGIN
            ra, dec = (f"{degrees:g}" for degrees in place)
            return {"ra": ra, "dec": dec, "mjd": f"{middle:.0f}"}
    return {}
