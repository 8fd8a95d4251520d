"""What a cone search means: one SELECT over the objects of a collection."""

from dataclasses import replace

from vo_lcc.adql import SelectPlan, plan_query
from vo_lcc.adql.nodes import (
    Call,
    Comparison,
    Literal,
    Select,
    SelectItem,
    TableName,
    call,
    column,
    point,
)
from vo_lcc.scs.params import ConeParams
from vo_lcc.tables import Catalog, Column, Position, Table

OBJECT_ID = "object_id"
# No column of a collection starts with an underscore.
SEPARATION = Column(
    "_r",
    "double",
    unit="deg",
    ucd="pos.angDistance",
    description="Angular distance from the centre of the cone",
)


def plan(asked: ConeParams, objects: Table, catalog: Catalog) -> SelectPlan:
    """The plan of a cone search; it gives one row more than MAXREC."""
    position = objects.position or Position()
    columns = columns_of(objects, position, asked.verbosity)
    centre = point(Literal(asked.ra), Literal(asked.dec))
    here = point(column(position.ra), column(position.dec))
    distance = call("DISTANCE", here, centre)
    query = Select(
        items=(
            *(SelectItem(column(each.name)) for each in columns),
            SelectItem(distance, SEPARATION.name),
        ),
        source=TableName((objects.schema, objects.name)),
        where=inside(here, asked),
    )
    found = plan_query(query, catalog, asked.maxrec)
    told = (as_cone_search(each, position) for each in found.columns[:-1])
    return replace(found, columns=(*told, SEPARATION))


def inside(here: Call, asked: ConeParams) -> Comparison:
    """The condition that a position lies in the cone, its edge included."""
    cone = call("CIRCLE", Literal(asked.ra), Literal(asked.dec), Literal(asked.radius))
    return Comparison("=", Literal(1), call("CONTAINS", here, cone))


def columns_of(table: Table, position: Position, verbosity: int) -> list[Column]:
    """The columns that belong to VERB: identifier and position, principal, all."""
    always = (OBJECT_ID, position.ra, position.dec)
    return [
        each
        for each in table.columns
        if each.name in always or verbosity == 3 or (verbosity == 2 and each.principal)
    ]


def as_cone_search(told: Column, position: Position) -> Column:
    """The column with the UCD1 that Simple Cone Search 1.03 (section 2.2) asks for."""
    ucd1 = {
        OBJECT_ID: "ID_MAIN",
        position.ra: "POS_EQ_RA_MAIN",
        position.dec: "POS_EQ_DEC_MAIN",
    }
    return replace(told, ucd=ucd1.get(told.name, told.ucd))
