"""docs/readers.md is true: every sample is a collection file, every reader is there."""

import re
from pathlib import Path

import pytest

from vo_lcc.lightcurves.checks import read_collection_file
from vo_lcc.lightcurves.readers.known import READERS

PAGE = (Path(__file__).parents[3] / "docs" / "readers.md").read_text("utf-8")
START = 'name = "a"\ntitle = "A"\ndescription = "A"\ncreator = "A"\n'
(FRAME,) = re.findall(r"and\n\n```toml\n(.*?)```", PAGE, re.DOTALL)
SAMPLES = dict(re.findall(r"### (\S+)\n\n```toml\n(.*?)```", PAGE, re.DOTALL))
ROWS = PAGE.partition("|---|")[2].partition("\n\n")[0]
LISTED = re.findall(r"^\| `([a-z-]+)` \|", ROWS, re.MULTILINE)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_a_collection_file_without_mistakes(name, tmp_path):
    path = tmp_path / f"{name}.toml"
    path.write_text(START + FRAME + SAMPLES[name])

    file, _ = read_collection_file(path)

    assert file.lightcurves.reader in (None, name)


def test_every_reader_is_listed_and_has_a_sample_in_the_same_order():
    assert set(LISTED) == {reader.name for reader in READERS}
    assert list(SAMPLES) == LISTED


def test_samples_are_short():
    assert all(sample.count("\n") <= 13 for sample in SAMPLES.values())
