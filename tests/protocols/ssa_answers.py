"""Reading what SSA answers."""

import requests
from lxml import etree

NS = {"v": "http://www.ivoa.net/xml/VOTable/v1.3"}


def answer(server, path="/ssa", status=200, **params):
    """The root of the answer to a query of /ssa."""
    reply = requests.get(f"{server}{path}", params=params, timeout=60)
    assert reply.status_code == status, reply.text
    return etree.fromstring(reply.content)


def keys(names, passbands):
    """Light curves; the passband of all together is empty."""
    return {(str(n), str(b or "")) for n, b in zip(names, passbands, strict=True)}


def found_keys(results):
    """The light curves that pyvo found."""
    return keys(results["object_id"], results["passband"]) if len(results) else set()


def status_of(root):
    """The last status of a document."""
    return [
        info.get("value")
        for info in root.iterfind(".//v:INFO[@name='QUERY_STATUS']", NS)
    ][-1]


def count_rows(root):
    """How many rows there are."""
    return len(root.findall(".//v:TR", NS))


def column_of(root, name):
    """The cells of a column, as text."""
    names = [field.get("name") for field in root.iterfind(".//v:FIELD", NS)]
    place = names.index(name) + 1
    return [cell.text or "" for cell in root.iterfind(f".//v:TR/v:TD[{place}]", NS)]
