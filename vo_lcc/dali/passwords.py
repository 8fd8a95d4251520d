"""Names and passwords of users: a file of hashes.

A line of the file is `name:$scrypt$ln=14,r=8,p=5$salt$key` (base64 without padding),
as `vo-lcc password NAME` prints it. Empty lines, and those that begin with #, are
nothing.
"""

import hashlib
import hmac
import logging
import os
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64Error
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vo_lcc.errors import ConfigError

logger = logging.getLogger(__name__)

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}\Z", re.ASCII)
HASH = re.compile(
    r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})"
    r"\$([A-Za-z0-9+/]{8,})\$([A-Za-z0-9+/]{22,})\Z",
    re.ASCII,
)
COST, BLOCK, PARALLEL = 14, 8, 5  # 16 MiB, a fifth of a second
MEMORY = 64 * 2**20
SALT_BYTES, KEY_BYTES = 16, 32


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """The scrypt hash of a password (RFC 7914); `cost` is the logarithm of n.

    >>> kept = PasswordHash.of("secret")
    >>> kept.matches("secret"), kept.matches("Secret")
    (True, False)
    >>> PasswordHash.parse(str(kept)) == kept
    True
    """

    cost: int
    block: int
    parallel: int
    salt: bytes
    key: bytes

    @classmethod
    def of(cls, password: str) -> "PasswordHash":
        """A new hash, with a salt of its own."""
        settings, salt = (COST, BLOCK, PARALLEL), os.urandom(SALT_BYTES)
        return cls(*settings, salt, _scrypt(password, *settings, salt, KEY_BYTES))

    @classmethod
    def parse(cls, text: str) -> "PasswordHash":
        """The hash as `str` writes it; raises ValueError for what is none."""
        found = HASH.match(text)
        if found is None:
            raise ValueError("is no hash; vo-lcc password NAME makes one")
        cost, block, parallel = (int(found[i]) for i in (1, 2, 3))
        cheap = 1 <= cost <= 18 and block >= 1 and 1 <= parallel <= 16
        if not cheap or 128 * block << cost > MEMORY // 2:
            raise ValueError("is a hash that takes more memory or time than is allowed")
        try:
            salt, key = (_unpadded(found[i]) for i in (4, 5))
        except NotBase64Error as error:
            raise ValueError("is a hash that is cut off") from error
        return cls(cost, block, parallel, salt, key)

    def matches(self, password: str) -> bool:
        """Is it the hash of this password? Takes the same time either way."""
        settings = (self.cost, self.block, self.parallel)
        key = _scrypt(password, *settings, self.salt, len(self.key))
        return hmac.compare_digest(key, self.key)

    def __str__(self) -> str:
        salt, key = (
            b64encode(each).decode().rstrip("=") for each in (self.salt, self.key)
        )
        return f"$scrypt$ln={self.cost},r={self.block},p={self.parallel}${salt}${key}"


def read_users(path: Path) -> dict[str, PasswordHash]:
    """The users of a file; raises ConfigError, with the line of each mistake."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    users: dict[str, PasswordHash] = {}
    problems = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, text = line.strip().partition(":")
        try:
            if check_name(name) in users:
                raise ValueError("is there twice")
            users[name] = PasswordHash.parse(text)
        except ValueError as error:
            problems.append(f"{path}, line {number}: {name!r:.70} {error}")
    if problems:
        raise ConfigError("\n".join(problems))
    return users


def check_name(name: str) -> str:
    """`name` itself; raises ValueError unless a user may be called so.

    >>> check_name("ada.lovelace@example.org")
    'ada.lovelace@example.org'
    """
    if not NAME.match(name):
        raise ValueError("is no name: letters, digits and . _ @ + - make one, up to 64")
    return name


class Users:
    """The users of a file, as it is now: it is read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._users: Mapping[str, PasswordHash] = read_users(path)
        self._seen = self._state()

    def find(self, name: str) -> PasswordHash | None:
        """The hash of a user. A file that became wrong changes nothing."""
        state = self._state()
        if state != self._seen:
            self._seen = state
            try:
                self._users = read_users(self._path)
            except ConfigError as error:
                logger.error("users stay as they were: %s", error)
        return self._users.get(name)

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def _scrypt(
    password: str, cost: int, block: int, parallel: int, salt: bytes, size: int
) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=1 << cost,
        r=block,
        p=parallel,
        maxmem=MEMORY,
        dklen=size,
    )


def _unpadded(text: str) -> bytes:
    return b64decode(text + "=" * (-len(text) % 4), validate=True)
