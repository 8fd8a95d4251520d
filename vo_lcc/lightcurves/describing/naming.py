"""What the names of files tell: which part is the object, which the passband."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

PACKED = re.compile(r"\.(gz|bz2|xz|zst)\Z")
PART = re.compile(r"[^-_.\s]+")
LETTERS = "ugrizyUBVRIJHKGco"
BANDS = frozenset((*LETTERS, "Ks", "BP", "RP", "W1", "W2", "w1", "w2", "zg", "zr", "zi",
                   "gp", "rp", "ip", "zs"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern for the names of files, and the passbands that it finds."""

    text: str
    bands: tuple[str, ...] = ()

    @property
    def tells_object(self) -> bool:
        """Whether the names tell the object."""
        return "{object_id}" in self.text


def plain_pattern(names: Iterable[str]) -> str:
    """One pattern for all these names: what they have in common, and `*`.

    >>> plain_pattern(["a1.csv", "a22.csv"])
    'a*.csv'
    """
    bases = sorted({PACKED.sub("", name) for name in names})
    if len(bases) == 1:
        return bases[0]
    start = _common(bases)
    end = _common([base[len(start) :][::-1] for base in bases])[::-1]
    dot = end.find(".")
    start = (
        start if re.search(r"[-_.]\Z|[a-z]\Z", start) else re.sub(r"\d+\Z", "", start)
    )
    return f"{start}*{end[dot:] if dot >= 0 else end}"


def told_by(names: Sequence[str], known: Collection[str] = ()) -> Pattern:
    """The pattern in which the object, and the passband if any, is told apart.

    With the identifiers that a list of objects has (`known`) their place in the names
    is sought; else what differs is taken for the object.

    >>> told_by(["a-B.dat", "a-R.dat", "b-B.dat"])
    Pattern(text='{object_id}-{passband}.dat', bands=('B', 'R'))
    """
    bases = [PACKED.sub("", name) for name in names]
    if known and (found := _by_known(bases, set(known))):
        return found
    if bands := _by_bands(bases):
        return bands
    return Pattern(_by_difference(sorted(set(bases))))


def _by_known(bases: Sequence[str], known: Collection[str]) -> Pattern | None:
    """Where the identifiers are: before a sign that is no letter, the longest first."""
    shapes: Counter[tuple[str, str]] = Counter()
    for base in bases:
        ends = [m.start() for m in re.finditer(r"[^A-Za-z0-9]|\Z", base)]
        starts = [0, *(m.end() for m in re.finditer(r"[^A-Za-z0-9]", base))]
        spans = [(e - s, s, e) for s in starts for e in ends if base[s:e] in known]
        if spans:
            _, start, end = max(spans)
            shapes[base[:start], base[end:]] += 1
    if sum(shapes.values()) < len(bases) / 2:
        return None
    befores = {before for before, _ in shapes}
    afters = sorted({after for _, after in shapes})
    before = befores.pop() if len(befores) == 1 else "*"
    return Pattern(before + "{object_id}" + _any_of(afters))


def _any_of(endings: Sequence[str]) -> str:
    if len(endings) == 1:
        return endings[0]
    start = _common(endings)
    end = _common([ending[len(start) :][::-1] for ending in endings])[::-1]
    return f"{start}*{end}"


def _by_bands(bases: Sequence[str]) -> Pattern | None:
    """A part that is a word for a passband in all names, and not the same in all."""
    parts = [
        [(m.start(), m.end(), m[0]) for m in PART.finditer(base)] for base in bases
    ]
    for place in (-2, -1, 1, 0):
        words = [p[place][2] for p in parts if -len(p) <= place < len(p)]
        if len(words) == len(bases) and BANDS.issuperset(words) and len(set(words)) > 1:
            shapes = set()
            for base, found in zip(bases, parts, strict=True):
                start, end, _ = found[place]
                before = base[:start]
                sign = before[-1:] if before[-1:] in "-_." else ""
                shapes.add(
                    ("{object_id}" if before else "") + sign + "{passband}" + base[end:]
                )
            if len(shapes) == 1:
                return Pattern(shapes.pop(), tuple(dict.fromkeys(words)))
    return None


def _by_difference(bases: Sequence[str]) -> str:
    """The part before the last dot, without what all names share in whole words."""
    if len(bases) == 1:
        stem, dot, suffix = bases[0].rpartition(".")
        return f"{{object_id}}{dot}{suffix}" if stem else "{object_id}"
    end = _common([base[::-1] for base in bases])[::-1]
    cut = re.search(r"[-_.].*", end)
    end = cut[0] if cut else ""
    return "{object_id}" + end


def _common(texts: Sequence[str]) -> str:
    low, high = min(texts), max(texts)
    for i, letter in enumerate(low):
        if letter != high[i]:
            return low[:i]
    return low


def identifier(word: str) -> str:
    """A word as the name of a passband: letters, digits and _, a letter first.

    >>> identifier("sloan.r"), identifier("4")
    ('sloan_r', 'band_4')
    """
    name = re.sub(r"[^A-Za-z0-9_]+", "_", word).strip("_")
    return name if name[:1].isalpha() else f"band_{name}"


def words_as_bands(words: Sequence[str], known: Mapping[str, str]) -> dict[str, str]:
    """The passbands for the words of the files: by the survey, else themselves.

    >>> words_as_bands(["zg", "zr"], {"zg": "g", "zr": "r"})
    {'zg': 'g', 'zr': 'r'}
    """
    return {word: known.get(word, identifier(word)) for word in words}
