"""What a load took and left out so far."""

from dataclasses import replace

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.loading.inputs import LIGHTCURVES, OBJECTS
from vo_lcc.lightcurves.loading.rejects import Losses, total
from vo_lcc.lightcurves.loading.work import Done
from vo_lcc.lightcurves.model import CollectionFile

SHOWN = 3  # reasons in a message
ENOUGH = 1000  # rows by which the share of the bad ones is judged
PARTS = (OBJECTS, LIGHTCURVES)


class Tally:
    """What was loaded and left out so far; stops a load where it is too much."""

    def __init__(self, file: CollectionFile) -> None:
        self._file = file
        self._losses = [Losses()]
        self._rows = dict.fromkeys(PARTS, 0)
        self._taken = dict.fromkeys(PARTS, 0)
        self._n_files = 0
        self._skipped: dict[str, None] = {}

    @property
    def losses(self) -> Losses:
        """What was left out."""
        whole = total(self._losses)
        return replace(whole, skipped=tuple(self._skipped))

    def skip(self, member: str) -> None:
        """A member of an archive that no pattern matches."""
        self._skipped[member] = None

    def add(self, done: Done) -> None:
        """One more unit; raises UsageError where too many rows were not taken."""
        self._losses = [total([*self._losses, done.losses])]
        self._rows[done.part] += done.n_rows
        self._taken[done.part] += done.n_taken
        self._n_files += done.n_files
        if sum(self._rows.values()) >= ENOUGH:
            self._check_share(sum(self._rows.values()), self.losses.n_rejected, "rows")
        if self._n_files >= ENOUGH:
            self._check_files()

    def _check_files(self) -> None:
        self._check_share(self._n_files, len(self.losses.unread), "files")

    def _check_share(self, count: int, bad: int, what: str) -> None:
        limit = self._file.limits.rejected
        if bad > limit * count:
            raise UsageError(
                f"{bad:,} of {count:,} {what} could not be taken, more than the share"
                f" of {limit:g} that [limits] rejected allows. {self._why()}"
            )

    def check_taken(self, part: str) -> None:
        """When every row is bad, it is the description that is wrong."""
        losses = self.losses
        self._check_files()
        if self._taken[part] == 0 and (losses.rejected or losses.unread):
            what = "object" if part == OBJECTS else "point"
            raise UsageError(f"not one {what} could be read. {self._why()}")

    def _why(self) -> str:
        losses = self.losses
        reasons = losses.rejected
        said = [f"{count:,} rows: {reason}" for reason, count in reasons.items()]
        told = "; ".join([*said, *losses.unread][:SHOWN])
        return f"Why: {told}. All are listed by: vo-lcc rejects {self._file.name}"
