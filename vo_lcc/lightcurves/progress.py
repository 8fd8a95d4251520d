"""How a load tells how far it is."""

from types import TracebackType
from typing import Any, Protocol

from tqdm import tqdm


class Progress(Protocol):
    """Told of each stage of a load, and how much of it is done."""

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """A stage starts; `total` is how much there is of `unit`, if known."""
        ...

    def advance(self, amount: int) -> None:
        """So much more of the stage is done."""
        ...


class Silent:
    """Tells nothing."""

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Nothing."""

    def advance(self, amount: int) -> None:
        """Nothing."""


class Bars:
    """Draws a bar for each stage on a terminal; use as a context manager.

    Where standard error is not a terminal nothing is drawn.
    """

    def __init__(self) -> None:
        self._bar: Any = None

    def __enter__(self) -> "Bars":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Finish the bar before and start a new one."""
        self._close()
        self._bar = tqdm(
            total=total, desc=name, unit=unit, unit_scale=True, disable=None
        )

    def advance(self, amount: int) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.update(amount)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
