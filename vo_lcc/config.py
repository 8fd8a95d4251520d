"""The server's settings: a TOML file, and environment variables on top of it.

`VO_LCC_SECTION_KEY` overrides `key` of `[section]`: VO_LCC_SERVER_PORT=8081.
Nothing is read at import; `read_config` gives one frozen value.
"""

import re
import tomllib
from collections.abc import Container, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from vo_lcc.db.check import check_url
from vo_lcc.errors import ConfigError
from vo_lcc.uws.settings import JobSettings

PREFIX = "VO_LCC_"

Seconds = Annotated[int, Field(gt=0, lt=2**31)]  # as XML has them
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
URL = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\S*$")]
Authority = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~*'()+-]{2,}$")
]


def parse_list(given: object) -> object:
    """A list, or one text with blanks or commas between what it lists.

    >>> parse_list("a, b c")
    ['a', 'b', 'c']
    """
    if isinstance(given, str):
        return [word for word in re.split(r"[\s,]+", given) if word]
    return given


def parse_one(given: object) -> object:
    """A list, or the one text that it has.

    >>> parse_one('Basic realm="stars", charset="UTF-8"')
    ['Basic realm="stars", charset="UTF-8"']
    """
    return [given] if isinstance(given, str) else given


def parse_networks(given: object) -> object:
    """Networks from a list of texts, or from one text with blanks or commas between.

    >>> parse_networks("10.0.0.0/8, ::1")
    (IPv4Network('10.0.0.0/8'), IPv6Network('::1/128'))
    """
    given = parse_list(given)
    if not isinstance(given, list):
        return given
    return tuple(ip_network(text) if isinstance(text, str) else text for text in given)


Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(gt=0)]
Places = Annotated[int, Field(ge=1, le=1000)]
Networks = Annotated[
    tuple[IPv4Network | IPv6Network, ...], BeforeValidator(parse_networks)
]

Challenge = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*( [\x20-\x7e]+)?$")
]

WITH_PASSWORD = {"database", "database.url"}  # their values are not repeated


class Section(BaseModel):
    """One section of the file: unknown keys are errors, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ServerSection(Section):
    """Where the server listens, and the URL under which the world sees it.

    `grace` is how many seconds requests in progress get when it is stopped.
    Requests from `trusted_proxies` are from whom their X-Forwarded-For names.
    """

    host: Text = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    base_url: URL | None = None
    processes: Annotated[int, Field(ge=1, le=256)] = 1
    grace: Seconds = 10
    trusted_proxies: Networks = ()


class DatabaseSection(Section):
    """An existing PostgreSQL by `url`, or an embedded one in the folder `data`.

    `statement_timeout` is the time to the first row, `stream_timeout` that of a
    whole result, `stall_timeout` how long a client may stop reading; in seconds.
    """

    url: Annotated[Text, AfterValidator(check_url)] | None = None
    data: Path | None = None
    statement_timeout: Seconds = 60
    stream_timeout: Seconds = 3600
    stall_timeout: Seconds = 300
    queue_timeout: Seconds = 30
    temp_bytes: Positive = 20 * 2**30
    connections: Places = 8
    bulk_connections: Places = 8

    @model_validator(mode="after")
    def _one_database(self) -> Self:
        if self.url is not None and self.data is not None:
            raise ValueError("give url or data, not both")
        return self


class LimitsSection(Section):
    """How much one request may ask for: rows, objects whose light curves are sent
    together, and bytes of its body.

    And how many requests, bulk streams and requests that wait for a job one client
    may have in progress; 0: any.
    """

    default_maxrec: Count = 100_000
    hard_maxrec: Positive = 10_000_000
    objects: Positive = 50_000
    body_size: Positive = 20_000_000
    client_requests: Count = 32
    client_streams: Count = 4
    client_waits: Count = 1000

    @model_validator(mode="after")
    def _default_within_hard(self) -> Self:
        if self.default_maxrec > self.hard_maxrec:
            raise ValueError("default_maxrec is larger than hard_maxrec")
        return self


class UploadsSection(Section):
    """Tables that come with requests: bytes of all of one request, as they come and
    unpacked; rows of each.

    And from where they are fetched when a request names a URL: never from networks
    that are not public, but for those of `allow`.
    """

    size: Positive = 100_000_000
    unpacked: Positive = 2 * 2**30
    rows: Positive = 10_000_000
    fetch: bool = True
    fetch_timeout: Seconds = 60
    allow: Networks = ()


class JobsSection(Section):
    """Jobs: where their files are, how many run in each process, and their limits.

    `storage` is a folder or s3://bucket/prefix. The other words are those of
    `uws.settings.JobSettings`; times are in seconds, sizes in bytes, 0 for a limit of
    clients is none. `owner_header` is where a trusted proxy names who asks.
    """

    storage: Text | None = None
    workers: bool = True
    owner_header: Text | None = None
    interactive: Places = JobSettings.interactive
    bulk: Places = JobSettings.bulk
    lease: Annotated[int, Field(ge=3)] = JobSettings.lease
    attempts: Positive = JobSettings.attempts
    execution_duration: Seconds = JobSettings.execution_duration
    hard_execution_duration: Seconds = JobSettings.hard_execution_duration
    retention: Seconds = JobSettings.retention
    hard_retention: Seconds = JobSettings.hard_retention
    archive: Count = JobSettings.archive
    wait: Seconds = JobSettings.wait
    result_size: Positive = JobSettings.result_size
    client_running: Count = JobSettings.client_running
    client_queued: Count = JobSettings.client_queued
    client_stored: Count = JobSettings.client_stored
    client_bytes: Count = JobSettings.client_bytes

    @model_validator(mode="after")
    def _defaults_within_hard(self) -> Self:
        for name in ("execution_duration", "retention"):
            if getattr(self, name) > getattr(self, f"hard_{name}"):
                raise ValueError(f"{name} is larger than hard_{name}")
        return self

    def settings(self) -> JobSettings:
        """What `uws` is told."""
        told = self.model_dump(exclude={"storage", "workers", "owner_header"})
        return JobSettings(**told)


class AccessSection(Section):
    """Who may ask: everybody, unless the server is `closed`.

    `users` is the file of those who have a password here (`realm` is how they are
    told where they log in), `challenges` are other ways to log in, as values of
    WWW-Authenticate: those of a proxy that names users in `jobs.owner_header`.
    """

    closed: bool = False
    users: Path | None = None
    realm: Annotated[str, Field(pattern=r'^[^"\\\x00-\x1f\x7f-\uffff]+$')] = "vo_lcc"
    challenges: Annotated[tuple[Challenge, ...], BeforeValidator(parse_one)] = ()

    def offered(self) -> tuple[str, ...]:
        """The ways to log in, as values of WWW-Authenticate; the first is the best.

        >>> AccessSection(users="users.txt").offered()
        ('Basic realm="vo_lcc", charset="UTF-8"',)
        """
        basic = (f'Basic realm="{self.realm}", charset="UTF-8"',) if self.users else ()
        return (*basic, *self.challenges)


class PublisherSection(Section):
    """Who runs the server, for capabilities and the provenance of results."""

    authority: Authority | None = None
    name: Text | None = None
    contact: Text | None = None
    email: Text | None = None
    reference_url: URL | None = None


class RegistrySection(Section):
    """The registry: what it says of the server, and the peers that it harvests.

    `drafts`: records and capabilities also say what only drafts of standards know.
    `peers` are the OAI-PMH addresses of other publishing registries, harvested every
    `interval` seconds; `full` says that together they are the whole VO registry.
    """

    drafts: bool = False
    peers: Annotated[tuple[URL, ...], BeforeValidator(parse_list)] = ()
    interval: Annotated[int, Field(ge=60, lt=2**31)] = 43_200
    full: bool = False


class NamesSection(Section):
    """Who is asked for the position of a name (ivo_simbadpoint); None: nobody."""

    resolver: Literal["simbad"] | None = None
    timeout: Seconds = 10


class MetricsSection(Section):
    """Whether there is `/metrics`, and from where it may be read."""

    enabled: bool = True
    allow: Networks = (IPv4Network("127.0.0.0/8"), IPv6Network("::1"))


class LogSection(Section):
    """How the log is written, and from which level on."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Section):
    """All settings of a server."""

    server: ServerSection = ServerSection()
    database: DatabaseSection = DatabaseSection()
    limits: LimitsSection = LimitsSection()
    uploads: UploadsSection = UploadsSection()
    jobs: JobsSection = JobsSection()
    access: AccessSection = AccessSection()
    publisher: PublisherSection = PublisherSection()
    registry: RegistrySection = RegistrySection()
    names: NamesSection = NamesSection()
    metrics: MetricsSection = MetricsSection()
    log: LogSection = LogSection()

    @model_validator(mode="after")
    def _somebody_gets_in(self) -> Self:
        access = self.access
        by_proxy = self.jobs.owner_header and self.server.trusted_proxies
        if access.closed and not (access.users or (access.challenges and by_proxy)):
            raise ValueError(
                "access.closed: nobody could log in; give access.users, or"
                " access.challenges of a proxy (server.trusted_proxies) that names"
                " users in jobs.owner_header"
            )
        return self


def read_config(path: Path | None, environment: Mapping[str, str]) -> Config:
    """The settings of `path` (None: the defaults), overridden by `environment`.

    Raises ConfigError; its message names the file or variable of every bad value.
    """
    settings = {} if path is None else _read_toml(path)
    try:
        return Config.model_validate(overridden(settings, environment))
    except ValidationError as error:
        problems = [
            f"{_source(detail['loc'], path, environment)}: {_problem(detail)}"
            for detail in error.errors()
        ]
        raise ConfigError("; ".join(problems)) from error


def overridden(
    settings: Mapping[str, Any], environment: Mapping[str, str]
) -> dict[str, Any]:
    """`settings` with what the environment says in their place.

    >>> overridden({"server": {"port": 1}}, {"VO_LCC_SERVER_PORT": "2", "HOME": "/"})
    {'server': {'port': '2'}}
    """
    merged = {k: dict(v) if isinstance(v, Mapping) else v for k, v in settings.items()}
    for variable, value in environment.items():
        name = variable.removeprefix(PREFIX).lower()
        section, _, key = name.partition("_")
        if variable.startswith(PREFIX) and key and section in Config.model_fields:
            part = merged.setdefault(section, {})
            if isinstance(part, dict):
                part[key] = value
    return merged


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error


def _source(key: Sequence[object], path: Path | None, variables: Container[str]) -> str:
    """Where the value of `key` is from: the file, or a variable of the environment."""
    variable = PREFIX + "_".join(map(str, key[:2])).upper()
    return variable if variable in variables else str(path or "the environment")


def _problem(detail: Any) -> str:
    """One problem pydantic found, as `section.key: what is wrong`."""
    key = ".".join(str(part) for part in detail["loc"]) or "the file"
    if detail["type"] == "extra_forbidden":
        return f"{key}: no such key; see configs/server.example.toml"
    text = detail["msg"].removeprefix("Value error, ")
    given = "" if key in WITH_PASSWORD else f" (given: {detail['input']!r:.60})"
    return f"{key}: {text[:1].lower()}{text[1:]}{given}"
