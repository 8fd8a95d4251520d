"""The Registry as tables: resource records to the rows of schema `rr` (RegTAP 1.2).

`mapping` and `details` say which element or attribute becomes which column, `values`
how it is written there, `reading` finds it, `shredding` makes rows of a record and
`storing` puts them into the database. The tables are described in `db.regtap_schema`.
"""

from vo_lcc.registry.regtap.storing import (
    Refused,
    forget_resources,
    store_resources,
    update_statistics,
)

__all__ = ["Refused", "forget_resources", "store_resources", "update_statistics"]
