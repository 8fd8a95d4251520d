"""New words for the data that are published: a release of kind description."""

import hashlib

from vo_lcc.db import Database, Load
from vo_lcc.errors import StateError, UsageError
from vo_lcc.lightcurves.loading.rejects import Losses
from vo_lcc.lightcurves.model import CollectionFile
from vo_lcc.lightcurves.progress import Progress
from vo_lcc.lightcurves.releases.publishing import Published, parse_definition, publish
from vo_lcc.lightcurves.releases.records import (
    complete_draft,
    find_draft,
    find_latest,
    new_draft,
    store_draft,
)
from vo_lcc.lightcurves.releases.words import changes


def publish_file(
    database: Database,
    file: CollectionFile,
    text: str,
    progress: Progress | None = None,
) -> Published | None:
    """Publish the draft that was made of this collection file, or its new words.

    None means: it says what is published already. Raises UsageError where it differs
    in more than words from what is published, and what `publish` does.
    """
    draft = find_draft(database, file.name)
    if draft is None:
        with database.load() as load:
            if not _draft_words(load, file, text):
                return None
    elif draft.definition != text:
        raise StateError(
            f"the draft of {file.name}, release {draft.label}, was made of another"
            f" collection file; publish it by its name (vo-lcc publish {file.name}), or"
            f" drop it (vo-lcc withdraw {file.name} {draft.label})"
        )
    return publish(database, file.name, progress)


def _draft_words(load: Load, file: CollectionFile, text: str) -> bool:
    """Draft a release of new words; False where there are none."""
    latest = find_latest(load, file.name)
    if latest is None:
        raise UsageError(
            f"{file.name} has no draft and nothing published; vo-lcc ingest loads it"
        )
    changed = changes(parse_definition(latest.definition), file)
    more = [change.name for change in changed if not change.is_of_words]
    if more:
        raise UsageError(
            f"{file.name}: {', '.join(more)}: this changes the data, not only what is"
            f" said of them; load them anew by vo-lcc ingest"
        )
    if not changed:
        return False
    digest = hashlib.sha256(text.encode()).hexdigest()
    draft = new_draft(load, file, "description", digest)
    store_draft(load, file, text, draft)
    complete_draft(load, file, draft, Losses())
    return True
