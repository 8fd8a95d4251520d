"""The server's settings: a TOML file, and environment variables on top of it.

`VO_LCC_SECTION_KEY` overrides `key` of `[section]`: VO_LCC_SERVER_PORT=8081.
Nothing is read at import; `read_config` gives one frozen value.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from vo_lcc.db.check import check_url
from vo_lcc.errors import ConfigError

PREFIX = "VO_LCC_"

Seconds = Annotated[int, Field(gt=0)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
URL = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\S*$")]
Authority = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~*'()+-]{2,}$")
]


WITH_PASSWORD = {"database", "database.url"}  # their values are not repeated


class Section(BaseModel):
    """One section of the file: unknown keys are errors, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ServerSection(Section):
    """Where the server listens, and the URL under which the world sees it."""

    host: Text = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    base_url: URL | None = None


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
    temp_bytes: Annotated[int, Field(gt=0)] = 20 * 2**30
    connections: Annotated[int, Field(gt=0, le=1000)] = 8

    @model_validator(mode="after")
    def _one_database(self) -> Self:
        if self.url is not None and self.data is not None:
            raise ValueError("give url or data, not both")
        return self


class LimitsSection(Section):
    """How much one request may ask for: rows, and bytes of its body."""

    default_maxrec: Annotated[int, Field(ge=0)] = 100_000
    hard_maxrec: Annotated[int, Field(gt=0)] = 10_000_000
    body_size: Annotated[int, Field(gt=0)] = 20_000_000

    @model_validator(mode="after")
    def _default_within_hard(self) -> Self:
        if self.default_maxrec > self.hard_maxrec:
            raise ValueError("default_maxrec is larger than hard_maxrec")
        return self


class PublisherSection(Section):
    """Who runs the server, for capabilities and the provenance of results."""

    authority: Authority | None = None
    name: Text | None = None
    contact: Text | None = None
    email: Text | None = None
    reference_url: URL | None = None


class NamesSection(Section):
    """Who is asked for the position of a name (ivo_simbadpoint); None: nobody."""

    resolver: Literal["simbad"] | None = None
    timeout: Seconds = 10


class Config(Section):
    """All settings of a server."""

    server: ServerSection = ServerSection()
    database: DatabaseSection = DatabaseSection()
    limits: LimitsSection = LimitsSection()
    publisher: PublisherSection = PublisherSection()
    names: NamesSection = NamesSection()


def read_config(path: Path | None, environment: Mapping[str, str]) -> Config:
    """The settings of `path` (None: the defaults), overridden by `environment`.

    Raises ConfigError; its message names the file and every bad key.
    """
    settings = {} if path is None else _read_toml(path)
    source = "the environment" if path is None else str(path)
    try:
        return Config.model_validate(overridden(settings, environment))
    except ValidationError as error:
        problems = "; ".join(_problem(detail) for detail in error.errors())
        raise ConfigError(f"{source}: {problems}") from error


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


def _problem(detail: Any) -> str:
    """One problem pydantic found, as `section.key: what is wrong`."""
    key = ".".join(str(part) for part in detail["loc"]) or "the file"
    if detail["type"] == "extra_forbidden":
        return f"{key}: no such key; see configs/server.example.toml"
    text = detail["msg"].removeprefix("Value error, ")
    given = "" if key in WITH_PASSWORD else f" (given: {detail['input']!r:.60})"
    return f"{key}: {text[:1].lower()}{text[1:]}{given}"
