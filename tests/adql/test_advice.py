"""A name that is not known: the error says what may have been meant."""

import pytest

from vo_lcc.adql import compile_query
from vo_lcc.errors import QueryError

from .conftest import CATALOG

ADVICE = {
    'SELECT ra FROM "sky.objects"': "write sky.objects without the double quotes",
    "SELECT ra FROM sky": "it is a schema, with sky.objects, sky.targets",
    "SELECT obs_time FROM objects": "it is in sky.lightcurves",
    "SELECT ra + 1 AS r FROM objects WHERE r > 2": "an alias of SELECT is not known",
    "SELECT ra FROM objects WHERE class = RRAB": "no column `RRAB`",
    'SELECT ra FROM objects WHERE class = "RRAB"': "text is written in single quotes",
    "SELECT MEAN(ra) FROM objects": "write AVG(x)",
    "SELECT CIRCLE('GALACTIC', 1, 2, 3) FROM objects": "ivo_geom_transform('GALACTIC'",
    "SELECT LC_FOLD(obs_time, 2) FROM lightcurves": "LC_FOLD(times, period, epoch)",
    "SELECT ra ^ 2 FROM objects": "a power is written POWER(x, y)",
    "SELECT COUNT(*), ra / 2 AS hpx FROM objects GROUP BY hpx": (
        "`hpx` in GROUP BY is the column, not the alias"
    ),
    "SELECT ra FROM objects WHERE object_id = 7": "text is written in quotes: '7'",
    "SELECT ra FROM objects WHERE period > '2020-01-01'": "ivo_to_mjd('2020-01-01')",
    "SELECT ivo_healpix_index(30, ra, dec) FROM objects": "orders from 0 to 29",
}


@pytest.mark.parametrize(("query", "advice"), ADVICE.items(), ids=ADVICE)
def test_an_error_leads_to_what_was_meant(query, advice):
    with pytest.raises(QueryError) as caught:
        compile_query(query, CATALOG)

    assert advice in str(caught.value)
