"""Plans that were made before: compiling is skipped for a text that comes again."""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from vo_lcc.adql.compile import SelectPlan

MOST_PLANS = 1000
MOST_CHARACTERS = 10_000_000


class PlanKey(NamedTuple):
    """All that a plan depends on.

    `maxrec` is as the client asked, None when it did not; then one of the other two
    limits holds, which the tables of the query decide.
    """

    text: str
    version: str
    maxrec: int | None
    default_maxrec: int
    hard_maxrec: int


class Plans:
    """The plans used last, so many and of so many characters. Safe among threads.

    The SQL of a plan names each of its columns, so its length measures all of it.
    """

    def __init__(
        self, most: int = MOST_PLANS, characters: int = MOST_CHARACTERS
    ) -> None:
        self._most = most
        self._characters = characters
        self._held = 0
        self._plans: OrderedDict[PlanKey, SelectPlan] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._plans)

    def find(self, key: PlanKey) -> SelectPlan | None:
        """The plan that was kept under this key, or None."""
        with self._lock:
            plan = self._plans.get(key)
            if plan is not None:
                self._plans.move_to_end(key)
            return plan

    def keep(self, key: PlanKey, plan: SelectPlan) -> None:
        """Remember a plan, unless it holds for one request only or is too large.

        The plans used longest ago give way.
        """
        if not plan.reusable or size(key, plan) > self._characters:
            return
        with self._lock:
            self._drop(key)
            self._plans[key] = plan
            self._held += size(key, plan)
            while len(self._plans) > self._most or self._held > self._characters:
                self._drop(next(iter(self._plans)))

    def _drop(self, key: PlanKey) -> None:
        plan = self._plans.pop(key, None)
        if plan is not None:
            self._held -= size(key, plan)


def size(key: PlanKey, plan: SelectPlan) -> int:
    """The characters of a plan and its query."""
    return len(key.text) + len(plan.sql)
