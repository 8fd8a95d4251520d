"""docs/collections.md has every key of a collection file, and no other."""

import re
from pathlib import Path

from vo_lcc.lightcurves.model import (
    CollectionFile,
    ColumnSpec,
    Derived,
    Files,
    LightCurveFiles,
    Limits,
    ObjectFiles,
    Passband,
    Period,
    Releases,
    Site,
    Time,
)

PAGE = Path(__file__).parents[3] / "docs" / "collections.md"
INNER = (Time, Site, Limits, Derived, Period, Releases)
MODELS = (CollectionFile, Passband, Files, ObjectFiles, LightCurveFiles, ColumnSpec)


def keys_of_tables():
    """The words in backquotes in the first cell of each row."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    cells = [row.split("|")[1] for row in rows]
    return {word for cell in cells for word in re.findall(r"\w+", cell)}


def test_every_key_of_a_collection_file_is_documented_and_no_other():
    known = {name for model in MODELS for name in model.model_fields}

    assert keys_of_tables() == known


def test_the_keys_of_small_tables_are_named():
    text = PAGE.read_text()

    for model in INNER:
        for name in model.model_fields:
            assert re.search(rf"`[^`]*\b{name}\b[^`]*`", text), name
