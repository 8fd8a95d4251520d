"""Many light curves in flat arrays."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Light curves one after the other: curve i is `offsets[i]:offsets[i + 1]`.

    `time` is in days, finite, and ascends in each light curve (times may be equal).
    `value` is the brightness, NaN where there is none; `error` its standard deviation,
    None where the collection has none. `good` is false for a point that its flags say
    something against.
    """

    offsets: Counts
    time: Floats
    value: Floats
    error: Floats | None
    good: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def usable(self) -> NDArray[np.bool_]:
        """Which points count: good ones, with a finite brightness."""
        return self.good & np.isfinite(self.value)

    def weighable(self) -> NDArray[np.bool_]:
        """Which of these have a weight too: an error that is finite and above 0."""
        if self.error is None:
            return np.zeros(len(self.value), dtype=np.bool_)
        return self.usable() & np.isfinite(self.error) & (self.error > 0)

    def only(self, wanted: NDArray[np.bool_]) -> "Series":
        """The same light curves with some of their points.

        >>> x = np.array([1.0, 2.0, 3.0])
        >>> two = Series(np.array([0, 2, 3]), x, x, None, x > 0)
        >>> two.only(x > 1.5).offsets.tolist()
        [0, 1, 2]
        """
        if wanted.all():
            return self
        kept = np.concatenate(([0], np.cumsum(wanted)))
        return Series(
            kept[self.offsets],
            self.time[wanted],
            self.value[wanted],
            None if self.error is None else self.error[wanted],
            self.good[wanted],
        )

    def parts(self, most: int) -> Iterator[tuple[slice, "Series"]]:
        """Which light curves, and these: as many as have `most` points, or one.

        >>> x = np.arange(5.0)
        >>> three = Series(np.array([0, 2, 4, 5]), x, x, None, x >= 0)
        >>> [where for where, _ in three.parts(3)]
        [slice(0, 1, None), slice(1, 3, None)]
        """
        low = 0
        while low < len(self):
            reach = self.offsets[low] + most
            high = max(low + 1, int(np.searchsorted(self.offsets, reach, "right")) - 1)
            points = slice(int(self.offsets[low]), int(self.offsets[high]))
            yield (
                slice(low, high),
                Series(
                    self.offsets[low : high + 1] - self.offsets[low],
                    self.time[points],
                    self.value[points],
                    None if self.error is None else self.error[points],
                    self.good[points],
                ),
            )
            low = high
