"""How the links are advertised (DataLink 1.1, section 2.2)."""

from vo_lcc.dali.capability import (
    Element,
    Site,
    capability,
    param_http,
    standard_params,
)
from vo_lcc.dali.descriptors import LINKS, LINKS_TYPE, links_path

PARAMETERS = (
    ("ID", "required", "Identifiers of light curves, as many as there are"),
    ("RESPONSEFORMAT", "optional", "Format of the answer; VOTable by default"),
)


def capabilities(site: Site) -> list[Element]:
    """The links of all collections."""
    interface = param_http(
        site.base_url + links_path(),
        use="base",
        version="1.1",
        query_types=("GET", "POST"),
        result_type=LINKS_TYPE,
    )
    return [capability(LINKS, standard_params(interface, PARAMETERS))]
