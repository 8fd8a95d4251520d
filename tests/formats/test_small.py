"""Small documents, many of them: what is kept from one to the next does not show."""

import pytest

from tests.formats.curve import DOCUMENT, G_BAND, band_table
from vo_lcc.formats.curves import find_curve_format
from vo_lcc.formats.document import document_bytes


@pytest.mark.parametrize("name", ["csv", "fits", "votable", "ecsv"])
def test_a_document_does_not_depend_on_those_before_it(name):
    form = find_curve_format(name)
    tables = [band_table(G_BAND)]

    first = document_bytes(form, DOCUMENT, tables)
    document_bytes(form, DOCUMENT, [(tables[0][0], [])])

    assert document_bytes(form, DOCUMENT, tables) == first
