"""Which part of a record becomes which column (RegTAP 1.2, section 8)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vo_lcc.registry.regtap.reading import XSI_TYPE, Inside, Place, place
from vo_lcc.registry.regtap.values import (
    any_lower,
    celestial,
    date_role,
    first,
    grade,
    hash_list,
    high,
    key,
    login,
    low,
    lower,
    lower_hash_list,
    lower_key,
    moc,
    number,
    others,
    relationship,
    sequence,
    timestamp,
    truth,
    type_system,
)


@dataclass(frozen=True, slots=True)
class Field:
    """A column, where its values are (in several places: one after another), and how
    they are written.
    """

    column: str
    places: tuple[Place, ...]
    written: Callable[[Sequence[str]], Any]

    def read(self, inside: Inside) -> Any:
        """The value of the column."""
        found = self.places[0].find(inside)
        for more in self.places[1:]:
            found += more.find(inside)
        return self.written(found)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table: one for each element at `steps`, seen from that of those above.

    They are numbered in `index` within the resource, and have the numbers of those
    above them. `said` is the same in all. Rows without one of `needs` are left out;
    of `rare` ones that is no loss.
    Where rows are not `made`, what their elements say is in the rows below.
    """

    table: str
    steps: tuple[str, ...]
    fields: tuple[Field, ...]
    index: str | None = None
    needs: tuple[str, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)
    inner: tuple["Rows", ...] = ()
    made: bool = True
    rare: bool = False


def fields(*rows: tuple[str, str, Callable[[Sequence[str]], Any]]) -> tuple[Field, ...]:
    """Fields of column, path (or several with |), and how the values are written."""
    return tuple(
        Field(column, tuple(map(place, path.split("|"))), written)
        for column, path, written in rows
    )


def steps(path: str) -> tuple[str, ...]:
    """The names that lead to elements."""
    return place(path).steps


RESOURCE = fields(
    ("res_type", "@xsi:type", lower),
    ("created", "@created", timestamp),
    ("short_name", "shortName", first),
    ("res_title", "title", first),
    ("updated", "@updated", timestamp),
    ("content_level", "content/contentLevel", lower_hash_list),
    ("res_description", "content/description", first),
    ("reference_url", "content/referenceURL", first),
    ("creator_seq", "curation/creator/name", sequence),
    ("content_type", "content/type", lower_hash_list),
    ("source_format", "content/source/@format", lower),
    ("source_value", "content/source", first),
    ("res_version", "curation/version", first),
    ("region_of_regard", "coverage/regionOfRegard", number),
    ("waveband", "coverage/waveband", lower_hash_list),
    ("rights", "rights", first),
    ("rights_uri", "rights/@rightsURI", first),
)

WHO = (
    ("role_name", "name", first),
    ("role_ivoid", "name/@ivo-id|@ivo-id", any_lower),
)
CONTACT = fields(
    *WHO,
    ("street_address", "address", first),
    ("email", "email", first),
    ("telephone", "telephone", first),
    ("logo", "logo", first),
)
CREATOR = fields(*WHO, ("logo", "logo", first))
NAMED = fields(("role_name", ".", first), ("role_ivoid", "@ivo-id", lower))

# What columns and parameters have in common.
VALUES = (
    ("name", "name", lower_key),
    ("ucd", "ucd", lower_key),
    ("unit", "unit", first),
    ("utype", "utype", lower_key),
    ("std", "@std", truth),
    ("datatype", "dataType", lower),
    ("extended_schema", "dataType/@extendedSchema", first),
    ("extended_type", "dataType/@extendedType", first),
    ("arraysize", "dataType/@arraysize", first),
    ("delim", "dataType/@delim", first),
)
COLUMN = fields(
    *VALUES,
    ("type_system", f"dataType/@{XSI_TYPE}", type_system),
    ("flag", "flag", hash_list),
    ("column_description", "description", first),
)
PARAM = fields(
    *VALUES, ("param_use", "@use", first), ("param_description", "description", first)
)

INTERFACE = fields(
    ("intf_type", "@xsi:type", lower_key),
    ("intf_role", "@role", lower),
    ("std_version", "@version", lower),
    ("query_type", "queryType", lower_hash_list),
    ("result_type", "resultType", lower),
    ("wsdl_url", "wsdlURL", first),
    ("url_use", "accessURL/@use", lower),
    ("access_url", "accessURL|mirrorURL", first),
    ("mirror_url", "accessURL|mirrorURL", others),
    ("authenticated_only", "securityMethod/@standardID", login),
)

VALIDATION = fields(("validated_by", "@validatedBy", lower), ("val_level", ".", grade))
OTHER_NAMES = fields(("alt_identifier", ".", first))
NAMED_OTHERWISE = fields(("alt_identifier", "@altIdentifier", first))

TABLE = Rows(
    "res_table",
    steps("table"),
    fields(
        ("table_description", "description", first),
        ("table_name", "name", key),
        ("table_title", "title", first),
        ("table_type", "@type", lower),
        ("table_utype", "utype", lower_key),
    ),
    index="table_index",
    inner=(Rows("table_column", steps("column"), COLUMN),),
)

ROWS = (
    Rows("resource", steps("."), RESOURCE),
    Rows(
        "res_role",
        steps("curation/contact"),
        CONTACT,
        said={"base_role": "contact"},
    ),
    Rows(
        "res_role",
        steps("curation/publisher"),
        NAMED,
        said={"base_role": "publisher"},
    ),
    Rows(
        "res_role",
        steps("curation/creator"),
        CREATOR,
        said={"base_role": "creator"},
    ),
    Rows(
        "res_role",
        steps("curation/contributor"),
        NAMED,
        said={"base_role": "contributor"},
    ),
    Rows(
        "res_subject",
        steps("content/subject"),
        fields(("res_subject", ".", first)),
        needs=("res_subject",),
    ),
    Rows(
        "capability",
        steps("capability"),
        fields(
            ("cap_type", "@xsi:type", lower_key),
            ("cap_description", "description", first),
            ("standard_id", "@standardID", lower_key),
        ),
        index="cap_index",
        inner=(
            Rows(
                "interface",
                steps("interface"),
                INTERFACE,
                index="intf_index",
                inner=(Rows("intf_param", steps("param"), PARAM),),
            ),
            Rows(
                "validation",
                steps("validationLevel"),
                VALIDATION,
                needs=("val_level",),
            ),
        ),
    ),
    Rows(
        "res_schema",
        steps("tableset/schema"),
        fields(
            ("schema_description", "description", first),
            ("schema_name", "name", lower),
            ("schema_title", "title", first),
            ("schema_utype", "utype", lower),
        ),
        index="schema_index",
        inner=(TABLE,),
    ),
    TABLE,
    replace(TABLE, steps=steps("tableset/table")),
    Rows(
        "relationship",
        steps("content/relationship"),
        fields(("relationship_type", "relationshipType", relationship)),
        inner=(
            Rows(
                "relationship",
                steps("relatedResource"),
                fields(
                    ("related_id", "@ivo-id", lower_key), ("related_name", ".", first)
                ),
            ),
        ),
        made=False,
    ),
    Rows(
        "validation",
        steps("validationLevel"),
        VALIDATION,
        needs=("val_level",),
    ),
    Rows(
        "res_date",
        steps("curation/date"),
        fields(("date_value", ".", timestamp), ("value_role", "@role", date_role)),
        needs=("date_value",),
    ),
    *(
        Rows("alt_identifier", steps(path), OTHER_NAMES, needs=("alt_identifier",))
        for path in (
            "altIdentifier",
            "curation/creator/altIdentifier",
            "curation/contact/altIdentifier",
        )
    ),
    # As VOResource 1.2 has them (section 3.1.2).
    *(
        Rows(
            "alt_identifier",
            steps(path),
            NAMED_OTHERWISE,
            needs=("alt_identifier",),
            rare=True,
        )
        for path in (
            "curation/publisher",
            "curation/creator/name",
            "curation/contributor",
            "curation/contact/name",
        )
    ),
    Rows(
        "stc_spatial",
        steps("coverage/spatial"),
        fields(("coverage", ".", moc), ("celestial", "@frame", celestial)),
        needs=("coverage", "celestial"),
    ),
    Rows(
        "stc_temporal",
        steps("coverage/temporal"),
        fields(("time_start", ".", low), ("time_end", ".", high)),
        needs=("time_start",),
    ),
    Rows(
        "stc_spectral",
        steps("coverage/spectral"),
        fields(("spectral_start", ".", low), ("spectral_end", ".", high)),
        needs=("spectral_start",),
    ),
)
