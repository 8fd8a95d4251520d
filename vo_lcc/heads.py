"""What is said of a result beside its rows: document, tables, services."""

from dataclasses import dataclass, field

from vo_lcc.tables import Column, PhotCal


@dataclass(frozen=True, slots=True)
class Info:
    """A VOTable INFO: a name, a value, perhaps some text and the UCD of the value."""

    name: str
    value: str
    text: str = ""
    ucd: str | None = None


@dataclass(frozen=True, slots=True)
class Param:
    """A VOTable PARAM: a column that has one value for the whole table."""

    column: Column
    value: str | float | int | None


@dataclass(frozen=True, slots=True)
class TableHead:
    """All that is said of one table in a document before its first row.

    `calibrations` are photometric calibrations to declare beyond those the
    columns refer to (a table that holds several passbands).
    """

    columns: tuple[Column, ...]
    name: str | None = None
    description: str | None = None
    params: tuple[Param, ...] = ()
    calibrations: tuple[PhotCal, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceInput:
    """One input parameter of a described service (DataLink 1.1, section 4.1).

    `ref` is the name of the column of the results that gives its values; without one
    it has `value`, which is the default or, where it is empty, for the client to fill.
    `options` are the only values, `minimum` and `maximum` the ends of a range.
    """

    column: Column
    value: str = ""
    ref: str | None = None
    options: tuple[str, ...] = ()
    minimum: str | None = None
    maximum: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceDescriptor:
    """What can be done with the rows of a result: a service and its inputs.

    In a VOTable it is a RESOURCE of type "meta" and utype adhoc:service (DataLink 1.1,
    section 4); `name` is its XML ID, `title` what people see. `standard_id` is None for
    a service of our own. One that `is_this` describes what gave the answer itself.
    `examples` are URLs that work, each with what it gives.
    """

    name: str
    access_url: str
    inputs: tuple[ServiceInput, ...]
    description: str
    standard_id: str | None = None
    content_type: str | None = None
    title: str | None = None
    is_this: bool = False
    examples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentHead:
    """What is said of a whole result: provenance, standard, query, services.

    Formats that have no place for `services` leave them out.
    """

    infos: tuple[Info, ...] = ()
    description: str | None = None
    name: str = field(default="result")
    services: tuple[ServiceDescriptor, ...] = ()
