"""The log of a server: one line an entry to stderr, as text or as JSON.

Whatever a client sends stands in a line as one value: control characters, line ends
and what turns the direction of text are written as escapes, so nobody can write a
line of their own.
"""

import json
import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal, TextIO

from aiohttp.http_exceptions import HttpProcessingError
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from vo_lcc.dali.record import CURRENT

Form = Literal["text", "json"]

PLAIN = re.compile(r"[!#-<>-~]+\Z")  # ASCII without blank, quote and equals sign
RESERVED = frozenset({*RESERVED_ATTRS, "taskName"})
TRACE = "    | "  # what begins each line of a traceback
NAMES = ("request_id", "runid")
OURS = "vo_lcc"


def set_up_logs(
    form: Form = "text", level: str = "info", stream: TextIO | None = None
) -> None:
    """Write the log to `stream`, stderr if none is given; replaces what was set up."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(FORMATTERS[form]())
    handler.addFilter(name_request)
    handler.addFilter(calm)
    root = logging.getLogger()
    for old in root.handlers[:]:
        if getattr(old, "formatter", None).__class__ in FORMATTERS.values():
            root.removeHandler(old)
    root.addHandler(handler)
    loudest = logging.DEBUG if level == "debug" else logging.WARNING
    root.setLevel(max(loudest, LEVELS[level]))  # libraries tell less than we do
    logging.getLogger(OURS).setLevel(LEVELS[level])


LEVELS: Mapping[str, int] = MappingProxyType(
    {name.lower(): value for name, value in logging.getLevelNamesMapping().items()}
)


def name_request(record: logging.LogRecord) -> bool:
    """A filter that lets all pass, with the names of the request it belongs to."""
    request = CURRENT.get()
    if request is not None:
        record.request_id = request.request_id
        if request.runid is not None:
            record.runid = request.runid
    return True


def calm(record: logging.LogRecord) -> bool:
    """A filter that makes one line of what aiohttp tells of requests that are no HTTP.

    Anybody can send them; they deserve no traceback each.
    """
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg, record.args = "%s: %s", (record.getMessage(), error.message)
        record.exc_info = None
    return True


class Text(logging.Formatter):
    """Time, level, logger and message, then fields as key=value.

    A traceback follows in lines that begin with a bar, which no entry does.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line, and those of a traceback."""
        words = [
            timestamp(record),
            record.levelname,
            f"{record.name}:",
            worded(record.getMessage()),
        ]
        words += [f"{name}={shown(value)}" for name, value in fields(record).items()]
        return "\n".join([" ".join(words), *self._trace(record)])

    def _trace(self, record: logging.LogRecord) -> list[str]:
        """The lines of a traceback; a line end in its values begins a new line too."""
        if not record.exc_info:
            return []
        text = self.formatException(record.exc_info)
        return [TRACE + escaped(line) for line in text.splitlines()]


class Json(JsonFormatter):
    """The same as a JSON object on one line."""

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger"},
            json_ensure_ascii=True,
        )

    def process_log_record(self, log_data: dict[str, object]) -> dict[str, object]:
        """The time first, which the library would put last."""
        return {"time": log_data.pop("time"), **log_data}

    def add_fields(
        self,
        log_data: dict[str, object],
        record: logging.LogRecord,
        message_dict: dict[str, object],
    ) -> None:
        """What the library adds, and the time."""
        super().add_fields(log_data, record, message_dict)
        log_data["time"] = timestamp(record)


FORMATTERS: Mapping[Form, type[logging.Formatter]] = MappingProxyType(
    {"text": Text, "json": Json}
)


def timestamp(record: logging.LogRecord) -> str:
    """When it was logged: UTC, to the millisecond."""
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def fields(record: logging.LogRecord) -> dict[str, object]:
    """What a log entry says beside its message; first, which request it belongs to."""
    found = {name: v for name, v in vars(record).items() if name not in RESERVED}
    return {name: found[name] for name in NAMES if name in found} | found


def shown(value: object) -> str:
    """A value as it stands in a line: quoted unless it is one plain word.

    >>> shown(200), shown("/tap/sync"), shown("a b"), shown({"plan": 0.01})
    ('200', '/tap/sync', '"a b"', 'plan:0.01')
    """
    if isinstance(value, Mapping):
        value = ",".join(f"{name}:{each}" for name, each in value.items())
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if PLAIN.match(text) else json.dumps(text)


def worded(message: str) -> str:
    """A message as it stands in a line: quoted where it could pass for fields."""
    return json.dumps(message) if "=" in message else escaped(message)


def escaped(text: str) -> str:
    r"""The text without anything that a terminal or a reader of lines acts on.

    >>> print(escaped("one\ntwo \x1b[31m\u2028"))
    one\ntwo \x1b[31m\u2028
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )
