"""What Parquet and Arrow say of a table: typed fields, and a VOTable without rows.

Both keep columns as Arrow has them. Each Arrow field tells of its column (unit, ucd
and so on), for readers that know nothing of the VO; and the metadata of the whole
hold a VOTable that says all that a VOTable of the same result would say, under the
keys of the VOParquet note. So an Arrow table that is written as Parquet is
VOParquet again.
"""

from collections.abc import Sequence

import pyarrow as pa

from vo_lcc.formats import arrays
from vo_lcc.formats.votable import NO_DATA, VOTableWriter
from vo_lcc.heads import DocumentHead, TableHead
from vo_lcc.tables import Batch, Column, arrow_type

VERSION_KEY = "IVOA.VOTable-Parquet.version"
CONTENT_KEY = "IVOA.VOTable-Parquet.content"


def described_schema(columns: Sequence[Column]) -> pa.Schema:
    """The Arrow schema of these columns, with what is known of each.

    >>> schema = described_schema([Column("ra", "double", unit="deg")])
    >>> schema.field("ra").metadata
    {b'datatype': b'double', b'unit': b'deg'}
    """
    return pa.schema(
        [
            pa.field(column.name, held_type(column), metadata=column.words)
            for column in columns
        ]
    )


def held_type(column: Column) -> pa.DataType:
    """The Arrow type in which a column leaves: bytes unsigned, fixed sizes kept.

    >>> held_type(Column("flag", "unsignedByte")), held_type(Column("p", "double", "2"))
    (DataType(uint8), FixedSizeListType(fixed_size_list<item: double>[2]))
    >>> held_type(Column("z", "floatComplex"))
    FixedSizeListType(fixed_size_list<item: float>[2])
    """
    travels = arrow_type(column)
    is_list = pa.types.is_list(travels)
    scalar = travels.value_type if is_list else travels
    scalar = pa.uint8() if column.datatype == "unsignedByte" else scalar
    if not is_list:
        return scalar
    return pa.list_(scalar, arrays.fixed_size(column) or -1)


def conformed(batch: Batch, schema: pa.Schema) -> Batch:
    """The batch in the types of `schema`; its columns are taken by position.

    Raises ValueError for a value that its type cannot hold.
    """
    columns = [
        array if array.type == kind else array.cast(kind)
        for array, kind in zip(batch.columns, schema.types, strict=True)
    ]
    return pa.record_batch(columns, schema=schema)


def described(
    document: DocumentHead, table: TableHead, status: str = "OK", message: str = ""
) -> dict[str, str]:
    """The metadata of the VOParquet note, version 1.0, section 2.2."""
    votable = VOTableWriter(NO_DATA)
    content = votable.head(document) + votable.table(table)
    content += votable.tail(status, message)
    return {VERSION_KEY: "1.0", CONTENT_KEY: content.decode()}
