"""docs/lightcurves.md tells of every parameter and of all its words."""

from pathlib import Path

import pytest

from vo_lcc.curves.steps.inputs import INPUTS

PAGE = Path(__file__).parents[3] / "docs" / "lightcurves.md"


@pytest.mark.parametrize("each", INPUTS, ids=lambda each: each.column.name)
def test_every_parameter_has_a_row_with_its_words(each):
    rows = PAGE.read_text("utf-8").splitlines()

    (row,) = [row for row in rows if f"| `{each.column.name}` |" in row]

    assert all(f"`{option}`" in row for option in each.options)
