"""Thrift's compact protocol, in which Parquet writes its footer and page headers.

pyarrow reads them too, but what it tells of the footer of a damaged file can end the
whole process.
"""

from typing import Any

MOST_DEPTH = 16

Struct = dict[int, Any]


class Compact:
    """Reads Thrift's compact protocol; raises IndexError at the end of the data.

    >>> Compact(bytes([0x15, 0x04, 0x15, 0x08, 0x00])).struct()
    {1: 2, 2: 4}
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def _byte(self) -> int:
        byte = self._data[self.place]
        self.place += 1
        return byte

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number of more than 64 bits")

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _skip(self, size: int) -> None:
        self.place += size
        if self.place > len(self._data):
            raise IndexError

    def struct(self, depth: int = 0) -> Struct:
        """A struct: its fields by their numbers; of texts and floats only None."""
        if depth > MOST_DEPTH:
            raise ValueError("structs within structs")
        fields: Struct = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            fields[number] = self._value(head & 15, depth)
        return fields

    def _list(self, depth: int) -> list[Any]:
        if depth > MOST_DEPTH:
            raise ValueError("lists within lists")
        head = self._byte()
        count, kind = head >> 4, head & 15
        if count == 15:
            count = self._varint()
        if kind in (1, 2):  # truth values take a byte each here
            kind = 3
        return [self._value(kind, depth) for _ in range(count)]

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):  # true, false
            return kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._integer()
        if kind == 12:
            return self.struct(depth + 1)
        if kind == 7:
            self._skip(8)
        elif kind in (9, 10):
            return self._list(depth + 1)
        elif kind == 8:
            self._skip(self._varint())
        else:
            raise ValueError(f"a value of kind {kind}")
        return None
