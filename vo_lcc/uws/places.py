"""The places of one process in which jobs run: interactive ones and bulk ones."""

from collections.abc import Iterator
from contextlib import contextmanager

from vo_lcc.uws.settings import JobSettings


class Places:
    """Who runs where, by token of the claim. Belongs to one event loop.

    Bulk jobs take bulk places only, so they never keep small ones waiting. What runs
    for long in an interactive place moves to the bulk ones, up to twice as many.
    """

    def __init__(self, settings: JobSettings) -> None:
        self._settings = settings
        self._interactive: set[str] = set()
        self._bulk: set[str] = set()
        self._kept = 0  # bulk places for jobs that are just being claimed

    @contextmanager
    def claiming(self) -> Iterator[dict[bool, int]]:
        """How many jobs may be claimed: False for interactive places, True for bulk.

        Nobody else takes these places meanwhile.
        """
        free = {
            False: max(0, self._settings.interactive - len(self._interactive)),
            True: max(0, self._settings.bulk - len(self._bulk)),
        }
        self._kept = free[True]
        try:
            yield free
        finally:
            self._kept = 0

    def enter(self, token: str, bulk: bool) -> None:
        """Take a place that is free."""
        (self._bulk if bulk else self._interactive).add(token)

    def leave(self, token: str) -> None:
        """Give the place back."""
        self._interactive.discard(token)
        self._bulk.discard(token)

    def is_bulk(self, token: str) -> bool:
        """Does it have a bulk place?"""
        return token in self._bulk

    def move(self, token: str, overrun: bool = False) -> bool:
        """Change to a bulk place if one is free; has it one now?

        `overrun`: it runs already, so it may take one of the second half.
        """
        if len(self._bulk) + self._kept >= self._settings.bulk * (1 + overrun):
            return False
        self.leave(token)
        self._bulk.add(token)
        return True
