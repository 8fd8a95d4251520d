"""What can be done to light curves, as service descriptors (SODA 1.0, section 4)."""

from dataclasses import replace

from vo_lcc.curves.inputs import (
    ID,
    ONE_ID,
    Dataset,
    fold_inputs,
    periodogram_inputs,
    soda_inputs,
)
from vo_lcc.heads import ServiceDescriptor, ServiceInput

STANDARDS = {run: f"ivo://ivoa.net/std/SODA#{run}-1.0" for run in ("sync", "async")}
VOTABLE = "application/x-votable+xml"
RUNS = (("sync", ""), ("async", ", as a job"))


def services_of(
    base_url: str, ref: str | None, data: Dataset, value: str = ""
) -> tuple[ServiceDescriptor, ...]:
    """All that can be done to these light curves.

    `ref` is the column of the results that holds their identifiers; where there is
    none, `value` is the identifier of the one that is meant.
    """
    given = ServiceInput(ID, value, ref)
    return (
        *soda_descriptors(base_url, given, data),
        fold_descriptor(base_url, given, data),
        *periodogram_descriptors(base_url, given, data),
    )


def soda_descriptors(
    base_url: str, given: ServiceInput, data: Dataset
) -> tuple[ServiceDescriptor, ...]:
    """SODA of light curves: cut-outs, conversions, other formats; also as a job."""
    return tuple(
        ServiceDescriptor(
            name=named("cutout", run, data),
            access_url=f"{base_url}/soda/{run}",
            inputs=(given, *soda_inputs(data)),
            description=f"Cut out, convert and reshape light curves{how}",
            standard_id=STANDARDS[run],
            content_type=VOTABLE if run == "sync" else None,
            title=f"SODA {run}",
        )
        for run, how in RUNS
    )


def fold_descriptor(
    base_url: str, given: ServiceInput, data: Dataset
) -> ServiceDescriptor:
    """Folding of light curves with a period, which SODA does too."""
    return ServiceDescriptor(
        name=named("fold", "sync", data),
        access_url=f"{base_url}/soda/sync",
        inputs=(given, *fold_inputs(data)),
        description="Fold light curves with a period",
        content_type=VOTABLE,
        title="Fold",
    )


def periodogram_descriptors(
    base_url: str, given: ServiceInput, data: Dataset
) -> tuple[ServiceDescriptor, ...]:
    """The search for periods, at once and as a job."""
    given = replace(given, column=ONE_ID)
    return tuple(
        ServiceDescriptor(
            name=named("periodogram", run, data),
            access_url=f"{base_url}/periodogram/{run}",
            inputs=(given, *periodogram_inputs(data)),
            description=f"Search for periods{how}",
            content_type=VOTABLE if run == "sync" else None,
            title=f"Periodogram {run}",
        )
        for run, how in RUNS
    )


def named(service: str, run: str, data: Dataset) -> str:
    """The ID of a descriptor.

    pyvo sorts links by it, and takes the first service where nobody says which: that
    is to be the cut-out, at once.
    """
    prefix = "jobs-" if run == "async" else ""
    return f"{prefix}{service}-{data.collection.name}"
