"""What is said of results as plain values: what JSON, ECSV and the like tell of them.

The words are those of VOTable and PhotDM; what is not known is left out.
"""

import math
from collections.abc import Mapping
from typing import Any

from vo_lcc.formats.annotations import PHOTCAL_PARAMS, annotation_key
from vo_lcc.heads import DocumentHead, Param, TableHead
from vo_lcc.tables import Annotation, Column, PhotCal, SkyFrame, TimeFrame

ANNOTATIONS: Mapping[type, tuple[str, Mapping[str, str]]] = {
    TimeFrame: (
        "timesys",
        {
            "timescale": "timescale",
            "refposition": "refposition",
            "time_origin": "timeorigin",
        },
    ),
    SkyFrame: (
        "coosys",
        {"system": "system", "epoch": "epoch", "refposition": "refposition"},
    ),
    PhotCal: ("photcal", {attribute: name for attribute, name, *_ in PHOTCAL_PARAMS}),
}
"""What each annotation is called, and the names of its attributes, as in VOTable."""


def known(**values: Any) -> dict[str, Any]:
    """The values that are not None.

    >>> known(name="ra", unit=None)
    {'name': 'ra'}
    """
    return {key: value for key, value in values.items() if value is not None}


def told_document(document: DocumentHead) -> dict[str, Any]:
    """The description (`about`) and the INFOs of a document."""
    infos = [
        known(name=i.name, value=i.value, text=i.text or None, ucd=i.ucd)
        for i in document.infos
    ]
    about = {"about": document.description} if document.description else {}
    return {**about, "infos": infos}


def told_table(table: TableHead) -> dict[str, Any]:
    """The name, description, parameters and further calibrations of a table."""
    return known(
        name=table.name,
        description=table.description,
        params=[told_param(param) for param in table.params] or None,
        photcals=[told_note(note) for note in table.calibrations] or None,
    )


def told_column(column: Column) -> dict[str, Any]:
    """A column and what it refers to.

    >>> told_column(Column("t", "double", unit="d", annotation=TimeFrame("TDB")))
    {'name': 't', 'datatype': 'double', 'unit': 'd', 'timesys': \
{'timescale': 'TDB', 'refposition': 'UNKNOWN', 'timeorigin': 2400000.5}}
    """
    return {"name": column.name, **column.words, **told_annotation(column)}


def told_annotation(column: Column) -> dict[str, Any]:
    """The frame or calibration of a column under its name; nothing without one."""
    key = annotation_key(column)
    if key is None:
        return {}
    note, is_text_time = key
    name, _ = ANNOTATIONS[type(note)]
    noted = told_note(note)
    if is_text_time:
        del noted["timeorigin"]  # times as text have none (VOTable 1.4, 3.5)
    return {name: noted}


def told_note(note: Annotation) -> dict[str, Any]:
    """What is known of a frame or calibration."""
    _, names = ANNOTATIONS[type(note)]
    return known(**{name: getattr(note, key) for key, name in names.items()})


def told_param(param: Param) -> dict[str, Any]:
    """A parameter; one that has no value has null, one not finite its name as text."""
    value = param.value
    if isinstance(value, float) and not math.isfinite(value):
        value = {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    return {**told_column(param.column), "value": value}
