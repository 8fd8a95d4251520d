"""The plan of observations (ObsLocTAP 1.0): as the standard wants it, and empty."""

import pytest
import pyvo

from vo_lcc.lightcurves.obscore_columns import OBSCORE_COLUMNS
from vo_lcc.lightcurves.obsplan import OBSPLAN

# Of the standard, section 4: queries of its use cases.
QUERIES = [
    "SELECT * FROM ivoa.obsplan WHERE t_min < 58700 AND t_max > 58500",
    "SELECT * FROM ivoa.obsplan WHERE t_min < 58700 AND t_max > 58500"
    " AND em_min < 1e-6 AND em_max > 1e-7"
    " AND 1 = CONTAINS(POINT('ICRS', 16, 40), s_region)",
    "SELECT * FROM ivoa.obsplan WHERE priority = 2 AND execution_status = 'Planned'"
    " AND INTERSECTS(CIRCLE('ICRS', 16, 40, 1), s_region) = 1",
]


@pytest.mark.parametrize("query", QUERIES)
def test_nothing_is_planned(server, query):
    found = pyvo.dal.TAPService(server + "/tap").search(query)

    assert len(found) == 0
    assert found.fieldnames == tuple(column.name for column in OBSPLAN.columns)


def test_what_obscore_has_is_as_it_is_there():
    obscore = {column.name: column for column in OBSCORE_COLUMNS}
    shared = [column for column in OBSPLAN.columns if column.name in obscore]

    assert len(shared) == 20
    for column in shared:
        model = obscore[column.name]
        assert (column.datatype, column.unit, column.ucd, column.xtype) == (
            model.datatype,
            model.unit,
            model.ucd,
            model.xtype,
        )
        assert f"obscore:{column.utype}" == model.utype
