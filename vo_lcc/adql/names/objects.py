"""Names of objects on the sky: ivo_simbadpoint of the UDF catalogue EN 1.2."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from vo_lcc.adql import nodes as n
from vo_lcc.adql.problems import Problems

# From a name to a position in degrees, ICRS, or None for a name that is not known.
NameResolver: TypeAlias = Callable[[str], tuple[float, float] | None]


@dataclass(slots=True)
class Names:
    """The names of one query; `asked` once one of them was looked up."""

    resolver: NameResolver | None = None
    asked: bool = False

    def point(self, call: n.Call, problems: Problems) -> n.Expr:
        """The point a name stands for; else a problem is noted."""
        name = call.args[0] if len(call.args) == 1 else None
        text = name.value if isinstance(name, n.Literal) else None
        if not isinstance(text, str):
            problems.add("ivo_simbadpoint needs one name in quotes", call.at)
            return call
        if self.resolver is None:
            problems.add("this server looks up no names; write the position", call.at)
            return call
        self.asked = True
        found = self.resolver(text)
        if found is None:
            problems.add(f"no object is known as '{text[:60]}'", call.args[0].at)
            return call
        lon, lat = (n.Literal(float(x), at=call.at) for x in found)
        return n.Call("POINT", (lon, lat), at=call.at)
