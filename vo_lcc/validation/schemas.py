"""XML schemas from a folder: found by namespace, never from the network."""

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from vo_lcc.errors import ParameterError
from vo_lcc.validation.documents import XSI_TYPE, Element, namespace
from vo_lcc.validation.findings import legible

XS = "http://www.w3.org/2001/XMLSchema"
SHOWN = 5  # messages of one document
DIGITS = re.compile(r"\d+", re.ASCII)
XML_NAMESPACES = (XS, f"{XS}-instance", "http://www.w3.org/XML/1998/namespace")


class Closed(etree.Resolver):  # type: ignore[misc]
    """Keeps schemas from being fetched: their imports must lie beside them."""

    def resolve(self, url: str, public_id: str, context: object) -> object:
        """An empty schema in the place of what only the network has."""
        if url.lower().startswith(("http:", "https:", "ftp:")):
            return self.resolve_string(f'<xs:schema xmlns:xs="{XS}"/>', context)
        return None


class Schemas:
    """The schemas of a folder by their target namespace.

    Of several files with one namespace the one of the highest version is taken.
    Raises ParameterError when there are none.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, Path] = {}
        self._made: dict[frozenset[str], etree.XMLSchema] = {}
        for _, path, target in sorted(targets(folder)):
            self._files[target] = path
        if not self._files:
            raise ParameterError("--schemas", f"no *.xsd in {folder}")

    @property
    def names(self) -> tuple[str, ...]:
        """The namespaces that are known."""
        return tuple(self._files)

    def knows(self, root: Element) -> bool:
        """Is there a schema for documents of this kind?"""
        return namespace(root) in self._files

    def problems(self, root: Element) -> list[str]:
        """What is wrong with a document, the first few messages; empty when valid."""
        schema = self._schema(frozenset(self._files) & namespaces(root))
        if schema.validate(root):
            return []
        log = [f"line {e.line}: {legible(e.message, 240)}" for e in schema.error_log]
        more = len(log) - SHOWN
        return log[:SHOWN] + ([f"and {more} more"] if more > 0 else [])

    def _schema(self, wanted: frozenset[str]) -> etree.XMLSchema:
        if wanted not in self._made:
            self._made[wanted] = self._make(sorted(wanted))
        return self._made[wanted]

    def _make(self, wanted: list[str]) -> etree.XMLSchema:
        """One schema that imports those of all namespaces of a document."""
        whole = etree.Element(f"{{{XS}}}schema", nsmap={"xs": XS})
        for each in wanted:
            path = self._files[each].absolute().as_uri()
            etree.SubElement(
                whole, f"{{{XS}}}import", namespace=each, schemaLocation=path
            )
        parser = etree.XMLParser(no_network=True, resolve_entities=False)
        parser.resolvers.add(Closed())
        try:
            return etree.XMLSchema(etree.fromstring(etree.tostring(whole), parser))
        except etree.XMLSchemaParseError as error:
            raise ParameterError("--schemas", legible(str(error))) from error


def targets(folder: Path) -> Iterator[tuple[tuple[int, ...], Path, str]]:
    """Version (its numbers), path and target namespace of each schema in a folder."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    for path in folder.glob("*.xsd"):
        try:
            root = etree.parse(str(path), parser).getroot()
        except (etree.XMLSyntaxError, OSError) as error:
            raise ParameterError("--schemas", f"{path}: {error}") from error
        target = root.get("targetNamespace")
        if target:
            yield tuple(map(int, DIGITS.findall(root.get("version", "")))), path, target


def namespaces(root: Element) -> set[str]:
    """All namespaces of a document, those of xsi:type included."""
    found: set[str] = set()
    for each in root.iter(etree.Element):
        found.add(namespace(each))
        prefix, colon, _ = each.get(XSI_TYPE, "").partition(":")
        if colon:
            found.add(each.nsmap.get(prefix, ""))
    return found - set(XML_NAMESPACES)
