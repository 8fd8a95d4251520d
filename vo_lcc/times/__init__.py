"""Times: the frames they are in, and how they get from one into another.

`frames` has the IVOA's terms and moves origins, `scales` goes from one clock to another
and `places` from one end of a light ray to another; `conversion` joins them, and says
what is missing where it cannot. `text` writes and reads ISO 8601. Nothing is looked
up anywhere: what the Earth and the leap seconds do comes with the libraries.
"""

from vo_lcc.times.conversion import convert as convert
from vo_lcc.times.conversion import find_problem as find_problem
from vo_lcc.times.frames import JD_ORIGIN as JD_ORIGIN
from vo_lcc.times.frames import MJD_ORIGIN as MJD_ORIGIN
from vo_lcc.times.frames import REFPOSITIONS as REFPOSITIONS
from vo_lcc.times.frames import TIMESCALES as TIMESCALES
from vo_lcc.times.frames import frame_interval as frame_interval
from vo_lcc.times.frames import from_mjd as from_mjd
from vo_lcc.times.frames import mjd_shift as mjd_shift
from vo_lcc.times.frames import origin_text as origin_text
from vo_lcc.times.frames import to_mjd as to_mjd
