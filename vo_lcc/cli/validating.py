"""validate: judge a running server by what it answers."""

import argparse
import sys
from pathlib import Path

from vo_lcc.cli.options import CONFIG, Arguments, Command, configured, option
from vo_lcc.errors import ParameterError
from vo_lcc.validation import (
    Manners,
    Verdict,
    Wanted,
    chosen,
    render,
    to_json,
    validate,
)


def run_validate(options: Arguments) -> int:
    """Run the checks and print the report; 1 when one fails, 2 on wrong usage."""
    url = options.url or default_url(options)
    wanted = Wanted(
        options.schemas,
        options.stilts,
        " ".join(options.stages.replace(",", " ").split()),
        tuple(options.only or ()),
        options.patience,
        Manners(timeout=options.timeout),
    )
    try:
        if not url.startswith(("http://", "https://")):
            raise ParameterError(
                "URL", f"{url!r} does not begin with http:// or https://"
            )
        chosen(wanted.only)
        results = list(validate(url, wanted))
    except ParameterError as error:
        print(f"vo-lcc validate: {error}", file=sys.stderr)
        return 2
    print(to_json(url, results) if options.json else render(url, results), end="")
    return int(any(each.verdict is Verdict.FAIL for each in results))


def default_url(options: Arguments) -> str:
    """Where the server of these settings is."""
    config = configured(options)
    return str(config.server.base_url or f"http://localhost:{config.server.port}")


def seconds(text: str) -> float:
    """A positive number of seconds, from the command line."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("give a positive number of seconds")
    return value


VALIDATE = Command(
    "validate",
    run_validate,
    "Judge a running server, ours or another, by what it answers.",
    (
        option(
            "url",
            nargs="?",
            metavar="URL",
            help="of a server or its TAP service (default: the server of --config)",
        ),
        option(
            "--schemas",
            type=Path,
            metavar="DIR",
            help="folder of XML schemas (*.xsd), for all XML documents",
        ),
        option("--stilts", metavar="PROGRAM", help="default: stilts"),
        option(
            "--stages",
            default="",
            metavar="LIST",
            help="stages of taplint, such as 'CAP QGE' or '-UPL' (default: all)",
        ),
        option(
            "--only",
            action="append",
            metavar="NAME",
            help="run these checks alone, such as tap or 'oai.*'; repeatable",
        ),
        option(
            "--timeout",
            type=seconds,
            default=30.0,
            metavar="SECONDS",
            help="for one answer (default: 30)",
        ),
        option(
            "--patience",
            type=seconds,
            default=600.0,
            metavar="SECONDS",
            help="for one run of STILTS (default: 600)",
        ),
        option("--json", action="store_true", help="print the report as JSON"),
        CONFIG,
    ),
)
