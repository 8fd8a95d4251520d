"""What this server tells the registry: its resource records.

Everything in them comes from the site, the catalog and what the services say of
themselves. The server's own URL is `BASE_URL` in all of them.
"""

from vo_lcc.registry.records.build import Recipe, build_records, recipes
from vo_lcc.registry.records.names import identifiers_of
from vo_lcc.registry.records.offered import Offered

__all__ = ["Offered", "Recipe", "build_records", "identifiers_of", "recipes"]
