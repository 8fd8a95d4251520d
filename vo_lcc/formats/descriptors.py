"""Service descriptors in a VOTable, and the FIELDs they refer to (DataLink 1.1, 4).

A descriptor is a RESOURCE of type "meta" beside the results. An input that takes its
values from a column refers to the XML ID of the FIELD, which therefore has one.
"""

from collections.abc import Collection, Iterable, Mapping

from vo_lcc.formats.markup import content, element
from vo_lcc.heads import ServiceDescriptor, ServiceInput, TableHead
from vo_lcc.tables import REGULAR_IDENTIFIER, Column

SERVICE, THIS = "adhoc:service", "adhoc:this"


class FieldIds:
    """The XML IDs of FIELDs in one document: of those that something refers to.

    An ID is the name of the column, where that can be one and is not taken.

    >>> links = ServiceInput(Column("ID", "char", "*"), ref="object id")
    >>> ids = FieldIds([ServiceDescriptor("links", "http://...", (links,), "Links")])
    >>> ids.of_table(TableHead((Column("ra", "double"), Column("object id", "long"))))
    {1: 'field-2'}
    >>> ids.referred
    {'object id': 'field-2'}
    """

    def __init__(self, services: Iterable[ServiceDescriptor] = ()) -> None:
        services = tuple(services)
        self._wanted = {i.ref for s in services for i in s.inputs if i.ref is not None}
        self._used = {s.name for s in services}
        self.referred: dict[str, str] = {}

    def of_table(
        self, table: TableHead, calibrated: Collection[int] = ()
    ) -> dict[int, str]:
        """The IDs of the columns of the next table, by their places.

        Descriptors refer to the first column of a name in the whole document.
        `calibrated` are the places of columns that get an ID where the name is one.
        """
        names = [c.name for c in table.columns]
        found = {}
        for place, name in enumerate(names):
            if name in self._wanted and name not in self.referred:
                found[place] = self.referred[name] = self._new(name)
            elif place in calibrated and names.count(name) == 1 and self._is_free(name):
                found[place] = self._new(name)
        return found

    def _is_free(self, name: str) -> bool:
        return bool(REGULAR_IDENTIFIER.match(name)) and name not in self._used

    def _new(self, name: str) -> str:
        xml_id = name if self._is_free(name) else f"field-{len(self._used) + 1}"
        self._used.add(xml_id)
        return xml_id


def descriptor_elements(
    services: Iterable[ServiceDescriptor], referred: Mapping[str, str]
) -> list[str]:
    """The RESOURCEs of these services; `referred` are the IDs of columns by name.

    A service that needs a column which the results do not have is left out.
    """
    return [
        descriptor_element(service, referred)
        for service in services
        if all(i.ref is None or i.ref in referred for i in service.inputs)
    ]


def descriptor_element(service: ServiceDescriptor, referred: Mapping[str, str]) -> str:
    """The RESOURCE of a service."""
    inputs = "\n".join(input_element(each, referred) for each in service.inputs)
    said = (
        ("accessURL", service.access_url),
        ("standardID", service.standard_id),
        ("contentType", service.content_type),
    )
    inside = [
        element("DESCRIPTION", {}, content(service.description)),
        *(text_param(name, value) for name, value in said if value is not None),
        *(text_param("exampleURL", url, about) for url, about in service.examples),
        element("GROUP", {"name": "inputParams"}, f"\n{inputs}\n"),
    ]
    attributes = {
        "ID": service.name,
        "name": service.title,
        "type": "meta",
        "utype": THIS if service.is_this else SERVICE,
    }
    return element("RESOURCE", attributes, "\n" + "\n".join(inside) + "\n")


def input_element(given: ServiceInput, referred: Mapping[str, str]) -> str:
    """The PARAM of one input: described by its column, with what it may be.

    >>> period = ServiceInput(Column("PERIOD", "double", unit="d"), minimum="0")
    >>> print(input_element(period, {}))
    <PARAM name="PERIOD" datatype="double" arraysize="1*" unit="d" value=""><VALUES><MIN value="0"/></VALUES></PARAM>
    """  # noqa: E501 (one line of output)
    words = param_words(given)
    description = words.pop("description", None)
    inside = element("DESCRIPTION", {}, content(description)) if description else ""
    limits = "".join(
        element(tag, {"value": value})
        for tag, value in (("MIN", given.minimum), ("MAX", given.maximum))
        if value is not None
    )
    limits += "".join(element("OPTION", {"value": each}) for each in given.options)
    if limits:
        inside += element("VALUES", {}, limits)
    attributes = {
        "name": given.column.name,
        **words,
        "value": given.value,
        "ref": referred[given.ref] if given.ref is not None else None,
    }
    return element("PARAM", attributes, inside)


def param_words(given: ServiceInput) -> dict[str, str]:
    """What the column says of an input, as attributes of its PARAM.

    A number to be filled in is an array of at most one: astropy (8.0) reads the empty
    value of a scalar as None, over which pyvo (1.9) stumbles when it calls the service.
    """
    words = given.column.words
    if words["datatype"] in ("float", "double") and not given.value:
        words.setdefault("arraysize", "1*")
    if not all(map(str.isascii, (given.value, *given.options))):
        words["datatype"] = "unicodeChar"
    order = ("datatype", "arraysize", "unit", "ucd", "utype", "xtype", "description")
    return {word: words[word] for word in order if word in words}


def text_param(name: str, value: str, description: str | None = None) -> str:
    """A PARAM that holds text."""
    about = Column(name, "char", "*", description=description)
    return input_element(ServiceInput(about, value), {})
