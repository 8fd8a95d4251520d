"""A named check."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vo_lcc.validation.findings import Finding
from vo_lcc.validation.subject import Subject

Run = Callable[[Subject], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold; `run` tells what is found, nothing when it holds.

    `kind` is that of the services it is about: where there are none it is not run.
    `gathers`: what it sees is judged later by the validators of others.
    """

    name: str
    group: str
    title: str
    run: Run
    kind: str = ""
    gathers: bool = False
