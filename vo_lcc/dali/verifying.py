"""Whether a password is right: checked at a cost that is bounded."""

import asyncio
import hmac
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from vo_lcc.dali.clients import network_of
from vo_lcc.dali.passwords import PasswordHash, Users
from vo_lcc.errors import TooManyRequestsError, TransientError

logger = logging.getLogger(__name__)

AT_ONCE = 2  # passwords that are checked side by side
QUEUE = 32  # that are checked or wait for it
FAILURES = 10  # wrong ones of one client
WINDOW = 60.0  # seconds in which they are counted
KEPT = 300.0  # seconds for which a password that was right is known
REMEMBERED = 10_000  # clients, and passwords


class Verifier:
    """Finds out whether a password is right. Belongs to one event loop.

    That takes time and memory on purpose, so few are checked at once, those that were
    right are known for a while (by a keyed hash, never the password), and a client
    that is wrong too often has to wait.
    """

    def __init__(self, users: Users) -> None:
        self._users = users
        self._nobody = PasswordHash.of("")
        self._key = os.urandom(32)
        self._known: dict[bytes, float] = {}
        self._failures: dict[str, tuple[int, float]] = {}
        self._pending: dict[bytes, asyncio.Task[bool]] = {}
        self._threads = ThreadPoolExecutor(AT_ONCE, "verify")

    async def verify(self, name: str, password: str, client: str) -> bool:
        """Is this the password of this user? `client` is the address that asks.

        Requests that bring the same at the same time share one check. Raises
        TooManyRequestsError after too many wrong ones from there, and TransientError
        while too many wait.
        """
        kept = self._users.find(name)
        proof = self._proof(name, password, kept)
        if self._known.get(proof, 0.0) > time.monotonic():
            return True
        pending = self._pending.get(proof)
        if pending is None:
            self._admit(client)
            pending = asyncio.create_task(self._check(proof, kept, password, client))
            self._pending[proof] = pending
            pending.add_done_callback(lambda _: self._pending.pop(proof))
        return await asyncio.shield(pending)

    async def _check(
        self, proof: bytes, kept: PasswordHash | None, password: str, client: str
    ) -> bool:
        """Check it in a thread. A user that is not there takes as long."""
        loop = asyncio.get_running_loop()
        hashed = kept or self._nobody
        matches = await loop.run_in_executor(self._threads, hashed.matches, password)
        right = matches and kept is not None
        if right:
            _make_room(self._known)
            self._known[proof] = time.monotonic() + KEPT
            self._count(client, -1)
        else:
            logger.warning("wrong name or password from %s", client)
        return right

    def _proof(self, name: str, password: str, kept: PasswordHash | None) -> bytes:
        """What tells these words, and the hash they were checked against, apart."""
        text = "\0".join((name, str(kept), password))
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")

    def _admit(self, client: str) -> None:
        """Let it be checked; it counts as wrong until it is known to be right."""
        if self._count(client, 0) >= FAILURES:
            raise TooManyRequestsError(
                f"too many wrong passwords from {client}; wait a minute"
            )
        if len(self._pending) >= QUEUE:
            raise TransientError("too many log in now; try again in a moment")
        self._count(client, 1)

    def _count(self, client: str, more: int) -> int:
        """The wrong ones of a client in this minute, with so many more."""
        place, now = network_of(client), time.monotonic()
        count, until = self._failures.get(place, (0, 0.0))
        if until <= now:
            count, until = 0, now + WINDOW
        count = max(0, count + more)
        if more:
            _make_room(self._failures)
            self._failures[place] = count, until
        return count


def _make_room(kept: dict[Any, Any]) -> None:
    """Forget the oldest where there are too many."""
    if len(kept) >= REMEMBERED:
        kept.pop(next(iter(kept)))
