"""VOTable in.

`read` is the way in; `reader` drives the parse. `outline` finds the table that is
wanted, `document` follows the elements around it, `fields` makes columns of FIELDs.
`xml` is the parser without entities or network. Rows come by `tabledata` (`plain` where
nothing but rows and cells stands there) or by `stream` and `binary`; `cells`, `text`,
`characters` and `values` make columns of cells.
"""

from vo_lcc.parsers.votable.read import read_votable

__all__ = ["read_votable"]
