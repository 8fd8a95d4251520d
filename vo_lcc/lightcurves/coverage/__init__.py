"""Where on the sky, when, and how bright: what a release covers."""

from vo_lcc.lightcurves.coverage.measuring import Coverage as Coverage
from vo_lcc.lightcurves.coverage.measuring import measure as measure
from vo_lcc.lightcurves.coverage.touching import touches as touches
