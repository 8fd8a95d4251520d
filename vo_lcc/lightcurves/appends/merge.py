"""The points of an append draft join those that are published."""

from vo_lcc.db import Load
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.releases.records import Draft


def merge_append(load: Load, file: CollectionFile, draft: Draft) -> None:
    """Move what is staged into the live storage, in the transaction of `load`."""
    raise UsageError(f"{file.name}: release {draft.label}: appends are not built yet")
