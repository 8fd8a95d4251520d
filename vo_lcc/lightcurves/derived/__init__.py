"""What is computed of light curves: of each by itself, of many at once."""

from vo_lcc.lightcurves.derived.series import Series as Series
from vo_lcc.lightcurves.derived.statistics import BASIC as BASIC
from vo_lcc.lightcurves.derived.statistics import STATISTICS as STATISTICS
from vo_lcc.lightcurves.derived.statistics import Kind as Kind
from vo_lcc.lightcurves.derived.statistics import Statistic as Statistic
from vo_lcc.lightcurves.derived.statistics import chosen as chosen
from vo_lcc.lightcurves.derived.summarise import summarise as summarise
