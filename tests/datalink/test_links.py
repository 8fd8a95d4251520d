"""What is said of light curves and services: in the words of the vocabularies."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from vo_lcc.curves.descriptors import services_of
from vo_lcc.curves.inputs import (
    Dataset,
    band_input,
    fold_inputs,
    periodogram_inputs,
    soda_inputs,
    time_input,
)
from vo_lcc.dali.params import Params
from vo_lcc.datalink.answer import FORMATS
from vo_lcc.datalink.links import Sources, links_of
from vo_lcc.db import Database
from vo_lcc.heads import ServiceInput
from vo_lcc.lightcurves.collection import Collection, load_collections
from vo_lcc.periodograms.params import PeriodogramParams
from vo_lcc.soda.params import SodaParams


@pytest.fixture(scope="module")
def demo(demo_db: Database) -> Collection:
    """The demo collection, as if more were known of it."""
    return replace(
        load_collections(demo_db)["demo"],
        bibcode="2010ApJ...708..717S",
        source_url="https://example.org",
        image_url="https://example.org/{object_id}",
    )


@pytest.fixture(scope="module")
def sources(demo: Collection) -> Sources:
    services = services_of("http://x", "id", Dataset(demo))
    return Sources("http://x", demo, FORMATS, services)


def terms(shared: Path, vocabulary: str) -> set[str]:
    path = shared / "validators" / "vocab" / f"{vocabulary}.json"
    return {f"#{term}" for term in json.loads(path.read_text())["terms"]}


@pytest.mark.parametrize("passband", [None, "g"])
def test_terms_are_those_of_the_vocabularies(
    shared: Path, sources: Sources, passband: str | None
) -> None:
    links = links_of(sources, passband, ["g", "r"])

    assert {link.semantics for link in links} <= terms(shared, "datalink_core")
    qualifiers = {link.content_qualifier for link in links} - {None}
    assert qualifiers <= terms(shared, "product-type")


@pytest.mark.parametrize("passband", [None, "g"])
def test_links_that_mean_the_same_can_be_told_apart(
    sources: Sources, passband: str | None
) -> None:
    links = links_of(sources, passband, ["g", "r"])

    words = [
        (k.semantics, k.content_type, k.content_qualifier, k.local_semantics)
        for k in links
    ]
    assert len(set(words)) == len(words)


def given(each: ServiceInput) -> list[str]:
    """Values that an input says may be given."""
    known = {"POS": ["CIRCLE 1 2 3"], "PERIOD": ["0.5", "own"], "EPOCH": ["59000"]}
    ends = [end for end in (each.minimum, each.maximum) if end is not None]
    if each.column.xtype == "interval":
        return [" ".join(ends), f"-Inf {ends[1]}"]
    lists = {"CIRCLE": ["10 20 0.5"], "POLYGON": ["1 1 2 1 2 2"]}
    return [
        *each.options,
        *known.get(each.column.name, []),
        *lists.get(each.column.name, []),
    ]


def test_soda_takes_whatever_its_descriptor_tells(demo: Collection) -> None:
    asked = 0
    for each in (*soda_inputs(Dataset(demo)), *fold_inputs(Dataset(demo))):
        name = each.column.name
        for value in given(each):
            pairs = (("ID", "demo/demo-0001"), (name, value))
            if name in ("EPOCH",):
                pairs += (("PERIOD", "0.5"),)
            if value == "bands":
                pairs += (("RESPONSEFORMAT", "votable"),)
            assert SodaParams.parse(Params(pairs), None, ["demo"])
            asked += 1
    assert asked > 40


def test_periodograms_take_whatever_their_descriptors_tell(demo: Collection) -> None:
    asked = set()
    for each in periodogram_inputs(Dataset(demo)):
        name = each.column.name
        for value in given(each) or [each.minimum, each.maximum]:
            if value not in (None, "0"):  # which periods must be above
                pairs = (("ID", "demo/demo-0001"), (name, value))
                assert PeriodogramParams.parse(Params(pairs), None)
                asked.add(name)
    assert {"METHOD", "NTERMS", "PEAKS", "OUTPUT", "BAND", "TIME", "QUANTITY"} <= asked


def test_what_is_not_known_has_no_range(demo: Collection) -> None:
    bare = replace(
        demo,
        t_min=None,
        t_max=None,
        passbands=tuple(replace(p, effective_wavelength=None) for p in demo.passbands),
    )

    assert time_input(Dataset(bare)).minimum is None
    assert band_input(Dataset(bare)).options == ("g", "r")


def test_times_are_mjd_whatever_the_zero_of_the_light_curve(demo: Collection) -> None:
    frame = replace(demo.time_frame, time_origin=2450000.0)
    told = time_input(
        Dataset(replace(demo, time_frame=frame), ("g",), (5000.0, 5001.0))
    )

    assert (told.minimum, told.maximum) == ("54999.49", "55000.51")
