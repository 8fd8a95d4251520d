"""What a command is, and the options that several have."""

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vo_lcc.config import Config, read_config

Arguments = argparse.Namespace
Option = tuple[tuple[str, ...], dict[str, Any]]

DEFAULT_DATA = Path("var")
ORDER = (
    "An option comes before the environment (VO_LCC_SERVER_PORT=8081), and that before"
    " the settings in --config, which are told in configs/server.example.toml."
)
OVERRIDES = {
    "host": "VO_LCC_SERVER_HOST",
    "port": "VO_LCC_SERVER_PORT",
    "processes": "VO_LCC_SERVER_PROCESSES",
    "data": "VO_LCC_DATABASE_DATA",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One word after `vo-lcc`: what it does, and what it takes."""

    name: str
    run: Callable[[Arguments], int]
    help: str
    options: tuple[Option, ...]

    def add_to(self, commands: "argparse._SubParsersAction[Any]") -> None:
        """Have the parser know this command."""
        order = ORDER if CONFIG in self.options else None
        parser = commands.add_parser(
            self.name, help=self.help, description=self.help, epilog=order
        )
        parser.set_defaults(run=self.run)
        for flags, settings in self.options:
            parser.add_argument(*flags, **settings)


def option(*flags: str, **settings: Any) -> Option:
    """An argument as argparse takes it."""
    return flags, settings


PORT = option("--port", type=int, help="default: 8080")
HOST = option(
    "--host", help="default: 127.0.0.1; 0.0.0.0 to be seen from other machines"
)
PROCESSES = option(
    "--processes",
    type=int,
    metavar="N",
    help="how many processes answer side by side (default: 1)",
)
CONFIG = option(
    "--config", type=Path, metavar="FILE", help="the server's settings (TOML)"
)
DATA = option(
    "--data",
    type=Path,
    metavar="DIR",
    help=f"folder of the embedded PostgreSQL (default: ./{DEFAULT_DATA})",
)


def configured(options: Arguments) -> Config:
    """The settings of --config and the environment; options come before both."""
    environment = dict(os.environ)
    for name, variable in OVERRIDES.items():
        value = getattr(options, name, None)
        if value is not None:
            environment[variable] = str(value)
    return read_config(getattr(options, "config", None), environment)
