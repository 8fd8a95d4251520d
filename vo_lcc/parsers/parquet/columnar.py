"""Arrow types that files have, as those in which tables travel in the house."""

import io
from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from vo_lcc.errors import UsageError
from vo_lcc.parsers.checks import check_names, shown
from vo_lcc.parsers.table import ReadLimits
from vo_lcc.parsers.votable import read_votable
from vo_lcc.parsers.votable.fields import read_shape
from vo_lcc.tables import ARROW_TYPES, COLUMN_WORDS, Column, arrow_type

CONTENT_KEY = b"IVOA.VOTable-Parquet.content"
"""VOParquet 1.0, 2.2: a VOTable without rows that describes the columns."""

DATATYPES: Mapping[pa.DataType, str] = {
    pa.bool_(): "boolean",
    pa.uint8(): "unsignedByte",
    pa.int8(): "short",
    pa.int16(): "short",
    pa.uint16(): "int",
    pa.int32(): "int",
    pa.uint32(): "long",
    pa.int64(): "long",
    pa.uint64(): "long",
    pa.float16(): "float",
    pa.float32(): "float",
    pa.float64(): "double",
}

TEXTS = (
    *(kinds.is_string, kinds.is_large_string, kinds.is_string_view),
    *(kinds.is_binary, kinds.is_large_binary, kinds.is_binary_view, kinds.is_null),
)
LISTS = (
    *(kinds.is_list, kinds.is_large_list, kinds.is_fixed_size_list),
    *(kinds.is_list_view, kinds.is_large_list_view),
)

SECONDS = "%Y-%m-%dT%H:%M:%S"


def read_columns(schema: pa.Schema, limits: ReadLimits) -> tuple[Column, ...]:
    """The columns of an Arrow schema, with what its metadata say of them.

    >>> field = pa.field("t", pa.timestamp("us"), metadata={"ucd": "time.epoch"})
    >>> read_columns(pa.schema([field]), ReadLimits())[0].words
    {'datatype': 'char', 'arraysize': '*', 'ucd': 'time.epoch', 'xtype': 'timestamp'}

    Raises UsageError for types that cannot be kept, naming the column.
    """
    check_names(schema.names, limits)
    said = _described(schema.metadata or {}, limits)
    return tuple(_column(field, said.get(field.name, {})) for field in schema)


def _described(
    metadata: Mapping[bytes, bytes], limits: ReadLimits
) -> dict[str, dict[str, str]]:
    """What the VOTable without rows says of each column."""
    content = metadata.get(CONTENT_KEY)
    if content is None:
        return {}
    try:
        columns = read_votable(io.BytesIO(content), limits).columns
    except UsageError as error:
        raise UsageError(f"{CONTENT_KEY.decode()}: {error}") from error
    return {column.name: column.words for column in columns}


def _column(field: pa.Field, said: Mapping[str, str]) -> Column:
    """The column of a field: what is said of it holds where it fits its type."""
    plain = _plain(field.type, field.name)
    words = {**said, **_own_words(field.metadata or {})}
    column = replace(
        plain,
        unit=words.get("unit"),
        ucd=words.get("ucd"),
        utype=words.get("utype"),
        xtype=words.get("xtype", plain.xtype),
        description=words.get("description"),
    )
    datatype = words.get("datatype", plain.datatype)
    if column.is_text and datatype in ("char", "unicodeChar"):
        return replace(column, datatype=datatype)
    if column.is_text or "datatype" not in words or datatype not in ARROW_TYPES:
        return column
    declared = replace(column, datatype=datatype, arraysize=words.get("arraysize"))
    return declared if _fits(declared, column) else column


def _own_words(metadata: Mapping[bytes, bytes]) -> dict[str, str]:
    """What a field itself says, in the words of VOTable."""
    return {
        word: metadata[word.encode()].decode(errors="replace")
        for word in COLUMN_WORDS
        if word.encode() in metadata
    }


def _fits(declared: Column, plain: Column) -> bool:
    """Whether values of the type of `plain` are such as are declared."""
    if arrow_type(declared) != arrow_type(plain):
        return False
    try:
        shape = read_shape(declared.arraysize)
    except ValueError:
        return False
    size = read_shape(plain.arraysize).size
    parts = 2 if declared.is_complex else 1
    if plain.arraysize == "*":
        return True  # `converted` looks at each
    return shape.size is not None and size == shape.size * parts


def _plain(kind: pa.DataType, name: str) -> Column:
    """The column of an Arrow type of which nothing more is known."""
    kind = _bare(kind)
    if _is_text(kind):
        return Column(name, "char", "*")
    if kinds.is_timestamp(kind) or kinds.is_date(kind):
        return Column(name, "char", "*", xtype="timestamp")
    arraysize = None
    if _is_list(kind):
        fixed = kinds.is_fixed_size_list(kind)
        arraysize = str(kind.list_size) if fixed else "*"
        kind = _bare(kind.value_type)
    datatype = "double" if kinds.is_decimal(kind) else DATATYPES.get(kind)
    if datatype is None:
        raise UsageError(
            f"column {shown(name)}: values of the type {str(kind)[:60]} are not taken;"
            " write them as numbers, text, timestamps or lists of numbers"
        )
    return Column(name, datatype, arraysize)


def _bare(kind: pa.DataType) -> pa.DataType:
    """The type without what only tells how it is stored."""
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    return kind.value_type if kinds.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return any(is_kind(kind) for is_kind in TEXTS)


def _is_list(kind: pa.DataType) -> bool:
    return any(is_kind(kind) for is_kind in LISTS)


def converted(array: pa.Array, column: Column) -> pa.Array:
    """The values of a column in the type in which they travel.

    Raises UsageError for what it cannot hold: integers beyond 64 bits with a sign,
    text that is not UTF-8, times finer than a microsecond, arrays of a wrong size.
    """
    try:
        return _converted(array, column)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        problem = str(error).splitlines()[0]
        raise UsageError(f"column {shown(column.name)}: {problem}") from error


def _converted(array: pa.Array, column: Column) -> pa.Array:
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if kinds.is_dictionary(array.type):
        array = array.dictionary_decode()
    if kinds.is_timestamp(array.type) or kinds.is_date(array.type):
        times = array.cast(pa.timestamp("us", getattr(array.type, "tz", None)))
        return pc.strftime(times.cast(pa.timestamp("us")), format=SECONDS)
    kind = arrow_type(column)
    array = array if array.type == kind else array.cast(kind)
    if column.is_text and not pc.all(pc.string_is_ascii(array)).as_py():
        array.validate(full=True)  # Parquet's texts are not looked at before
    if column.is_list and column.arraysize != "*":
        _check_lengths(array, column)
    return array


def _check_lengths(array: pa.Array, column: Column) -> None:
    shape = read_shape(column.arraysize)
    parts = 2 if column.is_complex else 1
    for length in pc.unique(pc.list_value_length(array)).to_pylist():
        if length is not None and (length % parts or not shape.takes(length // parts)):
            raise UsageError(
                f"column {shown(column.name)}: an array has {length // parts} elements,"
                f" and the arraysize is {column.arraysize}"
            )
