"""An append is taken back: the light curves are as they were before it."""

from vo_lcc.db import Load
from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.releases.records import Draft


def undo_append(load: Load, file: CollectionFile, release: Draft) -> None:
    """Take what a published append added out of the live storage again."""
    raise UsageError(f"{file.name}: release {release.label}: appends are not built yet")
