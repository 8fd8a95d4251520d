"""Files to a draft of the collection file that describes them."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from vo_lcc.errors import UsageError
from vo_lcc.lightcurves.checks import problems_of
from vo_lcc.lightcurves.describing.drafts import Draft
from vo_lcc.lightcurves.describing.looking import Found, look_at
from vo_lcc.lightcurves.describing.naming import Pattern, plain_pattern, told_by
from vo_lcc.lightcurves.describing.objects import (
    Identified,
    describe_dialect,
    describe_from_points,
    describe_list,
    find_identity,
    identify,
    is_object_list,
    texts_of,
)
from vo_lcc.lightcurves.describing.points import Points, describe_points
from vo_lcc.lightcurves.describing.roles import Roles, find_roles
from vo_lcc.lightcurves.describing.tables import Group, group_tables
from vo_lcc.lightcurves.describing.words import Survey, find_survey

DEFAULT_NAME = "collection"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Tables that may be light curves."""

    group: Group
    survey: Survey | None
    roles: Roles

    @property
    def rank(self) -> tuple[int, float]:
        """Light curves have many rows in a file, or are in many files."""
        return len(self.group.names), self.group.per_file


def describe(paths: Sequence[Path], name: str | None = None) -> str:
    """A collection file for these files, as a text of at most 40 lines.

    It ends in questions: what the files do not say. Raises UsageError where there are
    no light curves in them.
    """
    found = look_at(paths)
    groups = group_tables(found.seen)
    candidates = [c for c in map(_candidate, groups) if c.roles.is_points]
    if not candidates:
        raise UsageError(_nothing(found, groups))
    chosen = max(candidates, key=lambda c: c.rank)
    own = set(chosen.group.names)
    lists = [g for g in groups if is_object_list(g) and not own.intersection(g.names)]
    objects, identified = _object_list(chosen.group, lists)
    listed = texts_of(identified.values) if objects and identified else ()
    points = _points(chosen, listed)
    draft = Draft()
    _describe_top(points, draft, name or _name_of(paths))
    find_identity(points, draft, listed)
    _describe_files(points, draft)
    describe_points(points, draft)
    if objects is not None and identified is not None:
        describe_list(objects, identified, points, draft)
    else:
        describe_from_points(points, draft)
    _ask_of_rest(found, groups, candidates, chosen, objects, draft)
    return checked(draft)


def checked(draft: Draft) -> str:
    """The text of a draft without the columns that no collection can have."""
    for _ in range(len(draft.spare) + 1):
        text = draft.text()
        problems = problems_of(text)
        bad = {
            (str(key[0]), str(key[2]))
            for key, _ in problems
            if len(key) > 2 and key[1] == "columns"
        }
        spare = bad & set(draft.spare)
        if not spare:
            break
        for part, column in spare:
            draft.drop(part, column)
    for key, problem in problems:
        draft.ask(f"{'.'.join(map(str, key))}: {problem}")
    return draft.text()


def _candidate(group: Group) -> Candidate:
    columns = [v.name for v in group.values] if group.has_names else []
    survey = find_survey(columns, group.heads[0], group.path)
    return Candidate(group, survey, find_roles(group, survey))


def _object_list(
    points: Group, lists: Sequence[Group]
) -> tuple[Group | None, Identified | None]:
    """The list of objects that the light curves match best."""
    words = set(_words_of_names(points))
    for values in points.values:
        if not values.is_list:
            words |= set(texts_of(values)[:20_000])
    found = [(group, identify(group, words)) for group in lists]
    named = [(g, i) for g, i in found if i is not None and g.rows > 0]
    if not named:
        return None, None
    return max(named, key=lambda pair: pair[1].matched)


def _words_of_names(group: Group) -> Collection[str]:
    """All parts of the names of files that end where a word does."""
    words: set[str] = set()
    for name in group.names:
        base = name.base
        starts = [0, *(m.end() for m in re.finditer(r"[^A-Za-z0-9]", base))]
        ends = [m.start() for m in re.finditer(r"[^A-Za-z0-9]|\Z", base)]
        words |= {base[s:e] for s in starts for e in ends if s < e}
    return words


def _points(chosen: Candidate, listed: Collection[str]) -> Points:
    names = [name.base for name in chosen.group.names]
    own = chosen.roles.columns.get("object_id")
    several = own is not None and len(set(texts_of(own))) > len(names)
    pattern = Pattern(plain_pattern(names)) if several else told_by(names, listed)
    return Points(chosen.group, chosen.roles, chosen.survey, pattern)


def _describe_top(points: Points, draft: Draft, name: str) -> None:
    group, survey = points.group, points.survey
    of = f" of {survey.survey}" if survey else ""
    files = f"{len(group.names)} file{'s' if len(group.names) > 1 else ''}"
    draft.top = {
        "name": name,
        "title": f"Light curves{of} ({name})",
        "description": f"Light curves{of} in {files} like {group.names[0].base}",
        "creator": "UNKNOWN",
    }
    if survey:
        draft.top["facility"] = survey.facility
        draft.notes["facility"] = f"a guess, by {survey.said}"
    draft.ask(
        "who is the creator? what are title, description, bibcode and rights?"
        ' subjects = ["..."] and doi, if any, help to find it (docs/collections.md)'
    )


def _describe_files(points: Points, draft: Draft) -> None:
    group, files = points.group, draft.lightcurves
    archives = dict.fromkeys(name.archive for name in group.names)
    text = points.pattern.text
    if "object_id" in draft.point_columns:
        text = text.replace("{object_id}", "*")
        text = plain_pattern([group.names[0].base]) if text == "*" else text
    if None in archives:
        files["files"] = text
    else:
        files["files"] = plain_pattern(archive for archive in archives if archive)
        files["members"] = text
    if len(group.tables) > 1 and "passband" not in points.roles.columns:
        filters = {str(head.get("FILTER")) for head in group.heads[: len(group.tables)]}
        if len(filters) == 1:
            files["table"] = group.tables[0] or 1
            draft.ask(
                f"of {len(group.tables)} tables alike in a file the first is taken:"
                f" {', '.join(t or '(no name)' for t in group.tables[:5])}"
            )
    describe_dialect(group, files)


def _ask_of_rest(
    found: Found,
    groups: Sequence[Group],
    candidates: Sequence[Candidate],
    chosen: Candidate,
    objects: Group | None,
    draft: Draft,
) -> None:
    others = [c.group for c in candidates if c is not chosen and c.group is not objects]
    if others:
        shown = "; ".join(f"{len(g.names)} like {g.names[0].base}" for g in others[:4])
        draft.ask(
            f"light curves of another layout need a collection of their own: {shown}"
        )
    if found.problems:
        draft.ask(f"{len(found.problems)} files cannot be read: {found.problems[0]}")
    draft.ask(*chosen.group.look.frames.get("notes", ())[:2])


def _name_of(paths: Sequence[Path]) -> str:
    """A name for the collection, of the folder or the file that was given."""
    first = paths[0].resolve()
    stem = (first if len(paths) == 1 else first.parent).name.partition(".")[0]
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower())[:30].strip("_")
    name = re.sub(r"_(dr|r)(\d+)", r"\1\2", name)  # it would look like a release
    return name if name[:1].isalpha() else f"{DEFAULT_NAME}_{name}".strip("_")


def _nothing(found: Found, groups: Sequence[Group]) -> str:
    told = [
        f"{g.names[0].base} has {', '.join(v.name for v in g.values[:12])}"
        for g in groups[:3]
    ]
    return "no light curves (times with magnitudes or fluxes) are found: " + "; ".join(
        [*told, *found.problems[:5]]
    )
