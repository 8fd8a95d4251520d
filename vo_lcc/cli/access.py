"""password: lines for the file of users; and what `check` says of who may ask."""

import getpass
import sys
from urllib.parse import urlsplit

from vo_lcc.cli.options import Arguments, Command, option
from vo_lcc.config import Config
from vo_lcc.dali.access import CONTROL
from vo_lcc.dali.passwords import PasswordHash, check_name, read_users
from vo_lcc.errors import UsageError

LONGEST = 500  # bytes of a password; a header of HTTP has room for a few more
OTHERS = 0o077  # bits of a file's mode


def run_password(options: Arguments) -> int:
    """Print the line of a user for the file of users; ask for the password."""
    try:
        name = check_name(options.name)
    except ValueError as error:
        raise UsageError(f"{options.name!r:.70} {error}") from error
    password = read_password(name)
    if not password:
        raise UsageError("the password is empty")
    if CONTROL.search(password) or len(password.encode()) > LONGEST:
        raise UsageError(
            f"a password has no control characters, and {LONGEST} bytes at most"
        )
    print(f"{name}:{PasswordHash.of(password)}")
    return 0


def read_password(name: str) -> str:
    """What is typed, twice and unseen; else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(f"Password for {name}: ")
    if getpass.getpass("Again: ") != password:
        raise UsageError("the two passwords are not the same")
    return password


def access_warnings(config: Config) -> list[str]:
    """What is amiss with who may ask; raises ConfigError for a bad file of users."""
    access, server = config.access, config.server
    warnings = []
    if access.users is not None:
        if not read_users(access.users):
            warnings.append(f"{access.users}: there are no users")
        if access.users.stat().st_mode & OTHERS:
            warnings.append(f"{access.users}: others can read it; chmod 600")
    if access.offered() and urlsplit(server.base_url or "").scheme != "https":
        warnings.append(
            "passwords are sent in clear over http: give an https URL as"
            " server.base_url, and have a proxy in front (docs/operations.md)"
        )
    return warnings


PASSWORD = Command(
    "password",
    run_password,
    "Print a line for the file of users (access.users).",
    (
        option(
            "name", metavar="NAME", help="of the user: letters, digits and . _ @ + -"
        ),
    ),
)
