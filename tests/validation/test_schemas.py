"""XML schemas from a folder."""

from pathlib import Path

import pytest
from lxml import etree

from vo_lcc.errors import ParameterError
from vo_lcc.validation.schemas import Schemas

NAMESPACE = "urn:test"
SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" version="{version}"
 targetNamespace="urn:test"><xs:element name="{element}"/></xs:schema>"""


def is_valid(schemas: Schemas, element: str) -> bool:
    return not schemas.problems(etree.Element(f"{{{NAMESPACE}}}{element}"))


def test_of_several_schemas_that_of_the_highest_version_is_taken(tmp_path: Path):
    for at, version in enumerate(("1.10-20260101", "1.9", "1.1")):
        text = SCHEMA.format(version=version, element=f"of-{at}")
        (tmp_path / f"{at}.xsd").write_text(text)

    schemas = Schemas(tmp_path)

    assert [is_valid(schemas, f"of-{at}") for at in range(3)] == [True, False, False]


def test_a_folder_without_schemas_is_told(tmp_path: Path):
    with pytest.raises(ParameterError, match="xsd in"):
        Schemas(tmp_path)
