"""PostgreSQL; the only package that names a driver.

`Database` is the control plane (small statements, psycopg2), `Load` puts rows in
and `Streams` brings rows out (Arrow; asyncpg). Migrations are in `sql/`.
"""

from vo_lcc.db.connect import Database
from vo_lcc.db.estimate import Estimate
from vo_lcc.db.load import Load
from vo_lcc.db.migrate import migrate
from vo_lcc.db.quote import quote_name, quote_text
from vo_lcc.db.session import Statement, StreamLimits
from vo_lcc.db.stream import Streams
from vo_lcc.db.temporary import Step, TempTable

__all__ = [
    "Database",
    "Estimate",
    "Load",
    "Statement",
    "Step",
    "StreamLimits",
    "Streams",
    "TempTable",
    "migrate",
    "quote_name",
    "quote_text",
]
