"""A table of names only says where the rest is told: the header Link leads there."""

import io

import pytest
import requests
from astropy.io import votable


@pytest.mark.parametrize(
    "path",
    [
        "/tap/sync?LANG=ADQL&QUERY=SELECT+TOP+2+object_id,ra+FROM+demo.objects&",
        "/scs/demo?RA=180&DEC=0&SR=1&VERB=1&",
        "/ssa/demo?POS=180,0&FORMAT=all&",
    ],
)
def test_the_columns_of_csv_are_described_where_its_link_leads(server, path):
    reply = requests.get(f"{server}{path}RESPONSEFORMAT=csv", timeout=30)
    reply.raise_for_status()
    link = reply.links["describedby"]

    described = requests.get(link["url"], timeout=30)

    described.raise_for_status()
    (table,) = votable.parse(io.BytesIO(described.content)).iter_tables()
    names = reply.text.splitlines()[0].split(",")
    assert [field.name for field in table.fields] == names
    assert described.headers["Content-Type"].startswith(link["type"])
    if "/lc/" not in path:
        assert len(table.array) == 0
