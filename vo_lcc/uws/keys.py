"""The names of stored files: made by this program, never from what a user wrote."""

import re
from collections.abc import AsyncGenerator, AsyncIterable

from vo_lcc.errors import UsageError

SEGMENT = r"[a-z0-9_-][a-z0-9_.-]{0,199}"
GONE = "there is no such file any more"
AWAY = "the storage of this server cannot be used now; try again later"

KEY = re.compile(rf"{SEGMENT}(/{SEGMENT})*\Z", re.ASCII)


def check_key(key: str) -> str:
    """`key` itself; raises ValueError unless it is one.

    >>> check_key("ab2c/uploads/0")
    'ab2c/uploads/0'
    >>> check_key("../etc/passwd")
    Traceback (most recent call last):
        ...
    ValueError: '../etc/passwd' is no key
    """
    if not KEY.match(key):
        raise ValueError(f"{key!r} is no key")
    return key


def check_prefix(prefix: str) -> str:
    """`prefix` without its last slash; raises ValueError unless the rest is a key.

    >>> check_prefix("ab2c/uploads/")
    'ab2c/uploads'
    """
    return check_key(prefix.removesuffix("/"))


async def gathered(
    pieces: AsyncIterable[bytes], size: int, limit: int | None
) -> AsyncGenerator[bytes, None]:
    """The same bytes in blocks of at least `size`, the last one excepted.

    Raises UsageError as soon as there are more than `limit` bytes.
    """
    block = bytearray()
    total = 0
    async for piece in pieces:
        total += len(piece)
        if limit is not None and total > limit:
            raise UsageError(f"the result is larger than {limit} bytes; ask for less")
        block += piece
        if len(block) >= size:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)
