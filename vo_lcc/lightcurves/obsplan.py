"""`ivoa.obsplan`: the plan of observations, as ObsLocTAP 1.0 has it. There is none.

What is published here has been observed long since. The rows that ObsLocTAP has for
that want exposure times, priorities and the time of planning, which collections of
light curves do not tell; ObsCore has what they do tell. So the table is as the
standard wants it, and empty: whoever asks every service for plans is told the truth.
"""

from dataclasses import replace

from vo_lcc.lightcurves.obscore_columns import OBS, OBSCORE_COLUMNS
from vo_lcc.tables import Column, Table

NAMES = (  # noqa: SIM905 (26 words, in the order of the standard)
    "t_planning target_name obs_id obs_collection s_ra s_dec s_fov s_region"
    " s_resolution t_min t_max t_exptime t_resolution em_min em_max em_res_power o_ucd"
    " pol_states pol_xel facility_name instrument_name t_plan_exptime category priority"
    " execution_status tracking_type"
).split()

PLANNING = (
    Column(
        "t_planning",
        "double",
        unit="d",
        description="When the observation was planned, or its plan changed (MJD)",
    ),
    Column(
        "t_plan_exptime",
        "double",
        unit="s",
        ucd="time.duration;obs.exposure",
        utype="Char.TimeAxis.Coverage.Support.Extent",
        description="Exposure time as planned",
    ),
    Column(
        "category",
        "char",
        "*",
        description="Fixed, Coordinated, Window or Other",
    ),
    Column("priority", "int", description="0, 1 or 2, which is the highest"),
    Column(
        "execution_status",
        "char",
        "*",
        description="Planned, Scheduled, Unscheduled, Performed or Aborted",
    ),
    Column(
        "tracking_type",
        "char",
        "*",
        description="Sidereal, Solar-system-object-tracking or Fixed-az-el-transit",
    ),
)


def _plan_columns() -> tuple[Column, ...]:
    shared = {
        column.name: replace(column, utype=(column.utype or "").removeprefix(OBS))
        for column in OBSCORE_COLUMNS
    }
    known = shared | {column.name: column for column in PLANNING}
    return tuple(
        replace(known[name], std=True, principal=True, indexed=False) for name in NAMES
    )


OBSPLAN = Table(
    "ivoa",
    "obsplan",
    _plan_columns(),
    "Planned observations (ObsLocTAP 1.0): none, as the collections are of what has"
    " been observed, which is in ivoa.obscore; for clients that ask every service",
    "view",
    utype="ivo://ivoa.net/std/obsloctap#table-1.0",
)
