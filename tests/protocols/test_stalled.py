"""A client that stops reading does not keep others from their turn."""

import socket
from urllib.parse import urlencode, urlsplit

import requests

from vo_lcc.config import Config, DatabaseSection

DATABASE = DatabaseSection(bulk_connections=1, stall_timeout=1)
LARGE = "SELECT p.*, p.* FROM demo.photometry AS p, demo.objects AS o"


def asked(query: str) -> str:
    words = {"LANG": "ADQL", "QUERY": query, "FORMAT": "csv", "MAXREC": 1_000_000}
    return "/tap/sync?" + urlencode(words)


def test_the_place_of_a_client_that_stops_reading_goes_to_another(serving, demo_db):
    with serving(Config(database=DATABASE), demo_db.url) as url, socket.socket() as one:
        at = urlsplit(url)
        one.connect((at.hostname, at.port))
        one.sendall(
            f"GET {asked(LARGE)} HTTP/1.1\r\nHost: {at.netloc}\r\n\r\n".encode()
        )
        begun = one.recv(12)
        other = requests.get(url + asked(LARGE), stream=True, timeout=25)

        assert begun == b"HTTP/1.1 200"
        assert other.status_code == 200
        other.close()
