"""A zip of ten thousand light curves takes seconds: each document is cheap."""

import time

import numpy as np
import pyarrow as pa
import pytest

from tests.formats.curve import DOCUMENT, G_BAND, band_table
from vo_lcc.formats.curves import find_curve_format
from vo_lcc.formats.document import document_bytes

N_POINTS = 200
MOST_MS = {"fits": 0.5, "csv": 0.3, "votable": 0.3, "ecsv": 0.3}
"""CPU time for one light curve, in ms."""

SLOWER = 4
"""How much slower a machine that does other things may be."""


@pytest.mark.parametrize("name", MOST_MS)
def test_a_small_document_is_made_at_once(name):
    head, _ = band_table(G_BAND)
    times = np.linspace(1000.0, 2000.0, N_POINTS)
    columns = [times, np.sin(times), np.cos(times).astype("f4")]
    columns += [np.arange(N_POINTS, dtype="i4"), pa.array([None] * N_POINTS, "string")]
    names = [column.name for column in head.columns]
    batch = pa.record_batch([pa.array(column) for column in columns], names)
    form = find_curve_format(name)
    document_bytes(form, DOCUMENT, [(head, [batch])])

    start = time.process_time()
    for _ in range(100):
        document_bytes(form, DOCUMENT, [(head, [batch])])
    took = (time.process_time() - start) / 100

    assert took < SLOWER * MOST_MS[name] / 1000


@pytest.mark.parametrize("name", ["csv", "fits", "votable", "ecsv"])
def test_a_document_does_not_depend_on_those_before_it(name):
    form = find_curve_format(name)
    tables = [band_table(G_BAND)]

    first = document_bytes(form, DOCUMENT, tables)
    document_bytes(form, DOCUMENT, [(tables[0][0], [])])

    assert document_bytes(form, DOCUMENT, tables) == first
