"""What a request may ask: six verbs and their arguments (OAI-PMH 2.0, section 4).

Names and values are compared as they are written, with regard to case.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from vo_lcc.registry.oai.moments import parse_range
from vo_lcc.registry.oai.problems import OAIError

TOKEN = "resumptionToken"  # noqa: S105
PREFIX = "metadataPrefix"
LONGEST = 2000
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Rule:
    """Which arguments a verb takes; a token, where it takes one, stands alone."""

    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    resumable: bool = False


A_LIST = Rule(frozenset({PREFIX}), frozenset({"from", "until", "set"}), resumable=True)
VERBS: Mapping[str, Rule] = MappingProxyType(
    {
        "Identify": Rule(),
        "ListMetadataFormats": Rule(optional=frozenset({"identifier"})),
        "ListSets": Rule(resumable=True),
        "GetRecord": Rule(frozenset({"identifier", PREFIX})),
        "ListIdentifiers": A_LIST,
        "ListRecords": A_LIST,
    }
)

# URIs (RFC 3986) without ports, fragments and addresses in brackets, as ivoids are.
LETTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})"
REST = rf"(?:{LETTER}|[:/?])*"
ABSOLUTE = rf"[A-Za-z][A-Za-z0-9+.-]*:(?://{LETTER}+(?![^/?])|(?!//)){REST}"
RELATIVE = rf"{LETTER}+(?:[/?]{REST})?"
WORD = r"[A-Za-z0-9\-_.!~*'()]+"
FORMS: Mapping[str, tuple[re.Pattern[str], str]] = MappingProxyType(
    {
        "identifier": (re.compile(f"{ABSOLUTE}|{RELATIVE}"), "a URI"),
        PREFIX: (re.compile(WORD), "a prefix of ListMetadataFormats"),
        "set": (re.compile(rf"{WORD}(:{WORD})*"), "a set of ListSets"),
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose arguments are as they should be.

    `since` and `until` are the first and the last second of its range.
    """

    verb: str
    arguments: Mapping[str, str]
    since: datetime | None = None
    until: datetime | None = None

    @property
    def attributes(self) -> Mapping[str, str]:
        """What the answer repeats of the request."""
        return {"verb": self.verb, **self.arguments}


def read_arguments(pairs: Iterable[tuple[str, str]]) -> Asked:
    """The request that has these arguments, in the order sent.

    >>> read_arguments([("verb", "Identify")])
    Asked(verb='Identify', arguments={}, since=None, until=None)

    Raises OAIError: badVerb, or badArgument for those that are missing, repeated, not
    of this verb, or not of the right form.
    """
    pairs = list(pairs)
    verb = _verb([value for name, value in pairs if name == "verb"])
    given = [pair for pair in pairs if pair[0] != "verb"]
    _check_names(verb, Counter(name for name, _ in given))
    arguments = dict(given)
    for name, value in given:
        _check_form(name, value)
    since, until = parse_range(arguments.get("from"), arguments.get("until"))
    return Asked(verb, arguments, since, until)


def _verb(given: list[str]) -> str:
    known = ", ".join(VERBS)
    if not given:
        raise OAIError("badVerb", f"verb: missing; one of {known}")
    if len(given) > 1:
        raise OAIError("badVerb", f"verb: given {len(given)} times; give it once")
    if given[0] not in VERBS:
        problem = f"verb: {given[0][:SHOWN]!r} is none of {known}"
        raise OAIError("badVerb", problem)
    return given[0]


def _check_names(verb: str, given: Counter[str]) -> None:
    rule = VERBS[verb]
    takes = rule.required | rule.optional | ({TOKEN} if rule.resumable else set())
    for name, times in given.items():
        if name not in takes:
            known = f"takes {', '.join(sorted(takes))}" if takes else "takes none"
            raise _bad_argument(f"{name[:SHOWN]!r} is not for {verb}, which {known}")
        if times > 1:
            raise _bad_argument(f"{name}: given {times} times; give it once")
    if TOKEN in given:
        if len(given) > 1:
            raise _bad_argument(f"{TOKEN}: give it without other arguments")
        return
    for name in sorted(rule.required - set(given)):
        raise _bad_argument(f"{name}: missing; {verb} needs it")


def _check_form(name: str, value: str) -> None:
    if name not in FORMS:
        return
    form, what = FORMS[name]
    if len(value) > LONGEST or not form.fullmatch(value):
        raise _bad_argument(f"{name}: {value[:SHOWN]!r} is not {what}")


def _bad_argument(problem: str) -> OAIError:
    return OAIError("badArgument", problem)
