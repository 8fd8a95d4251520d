"""Small servers with answers of our choice: one that is sound, and ways to break it."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

XML = "text/xml"
VOTABLE = "application/x-votable+xml"
LIMITS = "".join(
    f"<{name}><default{unit}>10</default><hard{unit}>100</hard></{name}>"
    for name, unit in (
        ("retentionPeriod", ""),
        ("executionDuration", ""),
        ("outputLimit", ' unit="row"'),
        ("uploadLimit", ' unit="byte"'),
    )
)
CAPABILITIES = f"""<vosi:capabilities
 xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0"
 xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"
 xmlns:tr="http://www.ivoa.net/xml/TAPRegExt/v1.0"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<capability standardID="ivo://ivoa.net/std/TAP" xsi:type="tr:TableAccess">
<interface xsi:type="vs:ParamHTTP" role="std" version="1.1">
<accessURL use="base">HERE/tap</accessURL></interface>
<language><name>ADQL</name><version>2.1</version></language>
<outputFormat><mime>{VOTABLE}</mime></outputFormat>{LIMITS}</capability>
<capability standardID="ivo://ivoa.net/std/VOSI#capabilities">
<interface xsi:type="vs:ParamHTTP" role="std">
<accessURL use="full">HERE/tap/capabilities</accessURL></interface></capability>
<capability standardID="ivo://ivoa.net/std/VOSI#tables-1.1">
<interface xsi:type="vs:ParamHTTP" role="std">
<accessURL use="full">HERE/tap/tables</accessURL></interface></capability>
</vosi:capabilities>"""
TABLES = """<vosi:tableset xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0">
<schema><name>s</name><table><name>s.t</name></table></schema></vosi:tableset>"""
TABLE = """<vosi:table xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0">
<name>s.t</name><column><name>a</name></column></vosi:table>"""


def votable(status: str, text: str = "", rows: int = 1, version: str = "1.4") -> str:
    """A VOTable with one column."""
    cells = "<TR><TD>1</TD></TR>" * rows
    table = (
        '<TABLE><FIELD name="a" datatype="int"/><DATA><TABLEDATA>'
        f"{cells}</TABLEDATA></DATA></TABLE>"
    )
    return (
        f'<VOTABLE version="{version}" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
        f'<RESOURCE type="results"><INFO name="QUERY_STATUS" value="{status}">{text}'
        f"</INFO>{'' if status == 'ERROR' else table}</RESOURCE></VOTABLE>"
    )


@dataclass(frozen=True)
class Answer:
    """What is sent: `pause` seconds before each of its `parts`."""

    body: str | bytes = ""
    media_type: str = XML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0
    parts: int = 1


Answers = Callable[[str, str, Mapping[str, str]], Answer | None]
NOTHING = Answer("no", "text/plain", 404)


def sound(method: str, path: str, params: Mapping[str, str]) -> Answer | None:
    """The answers of a TAP service that does as it should; None for 404."""
    if path in ("/tap/capabilities", "/capabilities"):
        return Answer(CAPABILITIES, headers={"Access-Control-Allow-Origin": "*"})
    if path == "/tap/tables":
        return Answer(TABLES)
    if path == "/tap/tables/s.t":
        return Answer(TABLE)
    if path == "/tap/sync":
        return queried(params)
    return jobs(method, path)


def queried(params: Mapping[str, str]) -> Answer:
    """What a query is answered."""
    words = {name.upper(): value for name, value in params.items()}
    query = words.get("QUERY", "")
    refused = (
        not words.get("LANG", "").startswith("ADQL")
        or "TAP_SCHEMA" not in query
        or "RESPONSEFORMAT" in words
        or not words.get("MAXREC", "0").isdigit()
    )
    if refused:
        return Answer(votable("ERROR", "no"), VOTABLE, 400)
    maxrec = int(words.get("MAXREC", "10"))
    if "TOP 1" not in query:
        return Answer(votable("OVERFLOW", rows=maxrec), VOTABLE)
    return Answer(votable("OK"), VOTABLE)


def jobs(method: str, path: str) -> Answer | None:
    """One job, which is always there."""
    uws = 'xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" version="1.1"'
    if path == "/tap/async":
        if method == "POST":
            return Answer(status=303, headers={"Location": "HERE/tap/async/1"})
        return Answer(f"<uws:jobs {uws}/>")
    if path == "/tap/async/1/phase":
        return Answer("PENDING", "text/plain")
    if path == "/tap/async/1":
        if method == "DELETE":
            return Answer(status=303, headers={"Location": "HERE/tap/async"})
        return Answer(f"<uws:job {uws}><uws:phase>PENDING</uws:phase></uws:job>")
    return None


@contextmanager
def serving(answers: Answers) -> Iterator[tuple[str, list[str]]]:
    """The URL of a server with these answers, and the requests it has had."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            seen.append(f"{self.command} {self.path} {self.headers['User-Agent']}")
            split = urlsplit(self.path)
            size = int(self.headers.get("Content-Length") or 0)
            told = split.query or self.rfile.read(size).decode()
            params = {k: v[-1] for k, v in parse_qs(told, True).items()}
            answer = answers(self.command, split.path, params) or NOTHING
            with suppress(BrokenPipeError, ConnectionResetError):  # it may have left
                self.send(answer)

        def send(self, answer: Answer) -> None:
            body = answer.body
            body = body.encode() if isinstance(body, str) else body
            body = body.replace(b"HERE", url.encode())
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.media_type)
            for name, value in answer.headers.items():
                self.send_header(name, value.replace("HERE", url))
            self.end_headers()
            for _ in range(answer.parts if self.command != "HEAD" else 0):
                if answer.pause:
                    time.sleep(answer.pause)
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_DELETE = answer  # noqa: N815

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield url, seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def but(path: str, **words: object) -> Answers:
    """The sound server, with another answer at one path."""

    def answers(method: str, at: str, params: Mapping[str, str]) -> Answer | None:
        return Answer(**words) if at == path else sound(method, at, params)

    return answers


def with_text(old: str, new: str) -> Answers:
    """The sound server, with other words in whatever it says."""

    def answers(method: str, at: str, params: Mapping[str, str]) -> Answer | None:
        found = sound(method, at, params)
        if found is None or not isinstance(found.body, str):
            return found
        return Answer(
            found.body.replace(old, new), found.media_type, found.status, found.headers
        )

    return answers
